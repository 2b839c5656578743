"""Leased work: take the lease, do bounded steps, renew, let another node go on when this one dies."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from satsuma.domain.work import Lease
from satsuma.keys.randomness import SYSTEM, Draw
from satsuma.store.port import Conflict, Store

TERM: Final = timedelta(seconds=30)
PAUSE: Final = 1.0


class LeasedWork:
    """One named work of the whole fleet, done by whoever has its lease.

    `is_due` says cheaply whether there is anything to do, so that an idle node writes nothing;
    `step` does a bounded piece and gives how much, 0 when nothing is left. A step must be
    idempotent: a lease says who should work, and a slow node may outlive its own.
    """

    def __init__(
        self,
        store: Store,
        work: str,
        is_due: Callable[[], Awaitable[bool]],
        step: Callable[[], Awaitable[int]],
        clock: Callable[[], datetime],
        draw: Draw = SYSTEM,
    ) -> None:
        self._store = store
        self._work = work
        self._is_due = is_due
        self._step = step
        self._clock = clock
        self._holder = new_holder(draw)
        self._until: datetime | None = None

    async def once(self) -> int:
        """Do all that is due, as long as the lease is ours; give how much was done."""
        done = 0
        while await self._is_due() and await self._take():
            did = await self._step()
            if not did:
                break
            done += did
        return done

    async def _take(self) -> bool:
        """Take the lease, or renew it when half its term has passed; False where another has it."""
        now = self._clock()
        if self._until is not None and now < self._until - TERM / 2:
            return True
        until = now + TERM
        try:
            await self._store.commit(Lease(self._work, self._holder, now, until))
        except Conflict:
            self._until = None
            return False
        self._until = until
        return True


def new_holder(draw: Draw = SYSTEM) -> str:
    """Name this process among all that may hold a lease."""
    return f"{socket.gethostname()}:{os.getpid()}:{draw(4).hex()}"
