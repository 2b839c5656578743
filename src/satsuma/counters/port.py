"""The port of counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Window(NamedTuple):
    """At most `limit` events of a key in any `seconds`; nothing passes a limit of 0."""

    key: str
    limit: int
    seconds: float


class LocalCounter(Protocol):
    """Counts in this process, at once."""

    def hit(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait.

        A refused event is not counted.
        """

    def wait(self, key: str, limit: int, window: float, now: float) -> float:
        """What `hit` would, counting nothing."""


class SharedCounter(Protocol):
    """Counts for every process and node, exactly, on the counting server's clock."""

    async def hit(self, key: str, limit: int, window: float) -> float:
        """As `LocalCounter.hit`; raises CounterAway where the server does not answer."""

    async def hit_all(self, windows: Sequence[Window]) -> tuple[int, float]:
        """Count one event in every window or in none, in one round trip; raises CounterAway.

        Give the index of the window that refuses and the seconds to wait, or -1 and 0.0.
        """


class CounterAway(Exception):
    """The counting server does not answer; the caller counts alone meanwhile."""
