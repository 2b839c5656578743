"""The store on PostgreSQL: one transaction per commit, on connections that threads of a bounded
pool hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import psycopg
from psycopg import errors

from satsuma.rules.effects import Effect
from satsuma.store.bell import Bell
from satsuma.store.port import Reader, Unavailable
from satsuma.store.sql.applying import apply
from satsuma.store.sql.listening import Listener
from satsuma.store.sql.postgresql_connection import (
    Connection,
    PostgresSession,
    bring_up,
    check,
    check_address,
    connect,
    unavailable,
)
from satsuma.store.sql.pruning import prune
from satsuma.store.sql.reading import SqlReader
from satsuma.store.sql.rows import microseconds

T = TypeVar("T")

WRITERS = 4
READERS = 4
PAUSES = (0.05, 0.2, 0.5)
"""Seconds before each new try to connect, when a connection is lost."""

UNDONE = 5
"""How often a commit begins anew where the server undid it for a deadlock's sake."""

POLL = 0.25
"""Seconds after which whoever waits for a change looks anyway: a notification is only a bell."""


class PostgresStore:
    """Facts in a PostgreSQL database whose schema has been checked."""

    def __init__(self, url: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Use the database at `url`; `clock` dates the rows of the feed."""
        self._clock = clock
        self._bell = Bell()
        self._writers = _Pool(url, WRITERS, reader=False)
        self._readers = _Pool(url, READERS, reader=True)
        self._listener = Listener(lambda: connect(url, autocommit=True), self._bell)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view; raises `Unavailable`."""
        return await self._readers.run(lambda session: query(SqlReader(session)))

    async def commit(self, *effects: Effect) -> None:
        """Commit all effects in one durable transaction.

        Raises `Conflict` (nothing stands) or `Unavailable`.
        """
        if not effects:
            return
        at = microseconds(self._clock())
        if await self._writers.run(lambda session: apply(session, effects, at)):
            self._bell.ring()

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete up to `limit` rows of each table that matter no more; give how many went."""
        return await self._writers.run(lambda session: prune(session, now, limit))

    async def changed(self, timeout: float) -> None:
        """Return when the database may have changed, at the latest after `timeout` seconds."""
        self._listener.start()
        await self._bell.wait(min(timeout, POLL))

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        self._writers.refuse()
        self._readers.refuse()
        await asyncio.get_running_loop().run_in_executor(None, self._end)
        self._bell.ring()

    def _end(self) -> None:
        self._listener.close()
        self._writers.close()
        self._readers.close()


class _Pool:
    """Threads with a connection each; a transaction takes one thread from begin to end."""

    def __init__(self, url: str, size: int, reader: bool) -> None:
        self._url = url
        self._reader = reader
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="satsuma-postgresql")
        self._local = threading.local()
        self._open: set[Connection] = set()
        self._refusing = False

    async def run(self, work: Callable[[PostgresSession], T]) -> T:
        """Do `work` in a transaction of its own, and commit it."""
        if self._refusing:
            raise Unavailable("The store is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    def refuse(self) -> None:
        """Take nothing new."""
        self._refusing = True

    def close(self) -> None:
        """Finish what is queued, then let go of the connections."""
        self._threads.shutdown(wait=True)
        while self._open:
            self._open.pop().close()

    def _run(self, work: Callable[[PostgresSession], T]) -> T:
        """Try again where the connection was lost, or the server undid a race, some times each."""
        pauses, undone = iter(PAUSES), 0
        while True:
            try:
                return self._transaction(work)
            except (errors.SerializationFailure, errors.DeadlockDetected) as error:
                undone += 1
                if undone > UNDONE:
                    raise unavailable(self._url, error) from None
                time.sleep(undone * secrets.randbelow(20) / 1000)
            except _Lost as lost:
                pause = next(pauses, None)
                if pause is None:
                    raise unavailable(self._url, lost.error, "cannot be reached") from None
                time.sleep(pause)
            except psycopg.Error as error:
                if isinstance(error, psycopg.DataError) or _is_of_the_driver(error):
                    raise ValueError(f"A value cannot be stored: {error}") from None
                self._drop()  # the next one may reach a healthier server
                raise unavailable(self._url, error) from None

    def _transaction(self, work: Callable[[PostgresSession], T]) -> T:
        connection = self._connection()
        try:
            result = work(PostgresSession(connection))
        except psycopg.Error as error:
            self._roll_back(connection)
            if connection.closed:
                raise _Lost(error) from None
            raise
        except BaseException:
            self._roll_back(connection)
            raise
        if self._reader:
            self._roll_back(connection)
        else:
            self._commit(connection)
        return result

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except psycopg.Error as error:
            self._roll_back(connection)
            if connection.closed:
                what = "was lost during a commit; whether that stands is not known"
                raise unavailable(self._url, error, what) from None
            raise

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            try:
                connection = connect(self._url, reader=self._reader)
            except psycopg.OperationalError as error:
                raise _Lost(error) from None
            self._local.connection = connection
            self._open.add(connection)
        return connection

    def _roll_back(self, connection: Connection) -> None:
        with contextlib.suppress(psycopg.Error):
            connection.rollback()
        if connection.closed:
            self._open.discard(connection)

    def _drop(self) -> None:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._open.discard(connection)


def _is_of_the_driver(error: psycopg.Error) -> bool:
    """Say whether the driver refused a value before the server saw it."""
    return isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None


class _Lost(Exception):
    """The connection went away, or none could be had, before anything was committed."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.error = error


def open_postgresql(url: str, upgrade: bool, clock: Callable[[], datetime]) -> PostgresStore:
    """Check the database's schema, after an upgrade where one is asked for, and use it."""
    check_address(url)
    try:
        with connect(url, autocommit=True) as connection:
            if upgrade:
                bring_up(connection)
            check(connection)
    except psycopg.Error as error:
        raise unavailable(url, error) from None
    return PostgresStore(url, clock)
