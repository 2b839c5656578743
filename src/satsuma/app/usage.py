"""Calls made, between counting and the database: written once a second, read where a quota begins to be counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from satsuma.counters.calls import CallsMade, Counted
from satsuma.domain.limits import DAY
from satsuma.domain.usage import CountCalls
from satsuma.gateway.limits import Recall
from satsuma.store.port import Reader, Store

_TOGETHER: Final = 500


async def write_calls(store: Store, calls: CallsMade) -> None:
    """Write the calls that wait; those that could not be written wait on. Raises Unavailable.

    Where a commit fails and stands all the same, its calls are counted twice: a quota ends early rather than late.
    """
    async with calls.writing:
        waiting = calls.take()
        try:
            while waiting:
                await store.commit(*map(_effect, waiting[:_TOGETHER]))
                del waiting[:_TOGETHER]
        finally:
            calls.put_back(waiting)


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
