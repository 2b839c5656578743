"""Group reading: a few threads read from SQLite, each as many requests in one view as wait at its start."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from satsuma.store.batch_queue import BatchQueue, Waiting, release
from satsuma.store.port import Unavailable
from satsuma.store.sql.reader import SqlReader
from satsuma.store.sqlite.file import SqliteTransaction, connect

READERS = 2
"""How many threads read: they hold the interpreter's lock most of the time."""

BATCH = 16
"""How many requests share a view at most: who comes with a long one waits for it."""


class GroupRead:
    """The readers of this process.

    A view is taken after every request of its batch was made, so each sees all that was committed before it asked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: set[sqlite3.Connection] = set()
        self._line: BatchQueue[Callable[[SqlReader], Any]] = BatchQueue(
            self._serve, "satsuma-reader", READERS
        )
        self._line.open()

    def submit(self, query: Callable[[SqlReader], Any]) -> Awaitable[Any]:
        """Run `query` on one consistent view; raises `Unavailable`."""
        return self._line.submit(query)

    def close(self) -> None:
        """Finish what is queued, end the threads, then let go of the file, one connection after the other.

        The last one to go takes the write-ahead log with it; two that go at once would both leave it.
        """
        self._line.close()
        while self._open:
            self._let_go(next(iter(self._open)))

    def _serve(self) -> None:
        connection: sqlite3.Connection | None = None
        while batch := self._line.take(BATCH):
            try:
                connection = connection or self._connect()
                self._read(connection, batch)
            except (sqlite3.Error, OSError) as error:
                self._give_up(batch, error)
                self._let_go(connection)
                connection = None
            release(batch)

    def _read(self, connection: sqlite3.Connection, batch: Iterable[Waiting[Any]]) -> None:
        connection.execute("BEGIN")
        reader = SqlReader(SqliteTransaction(connection))
        for request in batch:
            try:
                request.result = request.work(reader)
            except (sqlite3.Error, OSError) as error:
                request.error = self._unavailable(error)
            except Exception as error:  # of the query itself: whoever asked has it back
                request.error = error
        connection.rollback()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        self._open.add(connection)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _let_go(self, connection: sqlite3.Connection | None) -> None:
        if connection is not None:
            self._open.discard(connection)
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _give_up(self, batch: Iterable[Waiting[Any]], error: Exception) -> None:
        for request in batch:
            request.error = self._unavailable(error)

    def _unavailable(self, error: Exception) -> Unavailable:
        return Unavailable(f"The database file {self._path} cannot be used: {error}.")
