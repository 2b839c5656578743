"""The cache of one process."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from dataclasses import replace

from satsuma_client.client.record import Record

_MEMORIES: weakref.WeakSet[MemoryCache] = weakref.WeakSet()


class MemoryCache:
    """Keep tokens while the process lives, the `size` keys that were used last."""

    poll = 0.005

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        _MEMORIES.add(self)

    def load(self, key: str) -> bytes | None:
        """What is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Keep `new` if what is kept is still `old`."""
        with self._lock:
            if self._kept.get(key) != old:
                return False
            self._kept[key] = new
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return True

    def __repr__(self) -> str:
        return f"MemoryCache(size={self._size})"

    def _after_fork(self) -> None:
        """A child has none of the threads that held a lock or a turn."""
        self._lock = threading.Lock()
        for key, text in self._kept.items():
            self._kept[key] = replace(Record.parse(text), lease=None).render()


def _after_fork() -> None:
    for each in list(_MEMORIES):
        each._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
