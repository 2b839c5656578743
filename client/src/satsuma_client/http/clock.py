"""The clocks and the randomness of a client; nothing else here reads the time or draws.

The clock on the wall can be wrong and jump; the monotonic one stops while a machine sleeps.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from satsuma_client.protocol.base64url import b64


class Moment(NamedTuple):
    """Seconds by the wall's clock, since 1970, and by the monotonic clock, since whenever."""

    wall: float
    monotonic: float


Clock = Callable[[], Moment]
_WITHIN: Final = 2.0
"""Seconds by which a Date may differ without telling anything: it has whole seconds, and travelled."""


_FARTHEST: Final = 10 * 365 * 86400.0
"""Seconds beyond which a Date is taken for nonsense."""


def system_clock() -> Moment:
    """What both clocks say now."""
    return Moment(time.time(), time.monotonic())


def skew_of(date: str | None, sent: float, received: float) -> float:
    """By how many seconds the server's clock is ahead of the wall's, from its Date field; 0 where it tells nothing.

    Spec: RFC 9110 §6.6.1.
    """
    if not date:
        return 0.0
    from email.utils import (
        parsedate_to_datetime,  # at the first answer: half of what importing us would cost
    )

    try:
        server = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    if sent - _WITHIN <= server <= received + _WITHIN or abs(server - sent) > _FARTHEST:
        return 0.0
    return server - (sent + received) / 2


def monotonic() -> float:
    """Seconds by the monotonic clock."""
    return time.monotonic()


def between(least: float, most: float) -> float:
    """A time at random, so that those who wait for the same do not come at once; no secret."""
    return least + (most - least) * int.from_bytes(os.urandom(4)) / 2**32


def nonce(size: int = 16) -> str:
    """A text that nobody guesses, of so many random bytes."""
    return b64(os.urandom(size)).decode()
