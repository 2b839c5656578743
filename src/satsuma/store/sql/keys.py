"""Keys in SQL: what writes, finds and prunes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from satsuma.domain.keys import AddKey, CountKeyUses, Key, SetKeyLife
from satsuma.store import retention
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.clauses import add, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import microseconds, values_of
from satsuma.store.sql.tombs import BURY, not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, statement, steps

ADD_KEY = add("key", Key, not_buried("kid"))
SET_KEY_LIFE = (
    "UPDATE key SET retires_at = :retires_at, gone_at = :gone_at "
    "WHERE kid = :kid AND retires_at IS NOT DISTINCT FROM :expected_retires_at"
)
LIST_KEYS = select("key", Key) + " ORDER BY announced_at, kid"
PRUNE_KEYS = prune("key", "kid", "gone_at") + " RETURNING kid"


def _add_key(transaction: Transaction, effect: AddKey, changes: Changes) -> None:
    require(transaction.run(ADD_KEY, values_of(effect.key)), "key-exists")
    changes.announce("keys", effect.key.kid)


def _set_key_life(transaction: Transaction, effect: SetKeyLife, changes: Changes) -> None:
    require(transaction.run(SET_KEY_LIFE, values_of(effect)), "key-moved")
    changes.announce("keys", effect.kid)


WRITERS: Writers = {
    AddKey: steps(_add_key, taken="key-exists"),
    SetKeyLife: steps(_set_key_life, taken="key-moved"),
    CountKeyUses: statement("UPDATE key SET uses = uses + :uses WHERE kid = :kid"),
}


class KeyQueries(Query):
    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""
        return self._all(Key, LIST_KEYS)


def prune_keys(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete keys that have been gone for a year; their tombs stay."""
    values = {"before": microseconds(now - retention.GONE_KEY), "limit": limit}
    gone = transaction.rows(PRUNE_KEYS, values)
    for (kid,) in gone:
        transaction.run(BURY, {"id": kid, "kind": "key", "at": microseconds(now)})
    return len(gone)
