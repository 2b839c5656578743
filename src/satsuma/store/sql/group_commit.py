"""Group commit: one thread writes to SQLite, as many requests in one durable transaction as wait at
its start.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satsuma.store.port import Unavailable
from satsuma.store.sql.sqlite_file import SqliteSession, connect, patiently

BATCH = 256
"""How many requests one transaction takes at most."""

_OF_THE_REQUEST = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
)


@dataclass(slots=True)
class _Request:
    work: Callable[[SqliteSession], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """The only writer of this process: the next commit starts when the last one ends.

    Each request stands in a savepoint of its own, so a conflict takes back itself alone. No answer,
    not even a refusal, leaves before the COMMIT on which it rests.
    """

    def __init__(self, path: Path) -> None:
        """Start the writer's thread."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="satsuma-writer", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[SqliteSession], Any]) -> Any:
        """Run `work` in the next transaction; give its result once that is durable."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                raise Unavailable("The store is closed.")
            self._queue.put(_Request(work, future))
        return await future

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._take():
            try:
                self._commit(batch)
            except Exception as error:  # whatever it is, nobody may wait for ever
                self._give_up(batch, error)
            _release(batch)
        self._let_go()

    def _take(self) -> list[_Request]:
        """Wait for a request, then take all that wait with it; none means the end."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        with contextlib.suppress(queue.Empty):
            while len(batch) < BATCH:
                request = self._queue.get_nowait()
                if request is None:
                    self._queue.put(None)
                    break
                batch.append(request)
        return batch

    def _commit(self, batch: list[_Request]) -> None:
        if self._connection is None:
            self._connection = connect(self._path)
        session = SqliteSession(self._connection)
        patiently(self._connection, "BEGIN IMMEDIATE")
        for request in batch:
            _attempt(session, request)
        self._connection.execute("COMMIT")

    def _give_up(self, batch: Iterable[_Request], error: Exception) -> None:
        """Let the whole batch fail: nothing of it is known to be durable."""
        self._let_go()
        for request in batch:
            request.error = Unavailable(f"The database file {self._path} cannot be used: {error}.")

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _attempt(session: SqliteSession, request: _Request) -> None:
    """Run one request in its savepoint; only what breaks the whole transaction is raised."""
    session.connection.execute("SAVEPOINT request")
    try:
        request.result = request.work(session)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_THE_REQUEST):
            raise
        request.error = error
        session.connection.execute("ROLLBACK TO request")
    session.connection.execute("RELEASE request")


def _release(batch: list[_Request]) -> None:
    """Answer the whole batch, with one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
    for request in batch:
        loops.setdefault(request.future.get_loop(), []).append(request)
    for loop, requests in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits
            loop.call_soon_threadsafe(_answer, requests)


def _answer(requests: list[_Request]) -> None:
    for request in requests:
        if request.future.done():
            continue
        if request.error is not None:
            request.future.set_exception(request.error)
        else:
            request.future.set_result(request.result)
