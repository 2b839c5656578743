"""The follower: reads changes in commit order and keeps the replica true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from satsuma.domain.apis import Api
from satsuma.domain.applications import Client
from satsuma.domain.keys import Key
from satsuma.domain.plans import Plan
from satsuma.domain.revocations import Change, Revocation
from satsuma.replica.clients import ClientRecord
from satsuma.replica.replica import Replica
from satsuma.store.port import Reader, Store, Unavailable

_PAGE = 1000
_BELL = 0.25


class Log(Protocol):
    """Where the follower says what it met."""

    def warning(self, event: str, **detail: object) -> object:
        """Say something that an operator should see."""


@dataclass(frozen=True, slots=True)
class _Whole:
    seq: int
    revocations: Sequence[Revocation]
    apis: Sequence[Api]
    plans: Sequence[Plan]
    keys: Sequence[Key]
    origins: frozenset[str]
    blocked: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Page:
    changes: Sequence[Change]
    floor: int
    apis: Sequence[Api] | None
    plans: Sequence[Plan] | None
    keys: Sequence[Key] | None
    origins: frozenset[str] | None
    blocked: frozenset[str] | None


class Follower:
    """Keeps one process's replica true.

    `clock` gives the wall time, `monotonic` the time by which staleness is judged; both are injected.
    """

    def __init__(
        self,
        store: Store,
        replica: Replica,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        log: Log,
    ) -> None:
        """Follow `store` into `replica`."""
        self._store = store
        self._replica = replica
        self._clock = clock
        self._monotonic = monotonic
        self._log = log
        self._failing = False
        self._stepping = asyncio.Lock()

    async def load(self) -> None:
        """Read everything once; the replica is ready after this."""
        now = self._clock()

        def whole(reader: Reader) -> _Whole:
            return _Whole(
                reader.feed_head(),
                reader.list_revocations(now),
                reader.list_apis(),
                reader.list_plans(),
                reader.list_keys(),
                reader.list_web_origins(),
                reader.list_blocked_subjects(),
            )

        read = await self._store.read(whole)
        replica = self._replica
        replica.revoked.replace(read.revocations)
        replica.clients.clear(read.seq)
        replica.set_apis(read.apis)
        replica.set_plans(read.plans)
        replica.ring.load(read.keys, now)
        replica.origins = read.origins
        replica.blocked = read.blocked
        replica.seq = read.seq
        replica.read_at = self._monotonic()

    async def run(self) -> None:
        """Follow until cancelled: at each bell, every 250 ms, and after each reconnect."""
        while True:
            try:
                await self._store.changed(_BELL)
                await self.step()
                if self._failing:
                    self._log.warning("feed_back")
                self._failing = False
            except Unavailable as reason:
                if not self._failing:
                    self._log.warning("feed_unavailable", reason=str(reason))
                self._failing = True
                await asyncio.sleep(_BELL)

    async def step(self) -> None:
        """Read on from the replica's number until there is nothing newer; one reader at a time."""
        async with self._stepping:
            await self._read_on()

    async def _read_on(self) -> None:
        replica = self._replica
        while True:
            page = await self._store.read(self._page_after(replica.seq))
            if page.floor > replica.seq:
                await self.load()
                return
            self._apply(page)
            replica.read_at = self._monotonic()
            if len(page.changes) < _PAGE:
                break
        now = self._clock()
        replica.revoked.forget_past(now.timestamp())
        replica.ring.turn(now)

    def _page_after(self, seq: int) -> Callable[[Reader], _Page]:
        def read(reader: Reader) -> _Page:
            changes = reader.feed_since(seq, _PAGE)
            kinds = {change.kind for change in changes}
            return _Page(
                changes,
                reader.feed_floor(),
                reader.list_apis() if "apis" in kinds else None,
                reader.list_plans() if "plans" in kinds else None,
                reader.list_keys() if "keys" in kinds else None,
                reader.list_web_origins() if "client" in kinds else None,
                reader.list_blocked_subjects() if "blocked" in kinds else None,
            )

        return read

    def _apply(self, page: _Page) -> None:
        replica = self._replica
        if page.apis is not None:
            replica.set_apis(page.apis)
        if page.plans is not None:
            replica.set_plans(page.plans)
        if page.keys is not None:
            replica.ring.load(page.keys, self._clock())
        if page.origins is not None:
            replica.origins = page.origins
        if page.blocked is not None:
            replica.blocked = page.blocked
        for change in page.changes:
            kind, _, revoked = change.kind.partition(":")
            if kind == "client":
                replica.clients.drop(change.id, change.seq)
            elif kind in ("account", "blocked", "grants", "session"):
                replica.people_version += 1
            elif kind == "revoked" and change.until is not None:
                replica.revoked.add(revoked, change.id, change.until)
            replica.seq = change.seq

    async def look_up(self, client_id: str) -> ClientRecord | None:
        """Read one client from the store, so that a new application works at once; raises Unavailable.

        Where the store knows changes that the replica does not, such as the application's APIs, these are read first.
        """

        def one(reader: Reader) -> tuple[Client | None, int]:
            return reader.find_client(client_id), reader.feed_head()

        client, seq = await self._store.read(one)
        if seq > self._replica.seq:
            await self.step()
        return None if client is None else self._replica.clients.keep(client, seq)
