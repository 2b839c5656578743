"""Exact sliding windows in one process."""

from __future__ import annotations

from collections import OrderedDict, deque

_EXACT = 2000
_SLICES = 600
_SLICED = 1 + 1 / _SLICES
"""How much longer than its window a slice may count."""


class _Log:
    """The instants of the last `limit` events: exact, for small limits."""

    __slots__ = ("times", "window")

    def __init__(self, window: float) -> None:
        self.times: deque[float] = deque()
        self.window = window

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

    def count(self, now: float) -> int:
        since = now - self.window
        return sum(1 for at in self.times if at > since)


class _Slices:
    """Counts by slices of the window, for large limits: never more than `limit` in any window."""

    __slots__ = ("counts", "total", "window")

    def __init__(self, window: float) -> None:
        self.counts: deque[list[float]] = deque()
        self.total = 0
        self.window = window

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

    def count(self, now: float) -> int:
        since = now - self.window * _SLICED
        return sum(int(counted) for at, counted in self.counts if at > since)


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
            counted = self._windows[key] = _Log(window) if limit <= _EXACT else _Slices(window)
        counted.window = window
        return counted.hit(limit, window, now, True)

    def wait(self, key: str, limit: int, window: float, now: float) -> float:
        """What `hit` would, counting nothing."""
        counted = self._windows.get(key)
        return 0.0 if counted is None else counted.hit(limit, window, now, False)

    def count(self, key: str, now: float) -> int:
        """How many events the window of a key holds."""
        counted = self._windows.get(key)
        return 0 if counted is None else counted.count(now)

    def __len__(self) -> int:
        return len(self._windows)

    def sweep(self, now: float) -> None:
        """Forget keys at the old end whose windows are empty, each by its own length; bounded work."""
        for key in list(self._windows)[:1000]:
            counted = self._windows[key]
            newest = _newest(counted)
            if newest is None or newest <= now - counted.window * _SLICED:
                del self._windows[key]
            else:
                self._windows.move_to_end(key)


def _newest(counted: _Log | _Slices) -> float | None:
    if isinstance(counted, _Log):
        return counted.times[-1] if counted.times else None
    return counted.counts[-1][0] if counted.counts else None
