"""One event loop in one thread for every server of a process: it is there while one of them is."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

import uvloop

T = TypeVar("T")
_PATIENCE: Final = 60.0


class SharedLoop:
    """Starts with the first who takes it and ends with the last who gives it back.

    A forked child has no thread of it: what it inherited it leaves alone, and it may start its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def after_fork(self) -> None:
        """Begin anew in a child."""
        self._lock = threading.Lock()
        self._forget()

    def take(self) -> None:
        """Have the loop run until it is given back."""
        with self._lock:
            self._users += 1
            if self._loop is None:
                loop = self._loop = uvloop.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(loop,), name="satsuma-testing", daemon=True
                )
                self._thread.start()

    def give_back(self) -> None:
        """Say that one user less needs it; the last one's return ends the thread."""
        with self._lock:
            self._users -= 1
            if self._users or self._loop is None or self._thread is None:
                return
            loop, thread = self._loop, self._thread
            self._forget()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)

    def end(self) -> None:
        """End the thread, whoever still uses it: the process is leaving."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._forget()
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_PATIENCE)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` on the loop and wait for it; raises what it raises."""
        if self._loop is None:
            work.close()
            raise RuntimeError("no server of this process is running")
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("a server's own loop cannot wait for itself")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def post(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `work` on the loop; gives its future, of the thread that waits for it."""
        if self._loop is None:
            work.close()
            raise RuntimeError("no server of this process is running")
        return asyncio.run_coroutine_threadsafe(work, self._loop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


SHARED: Final = SharedLoop()
os.register_at_fork(after_in_child=SHARED.after_fork)
atexit.register(SHARED.end)
