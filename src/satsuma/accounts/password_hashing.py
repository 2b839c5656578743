"""Slow hashing of passwords in a bounded pool: it never holds up the loop, and takes what others leave."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Literal, TypeVar

from satsuma.accounts.fair_queue import Busy, FairQueue, ShareUsed
from satsuma.accounts.passwords import (
    RECOMMENDED,
    PasswordCost,
    check_new_password,
    cost_of,
    hash_password,
    matches,
    normalised,
    spellings,
)
from satsuma_client.protocol.secret import Secret

__all__ = ["Busy", "Compared", "Hashing", "ShareUsed"]

T = TypeVar("T")
Compared = Literal["wrong", "right", "outdated"]
_NOBODYS: Final = Secret("nobody has this password")
_GIVES_WAY: Final = 5
"""How much nicer the threads are than the loop, in the scheduler's steps."""


class Hashing:
    """Hashes and compares passwords on a few threads; raises Busy, or ShareUsed to who crowds the queue.

    A `share` is who asks: a source at the login, an account behind a link or a login.
    """

    def __init__(self, threads: int = 2, queue: int = 64, cost: PasswordCost = RECOMMENDED) -> None:
        """Run at most `threads` at once and let at most `queue` wait; new hashes take `cost`.

        More threads than cores only push each other's memory out of the cache: each hash then takes a third longer.
        """
        threads = min(threads, len(os.sched_getaffinity(0)))
        self._pool = ThreadPoolExecutor(threads, "passwords", _give_way)
        self._queue = FairQueue(threads, queue)
        self._cost = cost
        self._nobodys: dict[PasswordCost, str] = {}

    def close(self) -> None:
        """End the threads; what still waits for one is not done."""
        self._pool.shutdown(cancel_futures=True)

    async def hash_new(self, password: Secret, email: str, share: str) -> str:
        """The hash of a password that its owner chose; raises BadPassword or Busy."""
        await self._run(share, partial(check_new_password, password, email))
        return await self.hash_again(password, share)

    async def hash_again(self, password: Secret, share: str) -> str:
        """The hash, at the present cost, of a password that was just proven; raises BadPassword or Busy."""
        return await self._run(share, partial(hash_password, password, self._cost))

    async def compare(
        self,
        password: Secret,
        password_hash: str | None,
        share: str,
        stored: Collection[PasswordCost] = (),
    ) -> Compared:
        """Say whether a password is the right one, and whether its hash should be made anew.

        Every answer takes the work of each cost in `stored` and of the present one, whichever of them this hash has,
        and so does one without a hash: its time tells nothing of the account.
        """
        has = set() if password_hash is None else {cost_of(password_hash)}
        costs = sorted(each for each in {*stored, self._cost, *has} if each is not None)
        return await self._run(share, partial(self._compared, password, password_hash, costs))

    def _compared(
        self, password: Secret, password_hash: str | None, costs: list[PasswordCost]
    ) -> Compared:
        kept = "" if password_hash is None else password_hash
        cost = cost_of(kept)
        for spelling in spellings(password):
            is_right = False
            for each in costs:
                # In one order whoever asks: what a hash leaves in memory makes the next one quicker or slower.
                if each != cost:
                    matches(spelling, self._nobody_at(each))
                elif matches(spelling, kept):
                    is_right = True
            if is_right:
                is_present = (
                    cost == self._cost and spelling.reveal() == normalised(password).reveal()
                )
                return "right" if is_present else "outdated"
        return "wrong"

    def _nobody_at(self, cost: PasswordCost) -> str:
        found = self._nobodys.get(cost)
        if found is None:
            found = self._nobodys[cost] = hash_password(_NOBODYS, cost)
        return found

    async def _run(self, share: str, work: Callable[[], T]) -> T:
        async with self._queue.turn(share):
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _give_way() -> None:
    """Let the loop's thread go first; Linux schedules each thread by its own niceness."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _GIVES_WAY)
