"""Names that people give, to applications and to themselves: one form, and nothing in it that cannot be seen."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 80
_JOINERS: Final = "\u200c\u200d"


def canonical_name(text: str) -> str | None:
    """A name in NFC, without blanks around it; None where it is empty, too long, or has what cannot be seen.

    Joiners stay between other characters: they make one sign of several, and words of some scripts need them. What
    turns the direction of writing does not.
    """
    name = unicodedata.normalize("NFC", text).strip()
    seen = name.translate(dict.fromkeys(map(ord, _JOINERS)))
    if not seen.strip() or len(name) > LONGEST or not seen.isprintable():
        return None
    return None if name[0] in _JOINERS or name[-1] in _JOINERS else name
