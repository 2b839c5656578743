"""Exact sliding windows in one process."""

from __future__ import annotations

from collections import OrderedDict, deque

_EXACT = 2000
_SLICES = 600


class _Log:
    """The instants of the last `limit` events: exact, for small limits."""

    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times: deque[float] = deque()

    def hit(self, limit: int, window: float, now: float, count: bool) -> float:
        times = self.times
        since = now - window
        while times and times[0] <= since:
            times.popleft()
        if len(times) >= limit:
            return times[len(times) - limit] - since
        if count:
            times.append(now)
        return 0.0


class _Slices:
    """Counts by slices of the window, for large limits: never more than `limit` in any window."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: deque[list[float]] = deque()
        self.total = 0

    def hit(self, limit: int, window: float, now: float, count: bool) -> float:
        counts = self.counts
        width = window / _SLICES
        since = now - window - width
        while counts and counts[0][0] <= since:
            self.total -= int(counts.popleft()[1])
        if self.total >= limit:
            return counts[0][0] - since
        if count:
            if counts and now - counts[-1][0] < width:
                counts[-1][1] += 1
            else:
                counts.append([now, 1])
            self.total += 1
        return 0.0


class MemoryCounter:
    """Sliding windows by key; the key least recently hit goes first when there are too many.

    Instants come from one monotonic clock in seconds.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        """Hold at most `capacity` keys."""
        self._capacity = capacity
        self._windows: OrderedDict[str, _Log | _Slices] = OrderedDict()

    def hit(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait."""
        counted = self._windows.get(key)
        if counted is None:
            while len(self._windows) >= self._capacity:
                self._windows.popitem(last=False)
            counted = self._windows[key] = _Log() if limit <= _EXACT else _Slices()
        return counted.hit(limit, window, now, True)

    def wait(self, key: str, limit: int, window: float, now: float) -> float:
        """What `hit` would, counting nothing."""
        counted = self._windows.get(key)
        return 0.0 if counted is None else counted.hit(limit, window, now, False)

    def sweep(self, now: float, idle: float) -> None:
        """Forget keys at the old end whose windows hold nothing younger than `idle` seconds; bounded work."""
        for key in list(self._windows)[:1000]:
            counted = self._windows[key]
            newest = _newest(counted)
            if newest is None or newest <= now - idle:
                del self._windows[key]
            else:
                self._windows.move_to_end(key)


def _newest(counted: _Log | _Slices) -> float | None:
    if isinstance(counted, _Log):
        return counted.times[-1] if counted.times else None
    return counted.counts[-1][0] if counted.counts else None
