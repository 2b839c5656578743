"""What applications used: what this process counted and has not written yet, by series and minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from satsuma.domain.usage_counts import LATENCIES, MOST_SERIES, OTHER, UsageCount, add_up

_BUCKETS: Final = len(LATENCIES) + 1
_REFUSED: Final = 4
"""The class of statuses from which on a request may name a client that it is not."""

Series = tuple[str, str, int]
"""A client_id, what it is counted under, and a class of statuses."""


class UsageCounts:
    """Counts answers by client, API, class of statuses and minute, until they are written.

    A client that this process does not hold has proven nothing: its refusals are not counted, so that invented names
    take no room. Of one minute at most `most` series are told apart, and ten times as many wait where nothing can be
    written; the rest is counted as `OTHER`.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        is_held: Callable[[str], object],
        most: int = MOST_SERIES,
    ) -> None:
        """Count by `clock`, epoch seconds; `is_held` finds a client, or nothing."""
        self._clock = clock
        self._is_held = is_held
        self._most = most
        self._minute = 0
        self._begun = self._ends = 0.0
        self._open: dict[Series, list[int]] = {}
        self._waiting: dict[tuple[int, Series], tuple[int, ...]] = {}

    def note(self, client_id: str, api: str, status: int, bucket: int) -> None:
        """Count one answer, in a bucket of `LATENCIES`."""
        now = self._clock()
        if not self._begun <= now < self._ends:
            self._turn(int(now) // 60)
        series = (client_id, api, status // 100)
        buckets = self._open.get(series) or self._begin(series)
        buckets[bucket] += 1

    def take(self) -> list[UsageCount]:
        """Hand over what waits, in one order for every process."""
        self._close()
        taken = [
            UsageCount(client_id, api, status, _instant(minute), latencies)
            for (minute, (client_id, api, status)), latencies in sorted(self._waiting.items())
        ]
        self._waiting.clear()
        return taken

    def put_back(self, counts: Iterable[UsageCount]) -> None:
        """Let what could not be written wait on."""
        for each in counts:
            minute = int(each.minute.timestamp()) // 60
            self._wait(minute, (each.client_id, each.api, each.status), each.latencies)

    def _begin(self, series: Series) -> list[int]:
        if series[2] >= _REFUSED and self._is_held(series[0]) is None:
            return [0] * _BUCKETS
        if len(self._open) >= self._most:
            series = ("", OTHER, series[2])
        return self._open.setdefault(series, [0] * _BUCKETS)

    def _turn(self, minute: int) -> None:
        self._close()
        self._open.clear()
        self._minute = minute
        self._begun, self._ends = 60.0 * minute, 60.0 * (minute + 1)

    def _close(self) -> None:
        """Let what was counted of the minute wait; its series stay known, for they are bounded by the minute."""
        for series, buckets in self._open.items():
            if any(buckets):
                self._wait(self._minute, series, tuple(buckets))
                buckets[:] = [0] * _BUCKETS

    def _wait(self, minute: int, series: Series, latencies: tuple[int, ...]) -> None:
        waiting = self._waiting
        if len(waiting) >= 10 * self._most and (minute, series) not in waiting:
            series = ("", OTHER, series[2])
        before = waiting.get((minute, series))
        waiting[minute, series] = latencies if before is None else add_up(before, latencies)


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
