"""How often an application may call an API, and how many of its calls may be under way at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
MONTH: Final = 30 * DAY
"""Stands for the calendar month, whatever its length."""

_NAMES: Final = {1: "second", MINUTE: "minute", HOUR: "hour", DAY: "day", MONTH: "month"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an application may call; `quotas` are (calls, seconds).

    A quota of less than an hour holds in any so many seconds. One of an hour and more holds from a full hour, day or
    month in UTC to the next, and is remembered for as long.
    """

    spike_per_second: int = 25
    quotas: tuple[tuple[int, int], ...] = ()
    concurrency: int = 1000

    def quota(self, seconds: int) -> int:
        """The calls that may be made in such a window; 0 where there is no such quota."""
        return next((calls for calls, window in self.quotas if window == seconds), 0)

    def with_quota(self, seconds: int, calls: int) -> Limits:
        """These limits with another quota for such a window, none where `calls` is 0; the shortest stands first."""
        others = [quota for quota in self.quotas if quota[1] != seconds]
        quotas = [*others, (calls, seconds)] if calls else others
        return replace(self, quotas=tuple(sorted(quotas, key=lambda quota: quota[1])))


class RateLimit(NamedTuple):
    """One limit as its caller may know it: `left` calls, and after `reset` seconds there are more."""

    name: str
    calls: int
    seconds: int
    left: int
    reset: float


def window_name(seconds: int) -> str:
    """What a window of so many seconds is called."""
    return _NAMES.get(seconds, f"{seconds}s")


def is_remembered(seconds: int) -> bool:
    """Say whether calls in such a window are remembered across restarts: by the hour, so it has full ones."""
    return seconds % HOUR == 0


def is_by_days(seconds: int) -> bool:
    """Say whether a window is summed by its days; its hours are not kept for so long."""
    return seconds > 8 * DAY and seconds % DAY == 0


def period(seconds: int, at: float) -> tuple[int, int]:
    """When the window that holds an instant began and ends, in epoch seconds."""
    if seconds != MONTH:
        start = int(at) - int(at) % seconds
        return start, start + seconds
    first = (_EPOCH + timedelta(seconds=int(at))).replace(day=1, hour=0, minute=0, second=0)
    after = (first + timedelta(days=32)).replace(day=1)
    return int(first.timestamp()), int(after.timestamp())
