"""Which errors a pasted text speaks of: the words that clients, libraries and browsers print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import ROWS, SHOWN

# The causes that stand for others, where telling more would help an attacker.
_OUTWARD: Final = {row.shown_as for row in SHOWN}
MOST: Final = 8
LONGEST: Final = 16 * 1024
"""How much of a text is read."""
_NUMBER: Final = re.compile(r"""["']?code["']?\s*[:=]\s*["']?([0-9]{1,2})\b""", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z0-9_-]+")
# What others print when our answer, or none, reaches them; the slug of the page that says what to do.
_PHRASES: Final = (
    ("access-control-allow-origin", "origin-refused"),
    ("blocked by cors policy", "origin-refused"),
    ("cors header", "origin-refused"),
    ("mismatching_state", "state-missing"),
    ("csrf warning", "state-missing"),
    ("redirect_uri_mismatch", "redirect-uri-unregistered"),
    ("redirect uri", "redirect-uri-unregistered"),
    ("redirect_uri is not registered", "redirect-uri-unregistered"),
    ("code verifier", "pkce-mismatch"),
    ("code_verifier", "pkce-mismatch"),
    ("code challenge", "pkce-missing"),
    ("code_challenge", "pkce-missing"),
    ("token has expired", "token-expired"),
    ("token expired", "token-expired"),
    ("jwt expired", "token-expired"),
    ("expired_token", "token-expired"),
    ("406 not acceptable", "not-acceptable"),
    ("415 unsupported media type", "media-type-unsupported"),
    ("429 too many requests", "too-many-token-requests"),
    ("too many requests", "too-many-token-requests"),
    ("401 unauthorized", "client-refused"),
    ("bad client credentials", "client-refused"),
)


def find_rows(text: str) -> list[ErrorRow]:
    """The rows that a text means, the likeliest first, at most MOST; nothing of the text is kept."""
    found = dict.fromkeys(row.slug for row in _found(text))
    return [ROWS[slug] for slug in found][:MOST]


def _found(text: str) -> Iterator[ErrorRow]:
    plain = " ".join(text.casefold()[:LONGEST].split())
    words = dict.fromkeys(
        _WORD.findall(plain)
    )  # each letter is looked at once, however long a word
    yield from (ROWS[word] for word in words if word in ROWS)
    yield from (row for row in SHOWN if len(row.says) > 20 and row.says.casefold() in plain)
    code = _NUMBER.search(plain) or re.fullmatch(r"(?:error )?([0-9]{1,2})", plain)
    if code is not None:
        yield from (row for row in SHOWN if row.code and row.code == int(code[1]))
    yield from (ROWS[slug] for phrase, slug in _PHRASES if phrase in plain)
    named = [row for row in SHOWN if row.error in words and not row.shown_as]
    yield from sorted(named, key=lambda row: row.slug not in _OUTWARD)
    yield from (row for row in SHOWN if row.message and row.message.casefold() in plain)
