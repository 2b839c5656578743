"""What was counted, on its way to the database: written once a second, read where a quota begins to be counted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from satsuma.counters.calls import CallsMade, Counted
from satsuma.counters.usage import UsageCounts
from satsuma.domain.effects import Effect
from satsuma.domain.limits import DAY
from satsuma.domain.usage import CountCalls
from satsuma.domain.usage_counts import CountUsage, UsageCount
from satsuma.gateway.limits import Recall
from satsuma.store.port import Reader, Store

_TOGETHER: Final = 500


async def write_usage(store: Store, calls: CallsMade, usage: UsageCounts) -> None:
    """Write what waits; what could not be written waits on. Raises Unavailable.

    Where a commit fails and stands all the same, it is counted twice: a quota ends early rather than late.
    """
    counted = usage.take()
    try:
        async with calls.writing:
            waiting = calls.take()
            try:
                while waiting:
                    effects = [*map(_effect, waiting[:_TOGETHER]), *_counting(counted)]
                    await _to_its_end(store.commit(*effects))
                    del waiting[:_TOGETHER], counted[:_TOGETHER]
            finally:
                calls.put_back(waiting)
        while counted:
            await _to_its_end(store.commit(*_counting(counted)))
            del counted[:_TOGETHER]
    finally:
        usage.put_back(counted)


async def _to_its_end(commit: Coroutine[Any, Any, None]) -> None:
    """Await a commit to its end, also where this task is cancelled meanwhile: it stands or not, and we must know.

    The task is cancelled all the same, when it next waits.
    """
    running = asyncio.ensure_future(commit)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        running.result()
        task = asyncio.current_task()
        if task is not None:
            task.cancel()


def _counting(counted: Sequence[UsageCount]) -> tuple[Effect, ...]:
    """The first of what was counted, as one effect."""
    return (CountUsage(tuple(counted[:_TOGETHER])),) if counted else ()


def recall_calls(store: Store) -> Recall:
    """How a limiter finds the calls that are written."""

    async def recall(
        application_id: str, api_id: str, since: Sequence[tuple[int, bool]]
    ) -> Sequence[int]:
        def read(reader: Reader) -> list[int]:
            return [
                reader.sum_calls(application_id, api_id, _instant(start), by_days=by_days)
                for start, by_days in since
            ]

        return await store.read(read)

    return recall


def _effect(counted: Counted) -> CountCalls:
    application_id, api_id, hour, calls = counted
    return CountCalls(application_id, api_id, _instant(hour), _instant(hour // DAY * DAY), calls)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
