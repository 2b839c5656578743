"""The calls of the quota windows that now run, in one process."""

from __future__ import annotations

from collections import OrderedDict


class PeriodCounts:
    """Calls of the windows that now run, by key; the key least recently counted goes first when there are too many.

    A count that is not held, or is of an earlier window, is not known: `begin` says from where to count on.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        """Hold at most `capacity` windows."""
        self._capacity = capacity
        self._counts: OrderedDict[str, list[int]] = OrderedDict()

    def find(self, key: str, start: int) -> int | None:
        """How many calls the window that began at `start` holds; None where nobody knows."""
        count = self._counts.get(key)
        return count[1] if count is not None and count[0] == start else None

    def begin(self, key: str, start: int, calls: int) -> None:
        """Count on from so many calls."""
        self._counts.pop(key, None)
        while len(self._counts) >= self._capacity:
            self._counts.popitem(last=False)
        self._counts[key] = [start, calls]

    def clear(self) -> None:
        """Know nothing any more: others count on."""
        self._counts.clear()

    def hit(self, key: str) -> None:
        """Count a call in a window that is known."""
        self._counts[key][1] += 1
        self._counts.move_to_end(key)
