"""A queue in which a crowd waits for itself: turns go round by share, and the longest share gives way."""

import asyncio
from collections.abc import Sequence

import pytest

from satsuma.accounts.fair_queue import Busy, FairQueue, ShareUsed


class Line:
    """A queue with one slot that is taken, and the order in which others get their turns."""

    def __init__(self, room: int) -> None:
        self.queue = FairQueue(1, room)
        self.served: list[str] = []
        self.free = asyncio.Event()

    async def take(self, share: str) -> str:
        try:
            async with self.queue.turn(share):
                self.served.append(share)
                await self.free.wait()
        except Busy as refused:
            return type(refused).__name__
        return "served"

    async def come(self, shares: Sequence[str]) -> list["asyncio.Task[str]"]:
        tasks = []
        for share in shares:
            tasks.append(asyncio.create_task(self.take(share)))
            await asyncio.sleep(0)
        return tasks


async def test_turns_go_round_by_share() -> None:
    line = Line(10)
    tasks = await line.come(["a", "a", "a", "a", "b", "c"])
    line.free.set()
    assert await asyncio.gather(*tasks) == ["served"] * 6
    assert line.served == ["a", "a", "b", "c", "a", "a"]


async def test_where_there_is_no_room_the_longest_share_gives_way() -> None:
    line = Line(4)
    crowd = await line.come(["first", "a", "a", "a", "a"])
    others = await line.come(["b", "c"])
    line.free.set()
    told = ["served", "served", "served", "ShareUsed", "ShareUsed"]
    assert await asyncio.gather(*crowd) == told
    assert await asyncio.gather(*others) == ["served"] * 2


async def test_a_crowd_is_told_that_it_is_one() -> None:
    line = Line(2)
    tasks = await line.come(["first", "a", "a"])
    with pytest.raises(ShareUsed):
        async with line.queue.turn("a"):
            pass
    line.free.set()
    assert await asyncio.gather(*tasks) == ["served"] * 3


async def test_many_shares_of_one_each_leave_no_room_for_another() -> None:
    line = Line(2)
    tasks = await line.come(["first", "a", "b"])
    with pytest.raises(Busy) as refused:
        async with line.queue.turn("c"):
            pass
    assert not isinstance(refused.value, ShareUsed)
    line.free.set()
    assert await asyncio.gather(*tasks) == ["served"] * 3


@pytest.mark.parametrize("when", ["waiting", "called"])
async def test_who_leaves_takes_no_turn_along(when: str) -> None:
    line = Line(3)
    first, leaving, last = await line.come(["a", "b", "c"])
    if when == "waiting":
        leaving.cancel()
    line.free.set()
    if when == "called":
        await asyncio.sleep(0)
        leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert [await first, await last] == ["served"] * 2
    assert await line.take("d") == "served"
