"""Processes that commit at the same moment: each with an interpreter, a store and connections of its own."""

import asyncio
import contextlib
import itertools
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import BrokenBarrierError
from typing import Any, Self
from unittest import mock

from satsuma.domain.effects import Effect
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict
from satsuma.store.postgresql.connection import PostgresTransaction
from satsuma.store.sqlite.file import SqliteTransaction
from tests.store.statements import STATEMENTS

WON = "won"
PATIENCE = 60
RUNNING = ("run", "run_many", "rows", "hold")
"""The methods by which a driver is given a statement."""

Round = tuple[Effect, ...]


@dataclass(frozen=True)
class Mutation:
    """A statement without one of its conditions, to see the race lost for want of it."""

    statement: str
    condition: str
    instead: str = ""


NO_TURN = Mutation("take_turn", "")
"""The numbers of feed and audit are taken without the lock."""


@dataclass(frozen=True)
class Job:
    """What one racer commits, a round at a time; in step with the others, or as fast as it can."""

    url: str
    rounds: tuple[Round, ...]
    mutation: Mutation | None
    in_step: bool


class Racers:
    """A team of processes, started once for many races."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> Self:
        spawn = multiprocessing.get_context("spawn")
        self._barrier = barrier = spawn.Barrier(self.count, timeout=PATIENCE)  # kept alive
        self._pipes, self._processes = [], []
        for _ in range(self.count):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_serve, args=(theirs, barrier), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(PATIENCE)
            process.close()

    def start(
        self,
        url: str,
        each: Sequence[Sequence[Round]],
        mutation: Mutation | None = None,
        in_step: bool = True,
    ) -> None:
        """Send the racers off; `each` has one list of rounds a racer."""
        for pipe, rounds in zip(self._pipes, each, strict=True):
            pipe.send(Job(url, tuple(rounds), mutation, in_step))

    def finish(self) -> list[list[str]]:
        """Each racer's outcome of each round: `won`, a conflict's slug, or what broke."""
        return [pipe.recv() for pipe in self._pipes]

    def race(
        self, url: str, each: Sequence[Sequence[Round]], mutation: Mutation | None = None
    ) -> list[list[str]]:
        """Let them race in step; give the outcomes of each round."""
        self.start(url, each, mutation)
        return [list(outcomes) for outcomes in zip(*self.finish(), strict=True)]


def _serve(pipe: Connection, barrier: Any) -> None:
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            job: Job = pipe.recv()
            with mutated(job.mutation):
                pipe.send(asyncio.run(_run(job, barrier)))


async def _run(job: Job, barrier: Any) -> list[str]:
    store = open_store(job.url)
    outcomes = []
    try:
        for effects in job.rounds:
            if job.in_step:
                barrier.wait()
            outcomes.append(await _outcome(store, effects))
    finally:
        await store.close()
    return outcomes


async def _outcome(store: Any, effects: Round) -> str:
    try:
        await store.commit(*effects)
    except Conflict as conflict:
        return conflict.slug
    except BrokenBarrierError:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return WON


@contextlib.contextmanager
def mutated(mutation: Mutation | None) -> Iterator[None]:
    """Take a statement's condition away, in this process."""
    if mutation is None:
        yield
        return
    with contextlib.ExitStack() as patches:
        if mutation == NO_TURN:
            patch = mock.patch.object(PostgresTransaction, "take_turn", lambda session: None)
            patches.enter_context(patch)
        else:
            for method in itertools.product((SqliteTransaction, PostgresTransaction), RUNNING):
                patches.enter_context(_running_another(*method, mutation))
        yield


def _running_another(driver: type, method: str, mutation: Mutation) -> Any:
    """Let a driver's method run the changed statement in place of the one that it is given."""
    text = STATEMENTS[mutation.statement]
    changed = text.replace(mutation.condition, mutation.instead)
    if changed == text:
        raise AssertionError(f"{mutation.statement} has no {mutation.condition!r}")
    run = getattr(driver, method)

    def run_another(session: Any, statement: str, values: Any) -> Any:
        return run(session, changed if statement == text else statement, values)

    return mock.patch.object(driver, method, run_another)
