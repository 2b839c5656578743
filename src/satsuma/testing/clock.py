"""The clock of one server: it runs as the system's does, from where the test has put it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from satsuma.app.clock import SYSTEM
from satsuma.domain.clock import Clock

_FIRST: Final = datetime(1980, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST: Final = _LAST - _FIRST
_BEYOND: Final = "the clock of a test stays between 1980 and 2200"


@dataclass(slots=True)
class MovedTime:
    """How far a server's time is from the system's: moved by the test, and set askew against the callers'.

    Intervals are measured by a clock that never goes back, as the system's own.
    """

    moved: timedelta = field(default_factory=timedelta)
    skew: timedelta = field(default_factory=timedelta)
    passed: float = 0.0

    @property
    def clock(self) -> Clock:
        """What the platform is built with."""
        return Clock(self.now, self.seconds, self.monotonic)

    def now(self) -> datetime:
        """The server's wall time."""
        return SYSTEM.now() + self.moved + self.skew

    def seconds(self) -> float:
        """The same in seconds of the epoch."""
        return SYSTEM.seconds() + (self.moved + self.skew).total_seconds()

    def monotonic(self) -> float:
        """What intervals are measured by."""
        return SYSTEM.monotonic() + self.passed

    def move(self, by: timedelta) -> None:
        """Let time pass, or set the wall clock back; raises ValueError beyond the years that a clock may show."""
        _check(self.moved + by, self.skew)
        self.moved += by
        self.passed += max(0.0, by.total_seconds())

    def set_askew(self, skew: timedelta) -> None:
        """Set the wall clock against the callers'; raises ValueError as `move` does."""
        _check(self.moved, skew)
        self.skew = skew


def _check(moved: timedelta, skew: timedelta) -> None:
    if not _FIRST < SYSTEM.now() + moved + skew < _LAST:
        raise ValueError(_BEYOND)


def _timedelta(**parts: float) -> timedelta:
    try:
        by = timedelta(**parts)
    except (OverflowError, ValueError):
        raise ValueError(_BEYOND) from None
    if abs(by) > _LONGEST:
        raise ValueError(_BEYOND)
    return by


class TestClock:
    """The clock of one server, in the hands of its test."""

    __test__ = False

    def __init__(self, time: MovedTime, settle: _Settle, run: _Run) -> None:
        """Move `time`; `settle` lets the server notice a change at once."""
        self._time = time
        self._settle = settle
        self._run = run

    def __repr__(self) -> str:
        return f"TestClock({self.now().isoformat(timespec='seconds')})"

    def now(self) -> datetime:
        """The server's time, in UTC."""
        return self._time.now()

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> datetime:
        """Let that much time pass for the server and no other; gives its new time.

        Negative time sets the wall clock back, as an operator's correction does: what measures intervals stands still.
        Raises ValueError beyond the years 1980 and 2200.
        """
        by = _timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        self._run(self._settle(lambda: self._time.move(by)))
        return self.now()

    def skew(self, seconds: float) -> None:
        """Set the server's wall clock ahead of its callers' by so much (or behind); 0 is together again.

        Raises ValueError as `advance` does.
        """
        by = _timedelta(seconds=seconds)
        self._run(self._settle(lambda: self._time.set_askew(by)))


_Settle = Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
_Run = Callable[[Coroutine[Any, Any, None]], None]
