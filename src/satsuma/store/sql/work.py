"""Durable work and leases in SQL: what writes, takes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from satsuma.domain.work import Enqueue, FinishWork, Lease, TakeWork, Work
from satsuma.store.sql.clauses import add, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.writer import Writers, statement

DUE_WORK = (
    select("work", Work) + " WHERE kind = :kind AND due_at <= :now ORDER BY due_at, work_id "
    "LIMIT :limit"
)
COUNT_WORK = "SELECT count(*) FROM work"

WRITERS: Writers = {
    Enqueue: statement(add("work", Work), "work-exists", of="work"),
    TakeWork: statement(
        "UPDATE work SET due_at = :until, attempts = attempts + 1 "
        "WHERE work_id = :work_id AND due_at <= :at",
        "work-taken",
    ),
    FinishWork: statement("DELETE FROM work WHERE work_id = :work_id"),
    Lease: statement(
        "INSERT INTO lease (work, holder, until) VALUES (:work, :holder, :until) "
        "ON CONFLICT (work) DO UPDATE SET holder = excluded.holder, until = excluded.until "
        "WHERE lease.holder = excluded.holder OR lease.until <= :now",
        "leased",
    ),
}


class WorkQueries(Query):
    def due_work(self, kind: str, now: datetime, limit: int) -> Sequence[Work]:
        """Work of a kind that is due at `now`, the longest due first."""
        return self._all(Work, DUE_WORK, kind=kind, now=microseconds(now), limit=limit)

    def count_work(self) -> int:
        """Count the pieces of work that are not finished."""
        return int(self._value(COUNT_WORK))
