"""Pruning: rows that matter no more go in bounded steps while the server serves."""

from __future__ import annotations

from datetime import datetime

from satsuma.store import retention
from satsuma.store.sql import statements as sql
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.session import Session


def prune(session: Session, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went.

    Ciphertexts of secrets that have ended go too; their rows stay for the request log's sake.
    """
    instant = microseconds(now)
    session.run(sql.FORGET_CIPHERTEXTS, {"now": instant, "limit": limit})
    return (
        _prune_feed(session, microseconds(now - retention.FEED), limit)
        + session.run(sql.PRUNE_REVOCATIONS, {"now": instant, "limit": limit})
        + session.run(
            sql.PRUNE_REQUEST_LOG,
            {"before": microseconds(now - retention.REQUEST_LOG), "limit": limit},
        )
        + session.run(
            sql.PRUNE_SECRETS,
            {"before": microseconds(now - retention.RETIRED_SECRET), "limit": limit},
        )
        + _prune_keys(session, instant, microseconds(now - retention.GONE_KEY), limit)
    )


def _prune_feed(session: Session, before: int, limit: int) -> int:
    gone = session.rows(sql.PRUNE_FEED, {"before": before, "limit": limit})
    if gone:
        session.run(sql.RAISE_FEED_FLOOR, {"floor": max(seq for (seq,) in gone)})
    return len(gone)


def _prune_keys(session: Session, now: int, before: int, limit: int) -> int:
    gone = session.rows(sql.PRUNE_KEYS, {"before": before, "limit": limit})
    for (kid,) in gone:
        session.run(sql.BURY, {"id": kid, "kind": "key", "at": now})
    return len(gone)
