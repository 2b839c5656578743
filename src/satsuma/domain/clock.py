"""The clock that a platform is built with: its type; who reads the time hands one in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Three functions: `now` as an aware instant in UTC, `seconds` of the epoch, and `monotonic` seconds for intervals.

    They are functions and not methods, so that reading the system's clock stays one call in C.
    """

    now: Callable[[], datetime]
    seconds: Callable[[], float]
    monotonic: Callable[[], float]
