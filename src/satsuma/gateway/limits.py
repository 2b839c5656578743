"""How often and how many at once: spike arrest and quotas per application and API, calls under way."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from satsuma.counters.calls import CallsMade
from satsuma.counters.periods import PeriodCounts
from satsuma.counters.port import CounterAway, LocalCounter, Period, SharedCounter, Window
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.limits import RateLimit, is_by_days, is_remembered, period, window_name
from satsuma.gateway.access import Pass
from satsuma.store.port import Unavailable

Outcome = Refusal | tuple[RateLimit, ...]
"""A refusal, or what is left of the quotas; nothing where there are none."""

Recall = Callable[[str, str, Sequence[tuple[int, bool]]], Awaitable[Sequence[int]]]
"""How many calls of an application at an API are written since each instant, and whether to sum them by days."""

_TRIES = 3


class _Windows(NamedTuple):
    """Every window of a call, the shortest first: those that roll, those that run by the calendar, all their names."""

    rolling: list[Window]
    periods: list[Period]
    names: list[str]
    by_days: list[bool]


class Limiter:
    """Counts each call that passed the gate; `shared`, where there is one, counts for every process and node.

    `clock` gives epoch seconds. What has a calendar window goes on from the calls that are written: `recall` finds
    them, and may raise Unavailable.
    """

    def __init__(
        self,
        local: LocalCounter,
        shared: SharedCounter | None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        calls: CallsMade,
        recall: Recall,
    ) -> None:
        """Count in `shared` where there is one, else in `local`, and every call that passes in `calls`."""
        self._local = local
        self._shared = shared
        self._clock = clock
        self._monotonic = monotonic
        self._calls = calls
        self._recall = recall
        self._periods = PeriodCounts()
        self._behind: set[str] = set()
        self._in_hand: dict[str, int] = {}

    def count(self, passed: Pass) -> Outcome | None:
        """Count a call in every window, or in none; None where something must be awaited first: `count_later`."""
        return self._count_alone(passed) if self._shared is None else None

    async def count_later(self, passed: Pass) -> Outcome:
        """Count a call for the fleet; alone while the counting server is away."""
        with contextlib.suppress(Unavailable):
            for _ in range(_TRIES):
                outcome = await self._try(passed)
                if outcome is not None:
                    return outcome
        return Refusal(errors.QUOTA_UNKNOWN, client_id=passed.client.client_id)

    async def _try(self, passed: Pass) -> Outcome | None:
        """Count once; None where what is written was not known, and now is."""
        shared = self._shared
        if shared is not None:
            try:
                if self._is_behind(passed):
                    await self._begin(passed, shared)
                outcome = await self._count_shared(passed, shared)
                if outcome is None:
                    await self._begin(passed, shared)
                return outcome
            except CounterAway:
                self._note_behind(passed)
        outcome = self._count_alone(passed)
        if outcome is None:
            await self._begin(passed, None)
        return outcome

    def _count_alone(self, passed: Pass) -> Outcome | None:
        now = self._monotonic()
        limits = passed.limits
        if not limits.quotas and limits.spike_per_second > 0:
            wait = self._local.hit(_key(passed), limits.spike_per_second, 1.0, now)
            if wait:
                return _refuse(passed, _windows(passed, self._clock()), 0, wait)
            self._note(passed, self._clock())
            return ()
        at = self._clock()
        windows = _windows(passed, at)
        known = [self._periods.find(each.key, each.start) for each in windows.periods]
        counts = [count for count in known if count is not None]
        if len(counts) < len(known):
            return None
        waits = [self._wait(window, now) for window in windows.rolling]
        waits += [
            each.end - at if count >= each.limit else 0.0
            for each, count in zip(windows.periods, counts, strict=True)
        ]
        if any(waits):
            return _refuse_by(passed, windows, enumerate(waits))
        for window in windows.rolling:
            self._local.hit(window.key, window.limit, window.seconds, now)
        for each in windows.periods:
            self._periods.hit(each.key)
        self._note(passed, at)
        rolling = [self._local.count(window.key, now) for window in windows.rolling]
        return _left(windows, [*rolling, *(count + 1 for count in counts)], at)

    def _wait(self, window: Window, now: float) -> float:
        if window.limit <= 0:
            return window.seconds
        return self._local.wait(window.key, window.limit, window.seconds, now)

    async def _count_shared(self, passed: Pass, shared: SharedCounter) -> Outcome | None:
        at = self._clock()
        windows = _windows(passed, at)
        counted = await shared.hit_all(windows.rolling, windows.periods)
        self._periods.clear()
        if not counted.is_known:
            return None
        if counted.refusing:
            rolls = len(windows.rolling)
            return _refuse_by(
                passed,
                windows,
                (
                    (index, wait if index < rolls else windows.periods[index - rolls].end - at)
                    for index, wait in counted.refusing
                ),
            )
        self._note(passed, at)
        return _left(windows, counted.counts, at) if passed.limits.quotas else ()

    def _is_behind(self, passed: Pass) -> bool:
        if not self._behind:
            return False
        periods = _windows(passed, self._clock()).periods
        return any(each.name in self._behind for each in periods)

    def _note_behind(self, passed: Pass) -> None:
        """Remember that calls are counted alone now, so that the counting server hears of them when it is back."""
        if passed.limits.quotas:
            periods = _windows(passed, self._clock()).periods
            self._behind.update(each.name for each in periods)

    async def _begin(self, passed: Pass, shared: SharedCounter | None) -> None:
        """Count on from the calls that are written, and those of this process that are not yet."""
        windows = _windows(passed, self._clock())
        periods = windows.periods
        application_id, api_id = passed.client.application_id, passed.api.api_id
        since = [(each.start, days) for each, days in zip(periods, windows.by_days, strict=True)]
        async with self._calls.writing:
            written = await self._recall(application_id, api_id, since)
            counts = [
                count + self._calls.unwritten(application_id, api_id, each.start)
                for count, each in zip(written, periods, strict=True)
            ]
            if shared is None:
                for each, count in zip(periods, counts, strict=True):
                    if self._periods.find(each.key, each.start) is None:
                        self._periods.begin(each.key, each.start, count)
                return
            await shared.begin(periods, counts)
        self._behind.difference_update(each.name for each in periods)

    def _note(self, passed: Pass, at: float) -> None:
        self._calls.add(passed.client.application_id, passed.api.api_id, at)

    def enter(self, passed: Pass) -> Refusal | None:
        """Take one call of an API in hand; `leave` must follow unless it is refused."""
        in_hand = self._in_hand
        api_id, most = passed.api.api_id, passed.api.limits.concurrency
        if in_hand.get(api_id, 0) >= most:
            return _too_many(errors.OVER_CAPACITY, passed, most)
        if passed.limits is not passed.api.limits:
            key, most = _key(passed), passed.limits.concurrency
            if in_hand.get(key, 0) >= most:
                return _too_many(errors.CONCURRENCY_EXCEEDED, passed, most)
            in_hand[key] = in_hand.get(key, 0) + 1
        in_hand[api_id] = in_hand.get(api_id, 0) + 1
        return None

    def leave(self, passed: Pass) -> None:
        """Let go of a call."""
        self._let_go(passed.api.api_id)
        if passed.limits is not passed.api.limits:
            self._let_go(_key(passed))

    def _let_go(self, key: str) -> None:
        left = self._in_hand[key] - 1
        if left:
            self._in_hand[key] = left
        else:
            del self._in_hand[key]


def _key(passed: Pass) -> str:
    """What all windows of a call begin with; the braces keep them on one node of a cluster."""
    return f"call:{{{passed.client.application_id}:{passed.api.api_id}}}"


def _windows(passed: Pass, at: float) -> _Windows:
    limits = passed.limits
    key = _key(passed)
    quotas = sorted(limits.quotas, key=lambda quota: quota[1])
    rolls = [(calls, seconds) for calls, seconds in quotas if not is_remembered(seconds)]
    runs = [(calls, seconds) for calls, seconds in quotas if is_remembered(seconds)]
    return _Windows(
        [
            Window(key, limits.spike_per_second, 1.0),
            *(Window(f"{key}:{seconds}", calls, float(seconds)) for calls, seconds in rolls),
        ],
        [Period(f"{key}:{seconds}", calls, *period(seconds, at)) for calls, seconds in runs],
        [window_name(seconds) for seconds in (1, *(s for _, s in rolls), *(s for _, s in runs))],
        [is_by_days(seconds) for _, seconds in runs],
    )


def _left(windows: _Windows, counts: Sequence[int], at: float) -> tuple[RateLimit, ...]:
    """What is left of each quota; the spike arrest is none."""
    rates = (_rate(windows, index, count, at) for index, count in enumerate(counts))
    return tuple(rates)[1:]


def _rate(windows: _Windows, index: int, count: int, at: float) -> RateLimit:
    name, rolls = windows.names[index], len(windows.rolling)
    if index < rolls:
        window = windows.rolling[index]
        seconds = int(window.seconds)
        return RateLimit(name, window.limit, seconds, max(window.limit - count, 0), seconds)
    each = windows.periods[index - rolls]
    left = max(each.limit - count, 0)
    return RateLimit(name, each.limit, each.end - each.start, left, each.end - at)


def _refuse_by(passed: Pass, windows: _Windows, waits: Iterable[tuple[int, float]]) -> Refusal:
    """Refuse by the window that holds longest: whoever waits for another is refused again."""
    index, wait = max(waits, key=lambda found: found[1])
    return _refuse(passed, windows, index, wait)


def _refuse(passed: Pass, windows: _Windows, index: int, wait: float) -> Refusal:
    """Refuse by one of a call's windows."""
    rate = _rate(windows, index, 0, 0.0)._replace(left=0, reset=wait)
    return Refusal(
        errors.QUOTA_EXCEEDED if index else errors.SPIKE_ARREST,
        {"limit": rate.calls, "seconds": rate.seconds},
        retry_after=wait,
        rate=(rate,),
        client_id=passed.client.client_id,
    )


def _too_many(row: ErrorRow, passed: Pass, most: int) -> Refusal:
    return Refusal(row, {"concurrency": most}, retry_after=1.0, client_id=passed.client.client_id)
