"""Revocations and the feed in memory: what writes and finds them, and how grants end with their tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from satsuma.domain.grants.grant import Grant
from satsuma.domain.revocations import Change, Revocation, RevocationKind, Revoke
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def end_grants(
    t: Tables,
    grants: Iterable[Grant],
    at: datetime,
    because: str,
    until: datetime,
    changes: Changes,
) -> None:
    """End grants that have not ended, and until `until` every token made under them."""
    for grant in sorted(grants, key=lambda g: g.grant_id):
        if end_grant(t, grant, at, because, changes):
            revoke(t, "grant", grant.grant_id, until, changes)


def end_grant(t: Tables, grant: Grant, at: datetime, because: str, changes: Changes) -> bool:
    """End a grant that has not ended; say whether it had not."""
    if grant.revoked_at is not None:
        return False
    ended = replace(grant, revoked_at=at, revoked_because=because, answer=None, answer_until=None)
    t.put(t.user_grant, grant.grant_id, ended)
    changes.announce("grants", grant.grant_id)
    return True


def revoke(t: Tables, kind: RevocationKind, what: str, until: datetime, changes: Changes) -> None:
    """Remember a revocation; the later `until` stands."""
    stands = t.revocation.get((kind, what))
    if stands is None or stands.until < until:
        t.put(t.revocation, (kind, what), Revocation(kind, what, until))
        changes.announce(f"revoked:{kind}", what, until)


def _revoke(t: Tables, effect: Revoke, changes: Changes) -> None:
    revoke(t, effect.kind, effect.id, effect.until, changes)


WRITERS: Writers = {
    Revoke: _revoke,
}


class RevocationQueries(Query):
    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""
        found = (r for r in self._tables.revocation.values() if r.until > now)
        return sorted(found, key=lambda r: (r.kind, r.id))

    def feed_head(self) -> int:
        """The number of the newest change, 0 where there was none."""
        return self._tables.head()

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Changes after `seq` in commit order."""
        start = max(seq, self._tables.floor()) + 1
        rows = (self._tables.feed.get(n) for n in range(start, self._tables.head() + 1))
        return [row[0] for row in islice((row for row in rows if row), limit)]

    def feed_floor(self) -> int:
        """The highest number that pruning has removed."""
        return self._tables.floor()
