"""The store on SQLite: one writer thread, a few readers, one file that other processes may use at
the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from satsuma.rules.effects import Effect
from satsuma.store.bell import Bell
from satsuma.store.port import Reader, Unavailable
from satsuma.store.sql.applying import apply
from satsuma.store.sql.group_commit import GroupCommit
from satsuma.store.sql.pruning import prune
from satsuma.store.sql.reading import SqlReader
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.sqlite_file import SqliteSession, connect, told

T = TypeVar("T")

READERS = 2
"""How many reads run at once: they hold the interpreter's lock most of the time."""

POLL = 0.1
"""Seconds between two looks at whether another process has written."""


class SqliteStore:
    """Facts in one SQLite file whose schema has been prepared."""

    def __init__(
        self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Open the file; `clock` dates the rows of the feed."""
        self._path = path
        self._clock = clock
        self._bell = Bell()
        self._writer = GroupCommit(path)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="satsuma-reader")
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._closed = threading.Event()
        self._watch = threading.Thread(target=self._watch_file, name="satsuma-watch", daemon=True)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view; raises `Unavailable`."""
        if self._closed.is_set():
            raise Unavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, query)

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
        self._writer.close()
        self._readers.shutdown(wait=True)
        if self._watch.is_alive():
            self._watch.join()
        while self._open:
            self._open.pop().close()

    def _read(self, query: Callable[[Reader], T]) -> T:
        with told(self._path):
            connection = self._reader_connection()
            connection.execute("BEGIN")
        try:
            with told(self._path):
                return query(SqlReader(SqliteSession(connection)))
        finally:
            connection.rollback()

    def _reader_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self._path)
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            self._open.append(connection)
        return connection

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
