"""Pruning: rows that matter no more go in bounded steps while the server serves."""

from __future__ import annotations

from datetime import datetime, timedelta

from satsuma.store import retention
from satsuma.store.sql import person_statements as person
from satsuma.store.sql import statements as sql
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.session import Session

_AFTER = (
    (sql.PRUNE_REQUEST_LOG, retention.REQUEST_LOG),
    (sql.PRUNE_SECRETS, retention.RETIRED_SECRET),
    (person.PRUNE_CODES, retention.EXPIRED_CODE),
    (person.PRUNE_GRANTS, retention.ENDED_GRANT),
    (person.PRUNE_LINKS, retention.EXPIRED_LINK),
)


def prune(session: Session, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went.

    Ciphertexts of secrets that have ended go too; their rows stay for the request log's sake.
    """

    def before(kept: timedelta) -> int:
        return microseconds(now - kept)

    instant = microseconds(now)
    session.run(sql.FORGET_CIPHERTEXTS, {"now": instant, "limit": limit})
    ended = {
        "created": before(retention.SESSION_AGE),
        "seen": before(retention.SESSION_IDLE),
        "limit": limit,
    }
    return (
        _prune_feed(session, before(retention.FEED), limit)
        + _prune_keys(session, instant, before(retention.GONE_KEY), limit)
        + session.run(sql.PRUNE_REVOCATIONS, {"now": instant, "limit": limit})
        + session.run(person.PRUNE_SESSIONS, ended)
        + sum(
            session.run(statement, {"before": before(kept), "limit": limit})
            for statement, kept in _AFTER
        )
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
