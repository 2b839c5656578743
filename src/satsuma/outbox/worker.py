"""Durable work done by whichever process takes it: leased piece by piece, tried again later and later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from satsuma.domain.effects import Effect
from satsuma.domain.work import FinishWork, TakeWork, Work
from satsuma.store.port import Conflict, Store

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
PAUSE: Final = 0.5
_AT_ONCE: Final = 20

Do = Callable[[Work], Awaitable[Sequence[Effect]]]


class GaveUp(Exception):
    """A piece of work will never be done; the text says why and holds nothing personal."""


class Worker:
    """Does work of one kind, again until it is done or `do` raises GaveUp.

    `do` gives the effects to be committed together with the end of the work. A piece may be done twice, when a process
    dies between the deed and its commit, so the deed must bear it.
    """

    def __init__(
        self, store: Store, kind: str, do: Do, clock: Callable[[], datetime], log: Any
    ) -> None:
        """Do work of `kind` in `store`."""
        self._store = store
        self._kind = kind
        self._do = do
        self._clock = clock
        self._log = log

    async def once(self) -> int:
        """Do what is due; give how many pieces were finished."""
        kind, now = self._kind, self._clock()
        due = await self._store.read(lambda reader: reader.due_work(kind, now, _AT_ONCE))
        return sum([await self._one(work) for work in due])

    async def step(self) -> bool:
        """Do what is due; True where anything was done, and more may wait."""
        return await self.once() > 0

    async def _one(self, work: Work) -> int:
        """Take a piece, do it, end it; one that fails comes due again when its lease ends."""
        now = self._clock()
        try:
            await self._store.commit(TakeWork(work.work_id, now, now + pause_after(work.attempts)))
        except Conflict:
            return 0
        try:
            effects = await self._do(work)
        except GaveUp as reason:
            self._log.error("work_given_up", kind=work.kind, work=work.work_id, why=str(reason))
            effects = ()
        except Exception as problem:
            # The text of a mail server's refusal may hold an address; its class does not.
            self._log.warning(
                "work_failed", kind=work.kind, work=work.work_id, why=type(problem).__name__
            )
            return 0
        try:
            await self._store.commit(FinishWork(work.work_id), *effects)
        except Conflict as conflict:
            self._log.warning(
                "work_overtaken", kind=work.kind, work=work.work_id, why=conflict.slug
            )
            return 0
        return 1


def pause_after(attempts: int) -> timedelta:
    """How long a piece rests after its next try: a minute, then twice as long each time, an hour at most."""
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)
