"""The port of counting."""

from __future__ import annotations

from typing import Protocol


class LocalCounter(Protocol):
    """Counts in this process, at once."""

    def hit(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait.

        A refused event is not counted.
        """

    def wait(self, key: str, limit: int, window: float, now: float) -> float:
        """Give what `hit` would, counting nothing."""


class SharedCounter(Protocol):
    """Counts for every process and node, exactly, on the counting server's clock."""

    async def hit(self, key: str, limit: int, window: float) -> float:
        """As `LocalCounter.hit`; raises CounterAway where the server does not answer."""


class CounterAway(Exception):
    """The counting server does not answer; the caller counts alone meanwhile."""
