"""How often and how many at once: spike arrest and quotas per application and API, calls in hand per API."""

from __future__ import annotations

from collections.abc import Callable

from satsuma.counters.port import CounterAway, LocalCounter, SharedCounter, Window
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.gateway.access import Pass


class Limiter:
    """Counts each call that passed the gate; `shared`, where there is one, counts for every process and node."""

    def __init__(
        self,
        local: LocalCounter,
        shared: SharedCounter | None,
        monotonic: Callable[[], float],
    ) -> None:
        """Count in `shared` where there is one, else in `local`."""
        self._local = local
        self._shared = shared
        self._monotonic = monotonic
        self._in_hand: dict[str, int] = {}

    @property
    def waits(self) -> bool:
        """Whether counting must be awaited."""
        return self._shared is not None

    def count(self, passed: Pass) -> Refusal | None:
        """Count a call in this process; a call that one window refuses is counted in none."""
        now = self._monotonic()
        limits = passed.api.limits
        if not limits.quotas and limits.spike_per_second > 0:
            wait = self._local.hit(_key(passed), limits.spike_per_second, 1.0, now)
            return _refusal(passed, 0, wait) if wait else None
        windows = _windows(passed)
        for at, window in enumerate(windows):
            wait = self._wait(window, now)
            if wait:
                return _refusal(passed, at, wait)
        for window in windows:
            self._local.hit(window.key, window.limit, window.seconds, now)
        return None

    def _wait(self, window: Window, now: float) -> float:
        if window.limit <= 0:
            return window.seconds
        return self._local.wait(window.key, window.limit, window.seconds, now)

    async def count_shared(self, passed: Pass) -> Refusal | None:
        """Count a call for the fleet, in every window or in none; alone while the counting server is away."""
        if self._shared is None:
            return self.count(passed)
        try:
            at, wait = await self._shared.hit_all(_windows(passed))
        except CounterAway:
            return self.count(passed)
        return None if at < 0 else _refusal(passed, at, wait)

    def enter(self, passed: Pass) -> Refusal | None:
        """Take one call of an API in hand; `leave` must follow unless it is refused."""
        api = passed.api
        in_hand = self._in_hand.get(api.api_id, 0)
        if in_hand >= api.limits.concurrency:
            return Refusal(
                errors.OVER_CAPACITY,
                {"concurrency": api.limits.concurrency},
                retry_after=1.0,
                client_id=passed.client.client_id,
            )
        self._in_hand[api.api_id] = in_hand + 1
        return None

    def leave(self, passed: Pass) -> None:
        """Let go of a call."""
        left = self._in_hand[passed.api.api_id] - 1
        if left:
            self._in_hand[passed.api.api_id] = left
        else:
            del self._in_hand[passed.api.api_id]


def _key(passed: Pass) -> str:
    return f"call:{{{passed.client.application_id}:{passed.api.api_id}}}"


def _windows(passed: Pass) -> list[Window]:
    """The spike arrest, then the quotas, the shortest first.

    The braces keep all windows of a call on one node of a cluster.
    """
    limits = passed.api.limits
    key = _key(passed)
    quotas = sorted(limits.quotas, key=lambda quota: quota[1])
    return [
        Window(key, limits.spike_per_second, 1.0),
        *(Window(f"{key}:{seconds}", limit, float(seconds)) for limit, seconds in quotas),
    ]


def _refusal(passed: Pass, at: int, wait: float) -> Refusal:
    """Refuse by one of a call's windows."""
    window = _windows(passed)[at]
    return Refusal(
        errors.QUOTA_EXCEEDED if at else errors.SPIKE_ARREST,
        {"limit": window.limit, "seconds": int(window.seconds)},
        retry_after=wait,
        client_id=passed.client.client_id,
    )
