"""Randomness from the operating system, drawn in pages so that a draw costs a slice."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Callable

_PAGE = 4096
_ALPHANUMERIC = string.ascii_letters + string.digits


def pooled(source: Callable[[int], bytes] = os.urandom) -> Callable[[int], bytes]:
    """A function that draws `n` bytes from pages of `source`; no byte is given twice.

    Not for use across a fork: this process family is spawned.
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


def alphanumeric(length: int) -> str:
    """Random letters and digits, 5.95 bits each."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def public_id(prefix: str) -> str:
    """A random public id with a typed prefix, such as `app_` and 20 alphanumerics (119 bits)."""
    return f"{prefix}_{alphanumeric(20)}"
