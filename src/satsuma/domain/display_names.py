"""Names that people give, to applications and to themselves: one form, and nothing in it that cannot be seen."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 80
LONGEST_DESCRIPTION: Final = 1000
_JOINERS: Final = "\u200c\u200d"
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""
_NO_JOINERS: Final = dict.fromkeys(map(ord, _JOINERS))


def canonical_name(text: str) -> str | None:
    """A name in NFC, without blanks around it; None where it is empty, too long, or has what cannot be seen.

    Joiners stay between other characters: they make one sign of several, and words of some scripts need them. What
    turns the direction of writing does not.
    """
    name = _canonical_line(text, LONGEST)
    if not name or name[0] in _JOINERS or name[-1] in _JOINERS:
        return None
    is_drawn = any(unicodedata.category(character)[0] in "LNPS" for character in name)
    return name if is_drawn else None


def canonical_description(text: str) -> str | None:
    """What is said of something in one line, in the form of a name; empty where nothing is said.

    None where it is too long, or has what cannot be seen.
    """
    return _canonical_line(text, LONGEST_DESCRIPTION)


def _canonical_line(text: str, longest: int) -> str | None:
    line = unicodedata.normalize("NFC", text).strip()
    is_seen = line.translate(_NO_JOINERS).isprintable() and _BLANK.isdisjoint(line)
    return line if is_seen and len(line) <= longest else None
