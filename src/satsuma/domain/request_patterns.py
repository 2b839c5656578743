"""How long a value may be that a pattern of a request policy judges: as long as matching it stays cheap."""

from __future__ import annotations

import re
from typing import Final

from satsuma.domain.apis import MAX_VALUE

ANYTHING: Final = r"[\s\S]*"
LONGEST_HEAD: Final = 64 * 1024
"""Longer than any query or header that the gateway takes: above it, its own bounds are the ones that hold."""
_UNBOUNDED: Final = 1024 * 1024 * 1024
_MOST_WAYS: Final = (MAX_VALUE + 1) ** 3
"""As many as the most patient pattern may try: a call waits for it, and so does every other one of the process."""
_MOST_WAYS_OF_LONG: Final = _MOST_WAYS // 16
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_CLASS: Final = re.compile(r"\[\^?\]?[^\]]*\]")
_REPEATED: Final = re.compile(r"([*+?])|\{([0-9]*)(,?)([0-9]*)\}")


def longest_value(pattern: str) -> int:
    """The length up to which a value is matched with a pattern; a longer one does not match it.

    A pattern with groups that repeat is matched to short values alone, since its cost cannot be told from its signs.
    """
    plain = _plain(pattern.removesuffix(ANYTHING))
    if "(" in plain and re.search(r"[*+]|\{[0-9]*,\}", plain):
        return MAX_VALUE
    least, most = MAX_VALUE, _UNBOUNDED
    if _tried(plain, most) <= _MOST_WAYS_OF_LONG:
        return most
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (
            (middle, most) if _tried(plain, middle) <= _MOST_WAYS_OF_LONG else (least, middle)
        )
    return least


def is_cheap(pattern: str, anywhere: bool) -> bool:
    """Whether a pattern without groups, which may begin anywhere in a value, is matched quickly to a short value."""
    return _tried(_plain(pattern), MAX_VALUE) * (MAX_VALUE + 1 if anywhere else 1) <= _MOST_WAYS


def _plain(pattern: str) -> str:
    return _CLASS.sub("x", _ESCAPED.sub("x", pattern))


def _tried(plain: str, length: int) -> int:
    """In how many ways a pattern without groups could be tried at a value of this length.

    Each repetition that may end at several places is tried at each of them, for each place of those before it.
    """
    ways = 1
    for sign, least, comma, most in _REPEATED.findall(plain):
        last = int(most or length) if comma else int(least or 1)
        width = min(max(last - int(least or 0), 0), length) + 1
        ways *= {"?": 2, "": width}.get(sign, length + 1)
    return ways
