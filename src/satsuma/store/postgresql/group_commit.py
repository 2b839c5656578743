"""Group commit and group read on PostgreSQL: what waits shares a transaction; where one fails, each has its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from satsuma.domain.effects import Effect
from satsuma.store.batch_queue import BatchQueue, Waiting, release
from satsuma.store.port import Unavailable
from satsuma.store.postgresql.connection import PATIENCE as SILENCE
from satsuma.store.postgresql.connection import (
    Connection,
    PostgresTransaction,
    Watch,
    connect,
    unavailable,
)
from satsuma.store.postgresql.pool import Pool
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.reader import SqlReader
from satsuma.store.sql.writing import apply, number, write

TOGETHER = 32
"""How many commits one transaction takes at most."""

READERS = 2
READ_TOGETHER = 16
"""How many reads share a view at most: who comes with a long one waits for it."""

PATIENCE = "50ms"
"""How long commits that share a transaction wait for a row that another transaction holds."""

Query = Callable[[SqlReader], Any]


@dataclass(frozen=True, slots=True)
class Commit:
    """What one caller commits, dated."""

    effects: tuple[Effect, ...]
    at: int

    def __call__(self, session: PostgresTransaction) -> bool:
        """Write it in a transaction of its own."""
        return apply(session, self.effects, self.at)


class GroupCommit:
    """One thread takes the commits that wait and writes them in one transaction: one turn, one sync.

    A transaction of one takes a thread of the pool, as before. Where any of many conflicts, waits for a row or
    fails, nothing of it stands, and each takes a thread of the pool. So none can undo another, and one that
    must wait keeps only itself waiting.
    """

    def __init__(self, url: str, pool: Pool, watch: Watch) -> None:
        """Start the thread; `pool` is for those that go alone."""
        self._url = url
        self._watch = watch
        self._pool = pool
        self._connection: Connection | None = None
        self._line: BatchQueue[Commit] = BatchQueue(self._serve, "satsuma-committing")
        self._line.open()

    async def submit(self, commit: Commit) -> bool:
        """Whether the feed has anything new, once the commit is durable."""
        return bool(await self._line.submit(commit))

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._line.close()

    def _serve(self) -> None:
        while batch := self._line.take(TOGETHER):
            if len(batch) > 1 and self._write(batch):
                release(batch)
                continue
            for request in batch:
                if request.future.done():  # who waited for it has been told that it failed
                    continue
                self._pool.start(request.work).add_done_callback(partial(_answer, request))
        self._let_go()

    def _write(self, batch: Sequence[Waiting[Commit]]) -> bool:
        """Write all of it, or say that each must go alone: False, and nothing of it stands."""
        try:
            connection = self._connection = self._connection or connect(
                self._url, watch=self._watch
            )
        except psycopg.Error:
            return False
        with self._watch.over(connection, SILENCE):
            return self._write_on(connection, batch)

    def _write_on(self, connection: Connection, batch: Sequence[Waiting[Commit]]) -> bool:
        try:
            told = _written(PostgresTransaction(connection), [request.work for request in batch])
        except Exception:  # whatever it is, whoever it is of meets it again alone
            self._roll_back()
            return False
        try:
            connection.commit()
        except psycopg.Error as error:
            self._roll_back()
            if not connection.closed:
                return False
            what = "was lost during a commit; whether that stands is not known"
            for request in batch:
                request.error = unavailable(self._url, error, what)
            return True
        for request, changes in zip(batch, told, strict=True):
            request.result = bool(changes.changes)
        return True

    def _roll_back(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.rollback()
            if self._connection.closed:
                self._connection = None

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _written(session: PostgresTransaction, commits: Sequence[Commit]) -> list[Changes]:
    """Write every commit's effects, and only then wait for the turn."""
    ((before, _),) = session.rows(
        "SELECT current_setting('lock_timeout'), set_config('lock_timeout', :patience, true)",
        {"patience": PATIENCE},
    )
    told = [write(session, each.effects, each.at) for each in commits]
    session.rows("SELECT set_config('lock_timeout', :before, true)", {"before": before})
    number(session, told)
    return told


def _answer(request: Waiting[Any], done: Future[Any]) -> None:
    request.error = done.exception()
    if request.error is None:
        request.result = done.result()
    release((request,))


class GroupRead:
    """A few threads take the reads that wait, each as many in one view as wait at its start."""

    def __init__(self, pool: Pool) -> None:
        """Start the threads; each has a connection of the pool's."""
        self._pool = pool
        self._line: BatchQueue[Query] = BatchQueue(self._serve, "satsuma-reading", READERS)
        self._line.open()

    async def submit(self, query: Query) -> Any:
        """Run `query` on one consistent view; raises `Unavailable`."""
        return await self._line.submit(query)

    def close(self) -> None:
        """Finish what is queued, then end the threads."""
        self._line.close()

    def _serve(self) -> None:
        while batch := self._line.take(READ_TOGETHER):
            try:
                self._pool.do(partial(_look, batch))
            except Unavailable as error:
                _give(batch, error)
            except (
                Exception
            ):  # of a value that the driver or the server refuses: whose it is shows alone
                self._alone(batch)
            release(batch)

    def _alone(self, batch: Sequence[Waiting[Query]]) -> None:
        for request in batch:
            try:
                self._pool.do(partial(_look, (request,)))
            except Exception as error:
                _give((request,), error)


def _look(batch: Sequence[Waiting[Query]], session: PostgresTransaction) -> None:
    reader = SqlReader(session)
    for request in batch:
        request.error = None
        try:
            request.result = request.work(reader)
        except psycopg.Error:
            raise
        except Exception as error:  # of the query itself: whoever asked has it back
            request.error = error


def _give(batch: Sequence[Waiting[Query]], error: Exception) -> None:
    for request in batch:
        request.error = error
