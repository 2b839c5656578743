"""The pool of PostgreSQL connections: threads hold one each, and try again where one was lost or a race undone."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import psycopg
from psycopg import errors

from satsuma.store.port import Unavailable
from satsuma.store.postgresql.connection import (
    PATIENCE,
    Connection,
    PostgresTransaction,
    Watch,
    connect,
    unavailable,
)

T = TypeVar("T")

PAUSES = (0.05, 0.2, 0.5)
"""Seconds before each new try to connect, when a connection is lost."""

UNDONE = 5
"""How often a commit begins anew where the server undid it for a deadlock's sake."""


class Pool:
    """Threads with a connection each; a transaction takes one thread from begin to end."""

    def __init__(self, url: str, size: int, reader: bool, watch: Watch) -> None:
        """Run `size` threads; each thread that does work here, these or others, has a connection of its own."""
        self._url = url
        self._watch = watch
        self._reader = reader
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="satsuma-postgresql")
        self._local = threading.local()
        self._open: set[Connection] = set()
        self._refusing = False

    async def run(self, work: Callable[[PostgresTransaction], T], patience: float = PATIENCE) -> T:
        """Do `work` in a transaction of its own, and commit it."""
        if self._refusing:
            raise Unavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.do, work, patience)

    def start(self, work: Callable[[PostgresTransaction], T]) -> Future[T]:
        """Begin the same for a thread, which need not wait for it."""
        return self._threads.submit(self.do, work)

    def refuse(self) -> None:
        """Take nothing new, and try nothing again."""
        self._refusing = True

    def close(self) -> None:
        """Finish what is queued, then let go of the connections."""
        self._threads.shutdown(wait=True)
        while self._open:
            self._open.pop().close()

    def do(self, work: Callable[[PostgresTransaction], T], patience: float = PATIENCE) -> T:
        """Try again where the connection was lost, or the server undid a race, some times each."""
        pauses, undone = iter(PAUSES), 0
        while True:
            try:
                return self._transaction(work, patience)
            except (errors.SerializationFailure, errors.DeadlockDetected) as error:
                undone += 1
                if undone > UNDONE:
                    raise unavailable(self._url, error) from None
                time.sleep(undone * secrets.randbelow(20) / 1000)
            except Lost as lost:
                pause = None if self._refusing else next(pauses, None)
                if pause is None:
                    raise unavailable(self._url, lost.error, "cannot be reached") from None
                time.sleep(pause)
            except psycopg.Error as error:
                if isinstance(error, psycopg.DataError) or _is_of_the_driver(error):
                    raise ValueError(f"A value cannot be stored: {error}") from None
                self._drop()  # the next one may reach a healthier server
                raise unavailable(self._url, error) from None

    def _transaction(self, work: Callable[[PostgresTransaction], T], patience: float) -> T:
        connection = self._connection()
        with self._watch.over(connection, patience):
            return self._on(connection, work)

    def _on(self, connection: Connection, work: Callable[[PostgresTransaction], T]) -> T:
        try:
            result = work(PostgresTransaction(connection))
        except psycopg.Error as error:
            self._roll_back(connection)
            if connection.closed:
                raise Lost(error) from None
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
                connection = connect(self._url, reader=self._reader, watch=self._watch)
            except psycopg.OperationalError as error:
                raise Lost(error) from None
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


class Lost(Exception):
    """The connection went away, or none could be had, before anything was committed."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.error = error
