"""Requests are queued together, and each has its own answer."""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from satsuma.store.batch_queue import BatchQueue, release
from satsuma.store.port import Unavailable

MOST = 16


@dataclass
class Echoes:
    """A thread that answers each request with what it asks for."""

    batches: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue: BatchQueue[Any] = BatchQueue(self._serve, "echo")
        self.queue.open()

    def _serve(self) -> None:
        while batch := self.queue.take(MOST):
            self.batches.append(len(batch))
            for request in batch:
                request.result = request.work(None)
            release(batch)


@pytest.fixture
def echoes() -> Iterator[Echoes]:
    made = Echoes()
    yield made
    made.queue.close()


async def ask(echoes: Echoes, count: int) -> list[Any]:
    """Ask for so many things in one turn of the event loop."""
    return await asyncio.gather(
        *(echoes.queue.submit(lambda _, at=at: at) for at in range(count))  # type: ignore[misc]
    )


async def test_what_one_turn_asks_for_is_served_together(echoes: Echoes) -> None:
    async def sign_and_ask(at: int) -> Any:
        hashlib.pbkdf2_hmac("sha256", b"work", b"without the interpreter's lock", 2000)
        return await echoes.queue.submit(lambda _: at)

    assert await asyncio.gather(*map(sign_and_ask, range(10))) == list(range(10))
    assert echoes.batches == [10]


async def test_no_more_than_the_bound_stands_together(echoes: Echoes) -> None:
    assert await ask(echoes, 3 * MOST + 1) == list(range(3 * MOST + 1))
    assert echoes.batches == [MOST, MOST, MOST, 1]


def test_two_event_loops_are_each_answered_in_their_own(echoes: Echoes) -> None:
    async def both() -> list[Any]:
        other = asyncio.to_thread(asyncio.run, ask(echoes, 5))
        return await asyncio.gather(ask(echoes, 5), other)

    assert asyncio.run(both()) == [[0, 1, 2, 3, 4]] * 2


async def test_what_was_asked_for_in_the_turn_of_the_end_is_still_answered(echoes: Echoes) -> None:
    asked = echoes.queue.submit(lambda _: "kept")  # and not yet handed over
    echoes.queue.close()
    assert await asked == "kept"
    with pytest.raises(Unavailable):
        echoes.queue.submit(lambda _: "late")
