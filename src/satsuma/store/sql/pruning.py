"""Pruning: rows that matter no more go in bounded steps while the server serves."""

from __future__ import annotations

from datetime import datetime, timedelta

from satsuma.store import retention
from satsuma.store.sql import grants as person
from satsuma.store.sql import statements as sql
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.transaction import Transaction

_Steps = tuple[tuple[str, timedelta], ...]

_TABLES: tuple[_Steps, ...] = (
    ((sql.PRUNE_REQUEST_LOG, retention.REQUEST_LOG),),
    ((sql.PRUNE_SECRETS, retention.RETIRED_SECRET),),
    (
        (person.PRUNE_OLD_SESSIONS, retention.SESSION_AGE),
        (person.PRUNE_IDLE_SESSIONS, retention.SESSION_IDLE),
    ),
    ((person.PRUNE_CODES, retention.EXPIRED_CODE),),
    (
        (person.PRUNE_REVOKED_GRANTS, retention.ENDED_GRANT),
        (person.PRUNE_EXPIRED_GRANTS, retention.ENDED_GRANT),
        (person.PRUNE_UNREFRESHED_GRANTS, retention.ENDED_GRANT),
    ),
    ((person.PRUNE_LINKS, retention.EXPIRED_LINK),),
    ((person.FORGET_ANSWERS, retention.KEPT_ANSWER),),
)
"""For each table, its ways to end and how long rows are kept after each; at last, what a row may
not keep.
"""


def prune(session: Transaction, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went.

    Ciphertexts of secrets that have ended go too; their rows stay for the request log's sake.
    """
    instant = microseconds(now)
    session.run(sql.FORGET_CIPHERTEXTS, {"now": instant, "limit": limit})
    return (
        _prune_feed(session, microseconds(now - retention.FEED), limit)
        + _prune_keys(session, instant, microseconds(now - retention.GONE_KEY), limit)
        + session.run(sql.PRUNE_REVOCATIONS, {"now": instant, "limit": limit})
        + sum(_prune_table(session, steps, now, limit) for steps in _TABLES)
    )


def _prune_table(session: Transaction, steps: _Steps, now: datetime, limit: int) -> int:
    gone = 0
    for statement, kept in steps:
        values = {"before": microseconds(now - kept), "limit": limit - gone}
        gone += session.run(statement, values)
    return gone


def _prune_feed(session: Transaction, before: int, limit: int) -> int:
    gone = session.rows(sql.PRUNE_FEED, {"before": before, "limit": limit})
    if gone:
        session.run(sql.RAISE_FEED_FLOOR, {"floor": max(seq for (seq,) in gone)})
    return len(gone)


def _prune_keys(session: Transaction, now: int, before: int, limit: int) -> int:
    gone = session.rows(sql.PRUNE_KEYS, {"before": before, "limit": limit})
    for (kid,) in gone:
        session.run(sql.BURY, {"id": kid, "kind": "key", "at": now})
    return len(gone)
