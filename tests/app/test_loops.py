"""A loop tells an outage when it begins and when it ends, each time it happens, and goes on whatever a step meets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import structlog
from structlog.testing import capture_logs

from satsuma.app.loops import Loop, run_forever
from satsuma.store.port import Unavailable

GONE = Unavailable("the database does not answer")
Met = Exception | bool


async def told_of(*met: Met, every: float = 0.0) -> list[str]:
    """What the log says of steps that meet this, one after the other."""
    steps: Iterator[Met] = iter(met)
    ended = asyncio.Event()

    async def step() -> object:
        found = next(steps, None)
        if found is None:
            ended.set()
            await asyncio.Event().wait()
        if isinstance(found, Exception):
            raise found
        return found

    with capture_logs() as lines:
        loop = Loop("work", every, step)
        task = asyncio.create_task(run_forever(loop, structlog.get_logger(), pause=0.0))
        await asyncio.wait_for(ended.wait(), 5)
        task.cancel()
    return [line["event"] for line in lines]


async def test_each_outage_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    outage = (GONE, GONE, GONE, False)
    both = ["background_waits", "background_goes_on"]
    assert await told_of(False, *outage) == both
    assert await told_of(*outage, False, *outage) == both * 2, "the same cause a second time"


async def test_what_nobody_foresaw_is_told_each_time_and_the_loop_goes_on() -> None:
    assert await told_of(ValueError("x"), False, ValueError("x")) == ["background_failed"] * 2


async def test_a_step_with_more_to_do_comes_again_at_once() -> None:
    assert await told_of(True, True, every=60.0) == []
