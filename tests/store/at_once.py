"""Two processes with an operation each, round by round at the same moment on one database."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from satsuma.keys.master import MasterKey
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.keys import open_vault
from satsuma.store.opening import open_store

PATIENCE = 60
DONE = "done"

Operation = Callable[[ManagementContext, str], Awaitable[Any]]


@dataclass(frozen=True)
class Party:
    """One process: what it does, to whom in each round."""

    url: str
    operation: Operation
    names: tuple[str, ...]
    at: datetime | None


def _now() -> datetime:
    return datetime.now(UTC)


async def management_at(url: str, at: datetime | None = None) -> ManagementContext:
    """A management context over a database, with a vault of its own: for operations that open no secret.

    Its clock stands still at an instant, where one is given.
    """

    def clock() -> datetime:
        return at or _now()

    store = open_store("memory:")
    vault = await open_vault(store, MasterKey.generate(), "test", _now)
    return ManagementContext(open_store(url), vault, clock, "cli:test")


async def _act(party: Party, barrier: Any) -> list[str]:
    context = await management_at(party.url, party.at)
    told = []
    for name in party.names:
        barrier.wait()
        try:
            await party.operation(context, name)
            told.append(DONE)
        except NotPossible as refused:
            told.append(refused.slug)
    await context.store.close()
    return told


def _run(party: Party, barrier: Any, pipe: Any) -> None:
    pipe.send(asyncio.run(_act(party, barrier)))


def act_at_once(url: str, names: Sequence[str], *operations: Operation) -> list[list[str]]:
    """What each process was told of each round: `done`, or the slug of its refusal."""
    return _race([Party(url, operation, tuple(names), None) for operation in operations])


def perform_at_once(
    url: str, operation: Operation, rounds: Sequence[tuple[str, str]], at: datetime
) -> list[tuple[str, str]]:
    """What two processes were told of each round, in which each has a text of its own; the clock stands at `at`."""
    sides = zip(*rounds, strict=True)
    told = _race([Party(url, operation, tuple(side), at) for side in sides])
    return list(zip(*told, strict=True))


def _race(parties: Sequence[Party]) -> list[list[str]]:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(len(parties), timeout=PATIENCE)
    running = []
    for party in parties:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_run, args=(party, barrier, theirs), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    told = [ours.recv() for _, ours in running]
    for process, _ in running:
        process.join(PATIENCE)
    return told
