"""Requests in line for a thread: taken together, answered together, so that many cost one switch of threads."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from satsuma.store.port import Unavailable

W = TypeVar("W", bound=Callable[[Any], Any])


@dataclass(slots=True)
class Waiting(Generic[W]):
    """One request: what is to be done, who waits for it, and what came of it."""

    work: W
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Line(Generic[W]):
    """Where requests wait, from any event loop, for the threads that serve them.

    What one turn of an event loop asks for stands in line together: nothing of it could be answered before that turn
    ends, and a thread that came for the first alone would leave the others to a second batch.
    """

    def __init__(self, serve: Callable[[], None], name: str, most: int, threads: int = 1) -> None:
        """Prepare the threads; each runs `serve`, which must end once `take` gives nothing.

        `most` bounds what stands together, and what a thread takes on top of the first that it finds.
        """
        self._queue: queue.SimpleQueue[list[Waiting[W]] | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[Waiting[W]]] = {}
        self._most = most
        self._closed = False
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=serve, name=f"{name}-{at}", daemon=True)
            for at in range(threads)
        ]

    def open(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, work: W) -> asyncio.Future[Any]:
        """Stand in line; what is awaited gives what came of the work."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, loop.create_future())
        with self._lock:
            if self._closed:
                raise Unavailable("The store is closed.")
            gathered = self._gathered.get(loop)
            if gathered is None:
                self._gathered[loop] = [waiting]
                loop.call_soon(self._hand_over, loop)
            else:
                gathered.append(waiting)
        return waiting.future

    def take(self) -> list[Waiting[W]]:
        """Wait for requests, then take those that wait with them; none means the end."""
        batch = self._queue.get()
        if batch is None:
            return []
        with contextlib.suppress(queue.Empty):
            while len(batch) < self._most:
                more = self._queue.get_nowait()
                if more is None:
                    self._queue.put(None)
                    break
                batch += more
        return batch

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        with self._lock:
            if not self._closed:
                self._closed = True
                while self._gathered:
                    self._put(self._gathered.popitem()[1])
                for _ in self._threads:
                    self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            self._put(self._gathered.pop(loop, []))

    def _put(self, requests: list[Waiting[W]]) -> None:
        for at in range(0, len(requests), self._most):
            self._queue.put(requests[at : at + self._most])


def release(batch: Iterable[Waiting[Any]]) -> None:
    """Answer the whole batch, with one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting[Any]]] = {}
    for request in batch:
        loops.setdefault(request.future.get_loop(), []).append(request)
    for loop, requests in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits
            loop.call_soon_threadsafe(_answer, requests)


def _answer(requests: list[Waiting[Any]]) -> None:
    for request in requests:
        if request.future.done():
            continue
        if request.error is not None:
            request.future.set_exception(request.error)
        else:
            request.future.set_result(request.result)
