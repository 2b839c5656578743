"""Texts of a document that somebody else wrote, as they may stand on a page: plain, or Markdown made safe."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

LONGEST: Final = 24_000
"""How much of one description is read; the document has the rest."""
LARGEST: Final = 48_000
"""How much of a page one description may become."""
MOST_BRACKETS: Final = 400
"""In a text with more of them no link is looked for: each might begin one that ends at the end."""
_GROWS: Final = (
    ("&", 4),
    ("<", 24),
    ("\n", 12),
    ("|", 8),
    ("*", 4),
    ("_", 4),
    ("~", 3),
    (">", 6),
    ("`", 6),
    ("](", 60),
    ("://", 60),
    ('"', 4),
)
LONGEST_LINE: Final = 300
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_MARKS: Final = re.compile(r"<[^<>]*>|[`*_]{1,3}(?=\S)|(?<=\S)[`*_]{1,3}")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_HEADING: Final = re.compile(r"<(/?)h[1-6]>")
_TAGS: Final = frozenset(
    """
    a b blockquote br code dd del dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s strong sub sup table tbody td th
    thead tr u ul
    """.split()  # noqa: SIM905
)


def plain(text: object, longest: int = LONGEST_LINE) -> str:
    """A text without what cannot be seen, and what turns the direction of writing; cut where it is long."""
    shown = _UNSEEN.sub("", text if isinstance(text, str) else "")
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def line(text: object, longest: int = LONGEST_LINE) -> str:
    """The first paragraph of a Markdown text, as one line without its marks."""
    first = (
        re.split(r"\n\s*\n", text.strip()[:1000], maxsplit=1)[0] if isinstance(text, str) else ""
    )
    return plain(" ".join(_MARKS.sub("", _LINK.sub(r"\1", first)).split()), longest)


def described(text: object) -> Markup:
    """A description in Markdown, with HTML in it, as what is harmless of it: no script, style, picture or frame.

    Links go to the web or to an address of mail, never into our own pages.
    """
    if not isinstance(text, str) or not text.strip():
        return Markup()
    cut = plain(text, LONGEST)
    if "<" not in cut and "\n" not in cut and not re.search(r"[\\`*_\[\]&~#|]|://", cut):
        return Markup("<p>{}</p>").format(cut)  # most are one sentence
    if cut.count("[") > MOST_BRACKETS:
        return Markup("<p>{}</p>").format(plain(text, LARGEST // 8))
    try:
        made = _markdown().render(cut)
    except RecursionError:
        return Markup("<p>{}</p>").format(cut)
    clean = _HEADING.sub(_as_bold, _cleaned(made))
    if len(clean) > LARGEST:
        return Markup("<p>{}</p>").format(plain(text, LARGEST // 8))
    return Markup(clean)  # noqa: S704 - cleaned three lines above


def size(text: str) -> int:
    """How many bytes a text is on a page."""
    return len(str(escape(text)).encode(errors="replace"))


def weight(text: object) -> int:
    """How many characters a description may become on a page, at most or nearly so."""
    if not isinstance(text, str):
        return 0
    cut = text[:LONGEST]
    grown = sum(size * cut.count(sign) for sign, size in _GROWS)
    return min(len(cut) + grown, LARGEST)


def _cleaned(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}, "td": set(), "th": set()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """An attribute that stays: where a link goes, if that is elsewhere."""
    return value if value.lower().startswith(("https://", "http://", "mailto:")) else None


def _as_bold(found: re.Match[str]) -> str:
    """A heading of a description is bold: the page has its own outline."""
    return "</strong></p>" if found[1] else "<p><strong>"


@cache
def _markdown() -> Any:
    return MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable(
        ["table", "strikethrough"]
    )
