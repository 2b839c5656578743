"""What was counted is written once, whatever ends the one who writes it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from satsuma.app.usage import write_usage
from satsuma.counters.calls import CallsMade
from satsuma.counters.usage import UsageCounts
from satsuma.domain.effects import Effect
from satsuma.store.opening import open_store
from satsuma.store.port import Store, Unavailable
from tests.store.facts import DAY, NOW, client_id, foundation


class Gate:
    """A store whose commits wait until they are let through, and fail where they are told to.

    Who waits for one may leave: it is done all the same, as by the threads of a database.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.open = asyncio.Event()
        self.reached = asyncio.Event()
        self.fails: set[int] = set()
        self.commits = 0
        self.running: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def commit(self, *effects: Effect) -> None:
        self.running = asyncio.ensure_future(self._commit(*effects))
        await asyncio.shield(self.running)

    async def _commit(self, *effects: Effect) -> None:
        self.reached.set()
        await self.open.wait()
        self.commits += 1
        if self.commits in self.fails:
            raise Unavailable("away")
        await self.store.commit(*effects)


async def written(store: Store) -> int:
    found = await store.read(
        lambda r: r.list_usage("app_1", NOW - DAY, NOW + DAY, timedelta(hours=1))
    )
    return sum(each.count for each in found)


def counting(series: Sequence[str]) -> tuple[CallsMade, UsageCounts]:
    calls, usage = CallsMade(), UsageCounts(NOW.timestamp, lambda client_id: client_id)
    for api in series:
        calls.add("app_1", api, NOW.timestamp())
        usage.note(client_id(1), api, 200, 0)
    return calls, usage


async def test_who_is_cancelled_while_it_is_committed_counts_nothing_twice() -> None:
    store = open_store("memory:")
    await store.commit(*foundation())
    gate = Gate(store)
    calls, usage = counting(["poi/v1"] * 3)
    writing = asyncio.create_task(write_usage(gate, calls, usage))  # type: ignore[arg-type]
    await gate.reached.wait()
    writing.cancel()
    gate.open.set()
    await asyncio.gather(writing, gate.running, return_exceptions=True)
    await write_usage(store, calls, usage)
    assert await written(store) == 3


@pytest.mark.parametrize("fails", [1, 2, 3])
async def test_what_one_commit_of_many_could_not_write_is_written_by_the_next(fails: int) -> None:
    store = open_store("memory:")
    await store.commit(*foundation())
    gate = Gate(store)
    gate.open.set()
    gate.fails = {fails}
    calls, usage = counting([f"api{n}/v1" for n in range(1300)])
    with pytest.raises(Unavailable):
        await write_usage(gate, calls, usage)  # type: ignore[arg-type]
    await write_usage(store, calls, usage)
    assert await written(store) == 1300
