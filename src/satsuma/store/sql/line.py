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
    """Where requests wait, from any event loop, for the threads that serve them."""

    def __init__(self, serve: Callable[[], None], name: str, threads: int = 1) -> None:
        """Prepare the threads; each runs `serve`, which must end once `take` gives nothing."""
        self._queue: queue.SimpleQueue[Waiting[W] | None] = queue.SimpleQueue()
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

    async def submit(self, work: W) -> Any:
        """Wait in line; give what came of the work."""
        future = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                raise Unavailable("The store is closed.")
            self._queue.put(Waiting(work, future))
        return await future

    def take(self, most: int) -> list[Waiting[W]]:
        """Wait for a request, then take those that wait with it; none means the end."""
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        with contextlib.suppress(queue.Empty):
            while len(batch) < most:
                request = self._queue.get_nowait()
                if request is None:
                    self._queue.put(None)
                    break
                batch.append(request)
        return batch

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put(None)
        for thread in self._threads:
            thread.join()


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
