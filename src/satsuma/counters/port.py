"""The port of counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Window(NamedTuple):
    """At most `limit` events of a key in any `seconds`; nothing passes a limit of 0."""

    key: str
    limit: int
    seconds: float


class Period(NamedTuple):
    """At most `limit` events of a key from `start` to `end`, in epoch seconds; nothing passes a limit of 0."""

    key: str
    limit: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """What this one period of the key is called."""
        return f"{self.key}:{self.start}"


class Counted(NamedTuple):
    """What became of an event: each window that refuses it, by its index, with the seconds to wait.

    `counts` are how many events each window then holds. `is_known` is False where a period's count has gone, or never
    was: then nothing was counted, and `begin` must say from where.
    """

    refusing: tuple[tuple[int, float], ...]
    counts: tuple[int, ...] = ()
    is_known: bool = True


class LocalCounter(Protocol):
    """Counts in this process, at once."""

    def hit(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait.

        A refused event is not counted.
        """

    def wait(self, key: str, limit: int, window: float, now: float) -> float:
        """What `hit` would, counting nothing."""

    def count(self, key: str, now: float) -> int:
        """How many events the window of a key holds."""


class SharedCounter(Protocol):
    """Counts for every process and node, exactly, on the counting server's clock."""

    async def hit(self, key: str, limit: int, window: float) -> float:
        """As `LocalCounter.hit`; raises CounterAway where the server does not answer."""

    async def hit_all(self, windows: Sequence[Window], periods: Sequence[Period] = ()) -> Counted:
        """Count one event in every window and period or in none, in one round trip; raises CounterAway."""

    async def begin(self, periods: Sequence[Period], counts: Sequence[int]) -> None:
        """Let periods count on from so many events, or from what they hold where that is more; raises CounterAway."""


class CounterAway(Exception):
    """The counting server does not answer; the caller counts alone meanwhile."""
