"""Randomness: a function that draws `n` bytes, and what is made of it; the system's is read here alone."""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from typing import Final

from satsuma_client.protocol.base64url import b64

Draw = Callable[[int], bytes]
SYSTEM: Final[Draw] = os.urandom

_PAGE: Final = 4096
_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_SIX_BITS: Final = 0x3F


def pooled(source: Draw = SYSTEM) -> Draw:
    """A function that draws `n` bytes from pages of `source`, so that a draw costs a slice; no byte is given twice.

    Not for use across a fork: workers are forked before anything is drawn.
    """
    page = b""
    at = 0

    def draw(n: int) -> bytes:
        nonlocal page, at
        end = at + n
        if end > len(page):
            page, at, end = source(_PAGE), 0, n
        taken = page[at:end]
        at = end
        return taken

    return draw


def alphanumeric(length: int, draw: Draw = SYSTEM) -> str:
    """Random letters and digits, 5.95 bits each: of 64 values two are drawn anew, so that each is as likely."""
    found = ""
    while len(found) < length:
        drawn = (byte & _SIX_BITS for byte in draw(length))
        found += "".join(_ALPHANUMERIC[each] for each in drawn if each < len(_ALPHANUMERIC))
    return found[:length]


def public_id(prefix: str, draw: Draw = SYSTEM) -> str:
    """A random public id with a typed prefix, such as `app_` and 20 alphanumerics (119 bits)."""
    return f"{prefix}_{alphanumeric(20, draw)}"


def url_safe(length: int, draw: Draw = SYSTEM) -> str:
    """So many random bytes in base64url."""
    return b64(draw(length)).decode()
