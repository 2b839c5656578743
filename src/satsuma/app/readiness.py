"""Whether a process can do its work: its database takes writes, its counting server answers. The last try counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from satsuma.app.platform import Platform
from satsuma.domain.work import Lease
from satsuma.store.port import Conflict, Unavailable

WORK: Final = "readiness"
EVERY: Final = 5.0
_TERM: Final = timedelta(seconds=30)
_PATIENCE: Final = 2.0
"""How long a write may take; a database that another process holds would make us wait for half a minute."""


class Probe:
    """Writes one small row and counts one event every five seconds.

    Reading shows nothing of it: a demoted primary and a full disk answer each read. The row is a lease that every
    process renews under one name, so that there is one row however many come and go. A write that takes too long is
    one that is not taken; what it comes to later says nothing of the database as it is then, so that another is tried.
    """

    def __init__(self, platform: Platform, patience: float = _PATIENCE) -> None:
        """Try on `platform`; a write may take `patience` seconds."""
        self._platform = platform
        self._patience = patience
        self._late: asyncio.Task[bool] | None = None

    async def once(self) -> None:
        """Try once, and say when what was so is so no more."""
        platform = self._platform
        if platform.shared_counter is not None:
            await platform.shared_counter.look()
        writes = await self._writes()
        if writes != platform.writes:
            platform.log.warning("writes_back" if writes else "writes_refused")
        platform.writes = writes

    async def _writes(self) -> bool:
        """Say whether a write is taken in time; the one before that was not must have ended first."""
        if self._late is not None:
            ended, _ = await asyncio.wait({self._late}, timeout=self._patience)
            if not ended:
                return False
        self._late = attempt = asyncio.create_task(self._write())
        attempt.add_done_callback(_pass_over)
        ended, _ = await asyncio.wait({attempt}, timeout=self._patience)
        if not ended:
            return False
        self._late = None
        return attempt.result()

    async def _write(self) -> bool:
        now = self._platform.clock.now()
        try:
            await self._platform.store.commit(Lease(WORK, WORK, now, now + _TERM))
        except Conflict:
            return True
        except Unavailable:
            return False
        return True


def _pass_over(attempt: asyncio.Task[bool]) -> None:
    """Look at what became of an attempt, so that nothing is said of one that nobody waits for."""
    if not attempt.cancelled():
        attempt.exception()
