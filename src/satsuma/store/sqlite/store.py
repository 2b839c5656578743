"""The store on SQLite: one writer thread, a few readers, one file that other processes may use at
the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from satsuma.domain.effects import Effect
from satsuma.store.bell import Bell
from satsuma.store.port import Reader
from satsuma.store.sql.pruning import prune
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.writing import apply
from satsuma.store.sqlite.file import connect
from satsuma.store.sqlite.group_commit import GroupCommit
from satsuma.store.sqlite.group_read import GroupRead

T = TypeVar("T")

POLL = 0.1
"""Seconds between two looks at whether another process has written."""


class SqliteStore:
    """Facts in one SQLite file whose schema has been prepared."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        """Open the file; `clock` dates the rows of the feed."""
        self._path = path
        self._clock = clock
        self._bell = Bell()
        self._writer = GroupCommit(path)
        self._readers = GroupRead(path)
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._watch_file, name="satsuma-watch", daemon=True)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view; raises `Unavailable`."""
        found: T = await self._readers.submit(query)
        return found

    async def commit(self, *effects: Effect) -> None:
        """Commit all effects in one durable transaction; raises `Conflict` (nothing stands) or
        `Unavailable`.
        """
        if not effects:
            return
        at = microseconds(self._clock())
        if await self._writer.submit(lambda session: apply(session, effects, at)):
            self._bell.ring()

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete up to `limit` rows of each table that matter no more; give how many went."""
        return int(await self._writer.submit(lambda session: prune(session, now, limit)))

    async def changed(self, timeout: float) -> None:
        """Return when the database may have changed, at the latest after `timeout` seconds."""
        if not self._watch.is_alive() and not self._closed.is_set():
            with contextlib.suppress(RuntimeError):  # another event loop was first
                self._watch.start()
        await self._bell.wait(timeout)

    async def close(self) -> None:
        """Finish what is queued and let go of the file."""
        self._closed.set()
        await asyncio.get_running_loop().run_in_executor(None, self._end)

    def _end(self) -> None:
        self._readers.close()
        self._writer.close()
        if self._watch.is_alive():
            self._watch.join()

    def _watch_file(self) -> None:
        """Ring when another connection, of this process or another, has committed, and after each
        failure to look.
        """
        while not self._closed.is_set():
            seen = None
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(connect(self._path)) as watch,
            ):
                while not self._closed.wait(POLL):
                    (version,) = watch.execute("PRAGMA data_version").fetchone()
                    if version != seen:
                        self._bell.ring()
                    seen = version
            self._bell.ring()
            self._closed.wait(POLL)
