"""A bounded queue in which nobody waits for somebody else's crowd.

Who waits is served in turns by share, and where there is no room the share with most waiting gives way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator


class Busy(Exception):
    """Too many wait, each from a share of its own; come again in a moment."""


class ShareUsed(Busy):
    """This share has more waiting than any other; others are not held up by it."""


class FairQueue:
    """Lets `slots` in at once and `room` wait."""

    def __init__(self, slots: int, room: int) -> None:
        self._free = slots
        self._room = room
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._count = 0

    @contextlib.asynccontextmanager
    async def turn(self, share: str) -> AsyncIterator[None]:
        """Wait for a turn of a share; raises ShareUsed or Busy where there is no room."""
        if self._free:
            self._free -= 1
        else:
            self._make_room(share)
            await self._wait(share)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, share: str) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(share, deque()).append(waiter)
        self._count += 1
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._next()
            else:
                self._forget(share, waiter)
            raise

    def _make_room(self, share: str) -> None:
        if self._count < self._room:
            return
        mine = len(self._waiting.get(share, ()))
        longest = max(self._waiting, key=lambda each: len(self._waiting[each]), default=share)
        if len(self._waiting.get(longest, ())) <= mine + 1:
            raise ShareUsed if mine else Busy
        newest = self._waiting[longest][-1]
        self._forget(longest, newest)
        newest.set_exception(ShareUsed())

    def _forget(self, share: str, waiter: asyncio.Future[None]) -> None:
        queue = self._waiting.get(share)
        if queue is None or waiter not in queue:
            return
        queue.remove(waiter)
        self._count -= 1
        if not queue:
            del self._waiting[share]

    def _next(self) -> None:
        """Give the turn to the share that has waited longest for one."""
        while self._waiting:
            share, queue = next(iter(self._waiting.items()))
            waiter = queue[0]
            self._forget(share, waiter)
            if share in self._waiting:
                self._waiting.move_to_end(share)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
