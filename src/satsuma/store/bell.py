"""The bell: tells whoever waits in an event loop that the database may have changed."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref


class Bell:
    """Wake every waiting task at each ring; a task that waits in a loop misses none.

    Each task remembers the last ring that it saw, so a ring between two of its waits ends the
    second at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rings = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._seen: weakref.WeakKeyDictionary[asyncio.Task[object], int] = (
            weakref.WeakKeyDictionary()
        )

    def ring(self) -> None:
        """Wake all who wait; from any thread."""
        with self._lock:
            self._rings += 1
            waiting, self._waiting = self._waiting, set()
        for future in waiting:
            with contextlib.suppress(RuntimeError):  # its loop has closed
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def wait(self, timeout: float) -> None:
        """Return at the next ring that this task has not seen, at the latest after `timeout`
        seconds.
        """
        task: asyncio.Task[object] | None = asyncio.current_task()
        if task is None:
            raise RuntimeError("Bell.wait is called from within a task")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            heard = self._rings > self._seen.get(task, self._rings)
            self._waiting.add(future)
        try:
            if not heard:
                await asyncio.wait((future,), timeout=timeout)
        finally:
            with self._lock:
                self._waiting.discard(future)
                self._seen[task] = self._rings


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
