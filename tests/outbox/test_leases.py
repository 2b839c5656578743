"""One named work is done by whoever has its lease, and goes on elsewhere when that one dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from satsuma.app.loops import Loop, run_forever
from satsuma.outbox.leases import LeasedWork
from satsuma.store.opening import open_store
from satsuma.store.port import Store

TERM = timedelta(seconds=30)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Pile:
    """Things to do; each step takes one, and remembers who did it."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.done: list[str] = []
        self.dies = False

    async def is_due(self) -> bool:
        return self.left > 0

    def step(self, who: str) -> Callable[[], Awaitable[int]]:
        async def take() -> int:
            if self.dies:
                raise RuntimeError("died")
            self.left -= 1
            self.done.append(who)
            await asyncio.sleep(0)
            return 1

        return take


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'facts.db'}")
    yield store
    await store.close()


def worker(store: Store, pile: Pile, clock: Clock, name: str) -> LeasedWork:
    return LeasedWork(store, "pile", pile.is_due, pile.step(name), clock)


async def test_of_many_at_once_one_works(store: Store) -> None:
    pile, clock = Pile(20), Clock()
    workers = [worker(store, pile, clock, f"w{n}") for n in range(6)]
    done = await asyncio.gather(*(each.once() for each in workers))
    assert sorted(done)[:-1] == [0] * 5
    assert len(set(pile.done)) == 1
    assert pile.left == 0


async def test_another_goes_on_when_the_lease_has_run_out_and_not_before(store: Store) -> None:
    pile, clock = Pile(5), Clock()
    first, second = (worker(store, pile, clock, name) for name in ("first", "second"))
    pile.dies = True
    with pytest.raises(RuntimeError):
        await first.once()
    pile.dies = False
    clock.at += TERM - timedelta(seconds=1)
    assert await second.once() == 0
    clock.at += timedelta(seconds=1)
    assert await second.once() == 5


async def test_a_long_work_renews_its_lease(store: Store) -> None:
    pile, clock = Pile(100), Clock()
    second = worker(store, pile, clock, "second")
    step, intruders = pile.step("first"), []

    async def slow() -> int:
        clock.at += timedelta(seconds=10)
        intruders.append(await second.once())
        return await step()

    first = LeasedWork(store, "pile", pile.is_due, slow, clock)
    assert await first.once() == 100
    assert set(intruders) == {0}


async def test_an_idle_node_writes_nothing(store: Store) -> None:
    idle = worker(store, Pile(0), Clock(), "idle")
    assert await idle.once() == 0
    rows = await store.read(lambda reader: reader.count_rows())
    assert rows["lease"] == 0


async def test_a_loop_does_what_falls_due(store: Store) -> None:
    pile, empty = Pile(3), asyncio.Event()
    step = pile.step("w")

    async def take() -> int:
        await step()
        if not pile.left:
            empty.set()
        return 1

    work = LeasedWork(store, "pile", pile.is_due, take, Clock())
    running = asyncio.create_task(
        run_forever(Loop("pile", 0.001, work.once), structlog.get_logger())
    )
    async with asyncio.timeout(5):
        await empty.wait()
        empty.clear()
        pile.left = 4
        await empty.wait()
    running.cancel()
    assert len(pile.done) == 7
