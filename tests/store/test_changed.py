"""Whoever waits for a change hears of it soon, from this process or another, and misses none."""

import asyncio
import time

from satsuma.domain.revocations import Revoke
from satsuma.store.bell import Bell
from satsuma.store.port import Store
from tests.store.facts import NOW

LONG = 20.0


async def follow(store: Store, until: str) -> list[str]:
    """Read the feed at each change until an id comes."""
    seen: list[str] = []
    seq = 0
    while until not in seen:
        for change in await store.read(lambda r, after=seq: r.feed_since(after, 100)):
            seq = change.seq
            seen.append(change.id)
        if until not in seen:
            await store.changed(LONG)
    return seen


async def test_a_follower_in_the_same_process_hears_every_commit_at_once(store: Store) -> None:
    follower = asyncio.ensure_future(follow(store, "t29"))
    for n in range(30):
        await store.commit(Revoke("token", f"t{n}", NOW))
    async with asyncio.timeout(LONG / 2):
        assert await follower == [f"t{n}" for n in range(30)]


async def test_a_follower_hears_another_process_in_under_a_second(
    database: str, opened, racers
) -> None:
    store = opened(database)
    follower = asyncio.ensure_future(follow(store, "from-7"))
    await store.commit(Revoke("token", "warm", NOW))
    racers.start(database, [[(Revoke("token", f"from-{n}", NOW),)] for n in range(8)])
    outcomes = await asyncio.to_thread(racers.finish)
    assert outcomes == [["won"]] * 8
    started = time.monotonic()
    async with asyncio.timeout(LONG / 2):
        await follower
    assert time.monotonic() - started < 1


async def test_a_wait_ends_at_its_timeout(store: Store) -> None:
    async with asyncio.timeout(LONG):
        await store.changed(0.01)
        await store.changed(0.01)


async def test_a_ring_between_two_waits_ends_the_second() -> None:
    bell = Bell()
    await bell.wait(0)
    bell.ring()
    async with asyncio.timeout(LONG / 2):
        await bell.wait(LONG)


async def test_a_bell_outlives_a_loop_that_has_closed() -> None:
    bell = Bell()

    def elsewhere() -> None:
        loop = asyncio.new_event_loop()
        waiting = loop.create_task(bell.wait(LONG))
        loop.run_until_complete(asyncio.sleep(0))
        waiting.cancel()
        loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
        loop.close()

    await asyncio.to_thread(elsewhere)
    bell.ring()
