"""Slow hashing of passwords in a bounded pool: it never holds up the loop, and never takes more than its share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from satsuma.accounts.passwords import check_new_password, hash_password, matches
from satsuma_client.protocol.secret import Secret

T = TypeVar("T")
_NOBODYS = "nobody has this password"


class Busy(Exception):
    """Too many passwords wait for their hash; the person tries again in a moment."""


class Hashing:
    """Hashes and compares passwords on a few threads; raises Busy when the queue is full."""

    def __init__(self, threads: int = 2, queue: int = 64) -> None:
        """Run at most `threads` at once and let at most `queue` wait."""
        self._pool = ThreadPoolExecutor(threads, "passwords")
        self._room = threads + queue
        self._nobodys: str | None = None

    async def hash_new(self, password: Secret, email: str) -> str:
        """The hash of a password that its owner chose; raises BadPassword or Busy."""
        await self._run(partial(check_new_password, password, email))
        return await self._run(partial(hash_password, password))

    async def matches(self, password: Secret, password_hash: str | None) -> bool:
        """Say whether a password is the right one; without a hash it takes as long and is not."""
        if password_hash is None:
            if self._nobodys is None:
                self._nobodys = await self._run(partial(hash_password, Secret(_NOBODYS)))
            await self._run(partial(matches, password, self._nobodys))
            return False
        return await self._run(partial(matches, password, password_hash))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._room <= 0:
            raise Busy
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._room += 1
