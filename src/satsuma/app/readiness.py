"""Whether a process can do its work: its database takes writes, its counting server answers. The last try counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from satsuma.app.platform import Platform
from satsuma.domain.work import Lease
from satsuma.store.port import Conflict, Unavailable

WORK: Final = "readiness"
_EVERY: Final = 5.0
_TERM: Final = timedelta(seconds=30)


class Probe:
    """Writes one small row and counts one event every five seconds.

    Reading shows nothing of it: a demoted primary and a full disk answer each read. The row is a lease that every
    process renews under one name, so that there is one row however many come and go.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def run(self) -> None:
        """Try for ever."""
        while True:
            await self.once()
            await asyncio.sleep(_EVERY)

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
        now = self._platform.clock.now()
        try:
            await self._platform.store.commit(Lease(WORK, WORK, now, now + _TERM))
        except Conflict:
            return True
        except Unavailable:
            return False
        return True
