"""The store on PostgreSQL: transactions of one request or of many that wait together, on
connections that threads hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TypeVar

import psycopg

from satsuma.domain.effects import Effect
from satsuma.store.bell import Bell
from satsuma.store.port import Reader
from satsuma.store.postgresql.connection import (
    PATIENCE,
    PATIENCE_TO_PRUNE,
    Watch,
    bring_up,
    check,
    check_address,
    connect,
    unavailable,
)
from satsuma.store.postgresql.group_commit import READERS, Commit, GroupCommit, GroupRead
from satsuma.store.postgresql.listener import Listener
from satsuma.store.postgresql.pool import Pool
from satsuma.store.sql.pruning import prune
from satsuma.store.sql.rows import microseconds

T = TypeVar("T")

WRITERS = 4
PER_PROCESS = WRITERS + READERS + 2
"""How many connections one process holds at most: those that commit alone, those that read, the one that
commits together, and the one that listens.
"""

POLL = 0.25
"""Seconds after which whoever waits for a change looks anyway: a notification is only a bell."""


class PostgresStore:
    """Facts in a PostgreSQL database whose schema has been checked."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        """Use the database at `url`; `clock` dates the rows of the feed."""
        self._clock = clock
        self._bell = Bell()
        self._url = url
        self._watch = Watch()
        self._writers = Pool(url, WRITERS, reader=False, watch=self._watch)
        self._readers = Pool(url, READERS, reader=True, watch=self._watch)
        self._writing = GroupCommit(url, self._writers, self._watch)
        self._reading = GroupRead(self._readers)
        self._listener = Listener(lambda: connect(url, autocommit=True), self._bell)

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view; raises `Unavailable`."""
        async with self._in_time():
            found: T = await self._reading.submit(query)
        return found

    async def commit(self, *effects: Effect) -> None:
        """Commit all effects in one durable transaction.

        Raises `Conflict` (nothing stands) or `Unavailable`.
        """
        if not effects:
            return
        at = microseconds(self._clock())
        async with self._in_time():
            is_news = await self._writing.submit(Commit(effects, at))
        if is_news:
            self._bell.ring()

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete up to `limit` rows of each table that matter no more; give how many went."""
        return await self._writers.run(
            lambda session: prune(session, now, limit), PATIENCE_TO_PRUNE
        )

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
        self._writing.close()
        self._reading.close()
        self._writers.close()
        self._readers.close()
        self._watch.close()

    @contextlib.asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Let nobody wait for a silent server for longer than a person's patience; raises `Unavailable`."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except TimeoutError as error:
            what = f"did not answer in {PATIENCE} s"
            raise unavailable(self._url, error, what) from None


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
