"""The store in memory: the same port and conditions without a database, for tests and the test
double.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from satsuma.domain.effects import Effect
from satsuma.store.bell import Bell
from satsuma.store.memory.pruning import prune
from satsuma.store.memory.reader import MemoryReader
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writing import apply
from satsuma.store.port import Reader, Unavailable

T = TypeVar("T")


class MemoryStore:
    """Facts in this process; nothing outlives it. `clock` dates the rows of the feed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._tables = Tables()
        self._bell = Bell()
        self._closed = False

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view."""
        with self._lock:
            self._check_open()
            return query(MemoryReader(self._tables))

    async def commit(self, *effects: Effect) -> None:
        """Commit all effects or none; raises `Conflict`."""
        with self._lock:
            self._check_open()
            with self._tables.all_or_nothing():
                announced = apply(self._tables, effects, self._clock())
        if announced:
            self._bell.ring()

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete up to `limit` rows of each table that matter no more; give how many went."""
        with self._lock:
            self._check_open()
            return prune(self._tables, now, limit)

    async def changed(self, timeout: float) -> None:
        """Return when something may have changed, at the latest after `timeout` seconds."""
        await self._bell.wait(timeout)

    async def close(self) -> None:
        """Let go."""
        self._closed = True
        self._bell.ring()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The store is closed.")
