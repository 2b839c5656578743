"""What a process does beside answering: it writes down what was seen, prunes what is past, and rolls old keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from satsuma.accounts.unconfirmed import drop_unconfirmed
from satsuma.app.loops import Loop, run_forever
from satsuma.app.platform import Platform
from satsuma.app.usage import write_usage
from satsuma.diagnostics.secret_owner import name_owners
from satsuma.domain.applications import NoteSecretUse
from satsuma.domain.keys import CountKeyUses
from satsuma.domain.request_log import LogRequests
from satsuma.management import keys
from satsuma.management.context import NotPossible
from satsuma.management.sandboxes import end_sandboxes
from satsuma.store.port import Conflict, Unavailable

KEY_AGE: Final = timedelta(days=90)
KEY_USES: Final = 2**31
_LOG_EVERY: Final = 0.1
_USES_EVERY: Final = 5.0
_CALLS_EVERY: Final = 1.0
_TOGETHER: Final = 500
_PRUNE_EVERY: Final = 10.0
_KEYS_EVERY: Final = 60.0
_PRUNE_ROWS: Final = 2000
_ACCOUNTS_EVERY: Final = 10.0
_ACCOUNTS: Final = 100
_SANDBOXES: Final = 50


class Background:
    """Each loop starts again where it fails, and what waits is written at the end."""

    def __init__(self, platform: Platform) -> None:
        """Work for `platform`."""
        self._platform = platform
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *more: Loop) -> None:
        """Start every loop, and `more`."""
        loops = (
            Loop("feed", 0.0, self._platform.follower.run),
            Loop("request-log", _LOG_EVERY, self.flush_log),
            Loop("uses", _USES_EVERY, self._write_uses),
            Loop("calls", _CALLS_EVERY, self._write_usage),
            Loop("prune", _PRUNE_EVERY, self._prune),
            Loop("unconfirmed", _ACCOUNTS_EVERY, self._drop_accounts),
            Loop("sandboxes", _ACCOUNTS_EVERY, self._end_sandboxes),
            Loop("keys", _KEYS_EVERY, self.roll_due_keys),
            *more,
        )
        for loop in loops:
            running = run_forever(loop, self._platform.log)
            self._tasks.append(asyncio.create_task(running, name=loop.name))

    async def stop(self) -> None:
        """Stop every loop, then write what still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self.flush_log()
            await self.flush_uses()
            await self._write_usage()
        except Unavailable as reason:
            self._platform.log.warning("unwritten", reason=str(reason))

    async def flush_log(self) -> None:
        """Write the request log's waiting rows."""
        log, store = self._platform.request_log, self._platform.store
        rows, presented = log.take(), log.take_presented()
        if not rows:
            return
        try:
            rows = await name_owners(store, rows, presented)
            await store.commit(LogRequests(rows))
        except Unavailable:
            log.put_back(rows)
            raise

    async def _write_uses(self) -> None:
        await self.flush_uses()
        self._platform.counter.sweep(self._platform.clock.monotonic())
        self._platform.failures.sweep(self._platform.clock.monotonic())

    async def flush_uses(self) -> None:
        """Write when secrets were last used, and how many tokens each key made; what fails waits for the next time.

        Where a commit fails and stands all the same, its tokens are counted twice, and a key retires the earlier.
        """
        replica = self._platform.replica
        noted = [NoteSecretUse(*use) for use in replica.clients.take_uses()]
        uses, replica.ring.uses = replica.ring.uses, {}
        counted = [CountKeyUses(kid, count) for kid, count in uses.items()]
        effects: list[NoteSecretUse | CountKeyUses] = [*noted, *counted]
        try:
            while effects:
                await self._platform.store.commit(*effects[:_TOGETHER])
                del effects[:_TOGETHER]
        finally:
            self._put_back(effects)

    def _put_back(self, unwritten: Sequence[NoteSecretUse | CountKeyUses]) -> None:
        replica = self._platform.replica
        uses = [(e.secret_id, e.at, e.source) for e in unwritten if isinstance(e, NoteSecretUse)]
        replica.clients.put_back(uses)
        counts = replica.ring.uses
        for each in unwritten:
            if isinstance(each, CountKeyUses):
                counts[each.kid] = counts.get(each.kid, 0) + each.uses

    async def _write_usage(self) -> None:
        platform = self._platform
        await write_usage(platform.store, platform.calls, platform.usage)

    async def _prune(self) -> bool:
        """Prune one step; True where there may be more."""
        pruned = await self._platform.store.prune(self._platform.clock.now(), _PRUNE_ROWS)
        return pruned >= _PRUNE_ROWS

    async def _drop_accounts(self) -> None:
        await drop_unconfirmed(self._platform.store, self._platform.clock.now(), _ACCOUNTS)

    async def _end_sandboxes(self) -> None:
        await end_sandboxes(self._platform.management("housekeeping"), _SANDBOXES)

    async def roll_due_keys(self) -> None:
        """Plan the successor of each key that is 90 days old or made 2^31 tokens; one node's plan wins."""
        context = self._platform.management("housekeeping")
        now = self._platform.clock.now()
        for key in await keys.list_keys(context):
            due = now - key.active_at > KEY_AGE or key.uses > KEY_USES
            if key.retires_at is None and due:
                try:
                    roll = await keys.rotate(context, key.alg)
                except (NotPossible, Conflict):
                    continue
                self._platform.log.info("key_rolled", alg=key.alg, kid=roll.new.kid)
