"""Revocations and the feed in SQL: what writes, finds and prunes them, and how grants end with their tokens."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from satsuma.domain.revocations import Change, Revocation, Revoke
from satsuma.store import retention
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.clauses import select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import Values, microseconds, values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

REVOKE = (
    "INSERT INTO revocation (kind, id, until) VALUES (:kind, :id, :until) "
    "ON CONFLICT (kind, id) DO UPDATE SET until = excluded.until "
    "WHERE revocation.until < excluded.until"
)
LIST_REVOCATIONS = select("revocation", Revocation) + " WHERE until > :now ORDER BY kind, id"
PRUNE_REVOCATIONS = (
    "DELETE FROM revocation WHERE until <= :now AND (kind, id) IN "
    "(SELECT kind, id FROM revocation WHERE until <= :now ORDER BY until, kind, id LIMIT :limit)"
)
FEED_FLOOR = "SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'feed_floor'"
FEED_HEAD = (
    "SELECT max(seq) FROM (SELECT 0 AS seq UNION ALL SELECT max(seq) AS seq FROM feed "
    f"UNION ALL {FEED_FLOOR}) AS numbers"
)
ADD_CHANGE = (
    f"INSERT INTO feed (seq, kind, id, until, at) SELECT ({FEED_HEAD}) + 1, :kind, :id, :until, :at"
)
FEED_SINCE = select("feed", Change) + " WHERE seq > :seq ORDER BY seq LIMIT :limit"
PRUNE_FEED = (
    "DELETE FROM feed WHERE at < :before AND seq IN "
    "(SELECT seq FROM feed WHERE at < :before ORDER BY seq LIMIT :limit) RETURNING seq"
)
RAISE_FEED_FLOOR = (
    "UPDATE meta SET value = CAST(CAST(:floor AS BIGINT) AS TEXT) "
    "WHERE name = 'feed_floor' AND CAST(value AS BIGINT) < :floor"
)

ENDED = "revoked_at = :at, revoked_because = :because, answer = NULL, answer_until = NULL"
"""What ends a grant: its kept answer goes with it."""


def end_grants(transaction: Transaction, statement: str, values: Values, changes: Changes) -> None:
    """End the grants that a statement ends and RETURNS, and until `until` every token made under them."""
    for (grant_id,) in sorted(transaction.rows(statement, values)):
        changes.announce("grants", grant_id)
        revoked = {"kind": "grant", "id": grant_id, "until": values["until"]}
        if transaction.run(REVOKE, revoked):
            changes.announce("revoked:grant", grant_id, cast(int, values["until"]))


def _revoke(transaction: Transaction, effect: Revoke, changes: Changes) -> None:
    if transaction.run(REVOKE, values_of(effect)):
        changes.announce(f"revoked:{effect.kind}", effect.id, microseconds(effect.until))


WRITERS: Writers = {Revoke: steps(_revoke)}


class RevocationQueries(Query):
    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""
        return self._all(Revocation, LIST_REVOCATIONS, now=microseconds(now))

    def feed_head(self) -> int:
        """The number of the newest change, 0 where there was none."""
        return int(self._value(FEED_HEAD))

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Changes after `seq` in commit order."""
        return self._all(Change, FEED_SINCE, seq=seq, limit=limit)

    def feed_floor(self) -> int:
        """The highest number that pruning has removed."""
        return int(self._value(FEED_FLOOR) or 0)


def prune_revocations(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete revocations whose last token has expired."""
    return transaction.run(PRUNE_REVOCATIONS, {"now": microseconds(now), "limit": limit})


def prune_feed(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete the oldest rows of the feed; its floor says to which number."""
    values = {"before": microseconds(now - retention.FEED), "limit": limit}
    gone = transaction.rows(PRUNE_FEED, values)
    if gone:
        transaction.run(RAISE_FEED_FLOOR, {"floor": max(seq for (seq,) in gone)})
    return len(gone)
