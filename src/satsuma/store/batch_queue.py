"""A queue of requests for a thread: taken in batches, answered in batches, so that many cost one switch of threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
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


class BatchQueue(Generic[W]):
    """Where requests wait, from any event loop, for the threads that serve them.

    What one turn of an event loop asks for is queued together: nothing of it could be answered before that turn
    ends, and a thread that came for the first alone would leave the others to a second batch.
    """

    def __init__(self, serve: Callable[[], None], name: str, threads: int = 1) -> None:
        """Prepare the threads; each runs `serve`, which must end once `take` gives nothing."""
        self._gathered: dict[asyncio.AbstractEventLoop, list[Waiting[W]]] = {}
        self._queue: deque[Waiting[W]] = deque()
        self._closed = False
        self._moved = threading.Condition(threading.Lock())
        self._threads = [
            threading.Thread(target=serve, name=f"{name}-{at}", daemon=True)
            for at in range(threads)
        ]

    def open(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, work: W) -> asyncio.Future[Any]:
        """Queue work; what is awaited gives what came of it."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(work, loop.create_future())
        with self._moved:
            if self._closed:
                raise Unavailable("The store is closed.")
            gathered = self._gathered.get(loop)
            if gathered is None:
                self._gathered[loop] = [waiting]
                loop.call_soon(self._hand_over, loop)
            else:
                gathered.append(waiting)
        return waiting.future

    def take(self, most: int) -> list[Waiting[W]]:
        """Wait for requests, then take those that wait, at most so many; none means the end."""
        with self._moved:
            while not self._queue and not self._closed:
                self._moved.wait()
            batch = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
            if self._queue:
                self._moved.notify()
        return batch

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        with self._moved:
            self._closed = True
            for requests in self._gathered.values():
                self._queue.extend(requests)
            self._gathered.clear()
            self._moved.notify_all()
        for thread in self._threads:
            thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._moved:
            self._queue.extend(self._gathered.pop(loop, ()))
            self._moved.notify()


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
