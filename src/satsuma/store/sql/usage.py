"""Calls made, in SQL: what counts, sums and prunes them."""

from __future__ import annotations

from datetime import datetime

from satsuma.domain.limits import DAY, HOUR
from satsuma.domain.usage import CountCalls
from satsuma.store import retention
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

COUNT_CALLS = (
    "INSERT INTO usage (application_id, api_id, seconds, starts_at, calls) "
    "VALUES (:application_id, :api_id, :seconds, :starts_at, :calls) "
    "ON CONFLICT (application_id, api_id, seconds, starts_at) "
    "DO UPDATE SET calls = usage.calls + excluded.calls"
)
SUM_CALLS = (
    "SELECT COALESCE(SUM(calls), 0) FROM usage WHERE application_id = :application_id "
    "AND api_id = :api_id AND seconds = :seconds AND starts_at >= :since"
)
PRUNE_USAGE = (
    "DELETE FROM usage WHERE seconds = :seconds AND starts_at < :before "
    "AND (application_id, api_id, starts_at) IN "
    "(SELECT application_id, api_id, starts_at FROM usage "
    "WHERE seconds = :seconds AND starts_at < :before "
    "ORDER BY starts_at, application_id, api_id LIMIT :limit)"
)


def _count_calls(transaction: Transaction, effect: CountCalls, changes: Changes) -> None:
    for seconds, start in ((HOUR, effect.hour), (DAY, effect.day)):
        values = {
            "application_id": effect.application_id,
            "api_id": effect.api_id,
            "seconds": seconds,
            "starts_at": microseconds(start),
            "calls": effect.calls,
        }
        transaction.run(COUNT_CALLS, values)


WRITERS: Writers = {CountCalls: steps(_count_calls)}


class UsageQueries(Query):
    def sum_calls(self, application_id: str, api_id: str, since: datetime, *, by_days: bool) -> int:
        """Sum the calls in the hours, or the days, that began at or after an instant."""
        found = self._value(
            SUM_CALLS,
            application_id=application_id,
            api_id=api_id,
            seconds=DAY if by_days else HOUR,
            since=microseconds(since),
        )
        return int(found or 0)


def prune_usage(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete hours and days that no quota reaches back to and nobody looks at any more."""
    gone = 0
    for seconds, kept in retention.USAGE.items():
        values = {"seconds": seconds, "before": microseconds(now - kept), "limit": limit - gone}
        gone += transaction.run(PRUNE_USAGE, values)
    return gone
