"""Durable work and leases in memory: what writes, takes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from satsuma.domain.work import Enqueue, FinishWork, Lease, TakeWork, Work
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _enqueue(t: Tables, effect: Enqueue, changes: Changes) -> None:
    require(effect.work.work_id not in t.work, "work-exists")
    t.put(t.work, effect.work.work_id, effect.work)


def _take_work(t: Tables, effect: TakeWork, changes: Changes) -> None:
    work = known(t.work.get(effect.work_id), "work-taken")
    require(work.due_at <= effect.at, "work-taken")
    t.put(t.work, work.work_id, replace(work, due_at=effect.until, attempts=work.attempts + 1))


def _finish_work(t: Tables, effect: FinishWork, changes: Changes) -> None:
    t.remove(t.work, effect.work_id)


def _lease(t: Tables, effect: Lease, changes: Changes) -> None:
    held = t.lease.get(effect.work)
    free = held is None or held[0] == effect.holder or held[1] <= effect.now
    require(free, "leased")
    t.put(t.lease, effect.work, (effect.holder, effect.until))


WRITERS: Writers = {
    Enqueue: _enqueue,
    TakeWork: _take_work,
    FinishWork: _finish_work,
    Lease: _lease,
}


class WorkQueries(Query):
    def due_work(self, kind: str, now: datetime, limit: int) -> Sequence[Work]:
        """Work of a kind that is due at `now`, the longest due first."""
        due = (w for w in self._tables.work.values() if w.kind == kind and w.due_at <= now)
        return sorted(due, key=lambda w: (w.due_at, w.work_id))[:limit]

    def count_work(self) -> int:
        """Count the pieces of work that are not finished."""
        return len(self._tables.work)
