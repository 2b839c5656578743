"""What is a secret by its looks, whatever it is called: one table of forms, ours first.

Each pattern is linear: what repeats is possessive or bounded, and no match begins in the middle of a word. `before` is
what stands ahead of a secret, is none itself, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A word begins behind anything but a letter or digit, and behind a sign that is written with letters: %20, \n, \u0020.
_WORD: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
_SLASH: Final = r"(?:/|%2[Ff]|\\/)"
_COLON: Final = r"(?::|%3[Aa])"
_GAP: Final = r"(?:[ +]|%20)"
# Random characters: many in a row, or capitals and small letters among each other; words with hyphens are no secret.
_RANDOM: Final = (
    r"(?:[A-Za-z0-9]{20}[A-Za-z0-9_-]*+"
    r"|(?=[a-z0-9_-]{0,60}[A-Z])(?=[A-Z0-9_-]{0,60}[a-z])[A-Za-z0-9_-]{20,}+)"
)


@dataclass(frozen=True, slots=True)
class Form:
    """Whose secret looks so, and the pattern."""

    what: str
    pattern: re.Pattern[str]


def _form(what: str, pattern: str) -> Form:
    return Form(what, re.compile(pattern))


FORMS: Final = (
    _form(
        "private keys",
        rf"-----BEGIN(?:[A-Z0-9]|{_GAP}){{1,40}}PRIVATE{_GAP}KEY(?:{_GAP}BLOCK)?-----"
        r"(?:(?!-----)[A-Za-z0-9+/=\s\\,:.%_-])*+"
        rf"(?:-----END(?:[A-Z0-9]|{_GAP}){{1,60}}-----)?",
    ),
    _form("JWTs", r"eyJ[A-Za-z0-9_-]*+(?=\.++[A-Za-z0-9_-])(?:\.[A-Za-z0-9_-]*+)++"),
    _form("Satsuma", rf"{_WORD}(?:(?:sts|sat|srt|stc)_|OFR-){_RANDOM}"),
    _form("GitHub", rf"{_WORD}(?:gh[pousr]_[A-Za-z0-9]{{20,}}+|github_pat_[A-Za-z0-9_]{{20,}}+)"),
    _form("GitLab", rf"{_WORD}gl(?:pat|dt|rt|cbt|ptt|oas|soat|ft)-[A-Za-z0-9_.-]{{16,}}+"),
    _form("Slack", rf"{_WORD}(?:xox[abceoprs]|xapp)[.-][A-Za-z0-9.-]{{10,}}+"),
    _form(
        "Slack's hooks",
        rf"(?P<before>hooks\.slack\.com{_SLASH}(?:services|workflows|triggers){_SLASH})"
        rf"(?:[A-Za-z0-9_-]|{_SLASH}){{8,200}}+",
    ),
    _form(
        "Discord's hooks",
        rf"(?P<before>discord(?:app)?\.com{_SLASH}api{_SLASH}webhooks{_SLASH}[0-9]{{1,25}}+{_SLASH})"
        r"[A-Za-z0-9_-]{16,}+",
    ),
    _form("AWS", rf"{_WORD}(?:AKIA|ASIA)[A-Z0-9]{{16}}(?![A-Za-z0-9])"),
    _form("Stripe", rf"{_WORD}(?:(?:sk|rk|pk)_(?:live|test)_|whsec_)[A-Za-z0-9]{{8,}}+"),
    _form("Google", rf"{_WORD}(?:AIza[A-Za-z0-9_-]{{30,}}+|ya29\.[A-Za-z0-9_-]{{20,}}+)"),
    _form("Google's clients", rf"{_WORD}GOCSPX-[A-Za-z0-9_-]{{20,}}+"),
    _form(
        "providers of language models", rf"{_WORD}sk-(?:[a-z]{{2,8}}[0-9]{{0,2}}-){{0,2}}{_RANDOM}"
    ),
    _form("SendGrid", rf"{_WORD}SG\.[A-Za-z0-9_-]{{16,}}+\.[A-Za-z0-9_-]{{16,}}+"),
    _form("npm and PyPI", rf"{_WORD}(?:npm_[A-Za-z0-9]{{36,}}+|pypi-[A-Za-z0-9_-]{{40,}}+)"),
    _form("Hugging Face", rf"{_WORD}hf_[A-Za-z0-9]{{30,}}+"),
    _form("Shopify", rf"{_WORD}shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{{32,}}+"),
    _form("DigitalOcean", rf"{_WORD}do[opr]_v1_[a-f0-9]{{64}}"),
    _form("HashiCorp Vault", rf"{_WORD}hv[sbr]\.[A-Za-z0-9_-]{{20,}}+"),
    _form("Telegram", rf"(?P<before>{_SLASH}bot)[0-9]{{5,20}}+{_COLON}[A-Za-z0-9_-]{{4,}}+"),
    _form("Telegram's bots", rf"{_WORD}[0-9]{{8,12}}+{_COLON}AA[A-Za-z0-9_-]{{30,}}+"),
    _form(
        "passwords of addresses",
        rf"(?P<before>{_WORD}[a-z][a-z0-9+.-]{{1,20}}:(?://|\\/\\/)[^\s/:@?#\"'<>\\]{{0,64}}:)"
        r"[^\s/@?#\"'<>\\]{1,200}+(?=@)",
    ),
    _form(
        "passwords of addresses that are a value of an address",
        rf"(?P<before>{_WORD}[a-z][a-z0-9+.-]{{1,20}}%3[Aa]%2[Ff]%2[Ff]"
        r"(?:(?!%3[Aa])[^\s/:@?#&\"'<>\\]){0,64}%3[Aa])"
        r"(?:(?!%40|%2[Ff]|%3[Ff]|%23)[^\s/@?#&\"'<>\\]){1,200}+(?=%40)",
    ),
)


def forms_hidden(text: str, hidden: Callable[[str], str]) -> str:
    """The text with whatever has the form of a secret hidden."""
    for form in FORMS:
        text = form.pattern.sub(lambda found: _kept(found, hidden), text)
    return text


def _kept(found: re.Match[str], hidden: Callable[[str], str]) -> str:
    before = found["before"] if "before" in found.re.groupindex else ""
    return before + hidden(found[0][len(before) :])


def has_form(text: str) -> bool:
    """Whether something in a text has the form of a secret."""
    return any(form.pattern.search(text) for form in FORMS)
