"""Group commit: one thread writes to SQLite, as many requests in one durable transaction as wait at
its start.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from satsuma.store.batch_queue import BatchQueue, Waiting, release
from satsuma.store.port import Unavailable
from satsuma.store.sqlite.file import SqliteTransaction, connect, patiently

BATCH = 256
"""How many requests one transaction takes at most."""

_OF_THE_REQUEST = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)


class GroupCommit:
    """The only writer of this process: the next commit starts when the last one ends.

    Where one request of a transaction fails, all of it is taken back and done again with each request
    in a savepoint of its own, so a conflict takes back itself alone. No answer, not even a refusal,
    leaves before the COMMIT on which it rests.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._line: BatchQueue[Callable[[SqliteTransaction], Any]] = BatchQueue(
            self._serve, "satsuma-writer"
        )
        self._line.open()

    def submit(self, work: Callable[[SqliteTransaction], Any]) -> Awaitable[Any]:
        """Run `work` in the next transaction; give its result once that is durable.

        It may be run a second time, after all that the first did was taken back.
        """
        return self._line.submit(work)

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._line.close()

    def _serve(self) -> None:
        while batch := self._line.take(BATCH):
            try:
                self._commit(batch)
            except Exception as error:  # whatever it is, nobody may wait for ever
                self._give_up(batch, error)
            release(batch)
        self._let_go()

    def _commit(self, batch: list[Waiting[Any]]) -> None:
        if self._connection is None:
            self._connection = connect(self._path)
        connection = self._connection
        session = SqliteTransaction(connection)
        patiently(connection, "BEGIN IMMEDIATE")
        if not _all_hold(session, batch):
            connection.execute("ROLLBACK")
            patiently(connection, "BEGIN IMMEDIATE")
            for request in batch:
                _attempt(session, request)
        connection.execute("COMMIT")

    def _give_up(self, batch: Iterable[Waiting[Any]], error: Exception) -> None:
        """Let the whole batch fail: nothing of it is known to be durable."""
        self._let_go()
        for request in batch:
            request.error = Unavailable(f"The database file {self._path} cannot be used: {error}.")

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _all_hold(session: SqliteTransaction, batch: list[Waiting[Any]]) -> bool:
    """Run every request as one; False at the first that fails by itself, whatever was done then."""
    try:
        for request in batch:
            request.result = request.work(session)
    except Exception as error:
        _raise_if_it_breaks_all(error)
        return False
    return True


def _attempt(session: SqliteTransaction, request: Waiting[Any]) -> None:
    """Run one request in its savepoint; only what breaks the whole transaction is raised."""
    session.connection.execute("SAVEPOINT request")
    try:
        request.result = request.work(session)
    except Exception as error:
        _raise_if_it_breaks_all(error)
        request.error = error
        session.connection.execute("ROLLBACK TO request")
    session.connection.execute("RELEASE request")


def _raise_if_it_breaks_all(error: Exception) -> None:
    if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_THE_REQUEST):
        raise error
