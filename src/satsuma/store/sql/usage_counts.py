"""What applications used, in SQL: what counts, lists, rolls and prunes it."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and columns)
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from satsuma.domain.limits import MINUTE
from satsuma.domain.usage_counts import LATENCIES, CountUsage, UsageCount, UsagePoint, add_up
from satsuma.store import retention
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import Values, instant, microseconds
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

_SECOND = 1_000_000
TOOK = tuple(f"took_{letter}" for letter in "abcdefghijkl"[: len(LATENCIES) + 1])
"""The columns of the histogram, the shortest first."""

_KEY = "application_id, starts_at, seconds, api, status"
_MARKS = ", ".join(f":{name}" for name in ("starts_at", "seconds", "api", "status", *TOOK))
_ADD = f"ON CONFLICT ({_KEY}) DO UPDATE SET " + ", ".join(
    f"{name} = usage_count.{name} + excluded.{name}" for name in TOOK
)
_INSERT = f"INSERT INTO usage_count ({_KEY}, {', '.join(TOOK)}) "
COUNT_USAGE = (
    f"{_INSERT} SELECT a.application_id, {_MARKS} FROM application a "
    f"WHERE a.client_id = :client_id AND a.state <> 'revoked' {_ADD}"
)
COUNT_OTHER_USAGE = f"{_INSERT} VALUES ('', {_MARKS}) {_ADD}"
ROLL_USAGE = (
    f"{_INSERT} SELECT a.application_id, {_MARKS} FROM application a "
    f"WHERE a.application_id = :application_id AND a.state <> 'revoked' {_ADD}"
)
TAKE_USAGE = (
    f"DELETE FROM usage_count WHERE ({_KEY}) IN "
    f"(SELECT {_KEY} FROM usage_count WHERE seconds = :seconds AND starts_at < :before "
    f"ORDER BY starts_at, {_KEY} LIMIT :limit) RETURNING {_KEY}, {', '.join(TOOK)}"
)
FORGET_USAGE = "DELETE FROM usage_count WHERE application_id = :application_id"
LIST_USAGE = (
    "SELECT api, status, (starts_at / :step) * :step, "
    + ", ".join(f"SUM({name})" for name in TOOK)
    + " FROM usage_count WHERE application_id = :application_id "
    "AND starts_at >= :since AND starts_at < :until GROUP BY 3, 1, 2 ORDER BY 3, 1, 2"
)

_Row = tuple[str, int, int, str, int]
"""A row's key: an application, the beginning and the length of a stretch of time, an API, a class of statuses."""


def _count_usage(transaction: Transaction, effect: CountUsage, changes: Changes) -> None:
    for statement, is_other in ((COUNT_USAGE, False), (COUNT_OTHER_USAGE, True)):
        rows = [_values(each) for each in effect.counts if (not each.client_id) is is_other]
        if rows:
            transaction.run_many(statement, rows)


def _values(count: UsageCount) -> Values:
    return {
        "client_id": count.client_id,
        "starts_at": microseconds(count.minute),
        "seconds": MINUTE,
        "api": count.api,
        "status": count.status,
        **dict(zip(TOOK, count.latencies, strict=True)),
    }


WRITERS: Writers = {CountUsage: steps(_count_usage)}


class UsageCountQueries(Query):
    def list_usage(
        self, application_id: str, since: datetime, until: datetime, step: timedelta
    ) -> Sequence[UsagePoint]:
        """What an application used from an instant to another, summed by stretches of time, oldest first.

        A row that is summed up already stands where it began. `OTHER` has no application: its id is empty.
        """
        found = self._rows(
            LIST_USAGE,
            {
                "application_id": application_id,
                "since": microseconds(since),
                "until": microseconds(until),
                "step": step // timedelta(microseconds=1),
            },
        )
        return [
            UsagePoint(api, status, instant(int(at)), tuple(map(int, took)))
            for api, status, at, *took in found
        ]


def forget_usage(transaction: Transaction, application_id: str) -> None:
    """Delete what an application used."""
    transaction.run(FORGET_USAGE, {"application_id": application_id})


def prune_usage_counts(transaction: Transaction, now: datetime, limit: int) -> int:
    """Sum up minutes as hours and hours as days where they are old enough, and delete days that nobody looks at."""
    gone = 0
    for seconds, (longer, kept) in retention.USAGE_COUNTS.items():
        values = {"seconds": seconds, "before": microseconds(now - kept), "limit": limit - gone}
        taken = transaction.rows(TAKE_USAGE, values)
        gone += len(taken)
        if longer is not None:
            _roll(transaction, taken, longer)
    return gone


def _roll(transaction: Transaction, taken: Sequence[tuple[object, ...]], longer: int) -> None:
    sums: dict[_Row, tuple[int, ...]] = {}
    for application_id, at, _, api, status, *took in taken:
        start = int(str(at)) // (longer * _SECOND) * longer * _SECOND
        key = (str(application_id), start, longer, str(api), int(str(status)))
        latencies = tuple(int(str(each)) for each in took)
        sums[key] = add_up(sums[key], latencies) if key in sums else latencies
    for statement, is_other in ((ROLL_USAGE, False), (COUNT_OTHER_USAGE, True)):
        rows = [
            dict(zip(("application_id", "starts_at", "seconds", "api", "status"), key, strict=True))
            | dict(zip(TOOK, latencies, strict=True))
            for key, latencies in sorted(sums.items())
            if (not key[0]) is is_other
        ]
        if rows:
            transaction.run_many(statement, rows)
