"""Facts about the database itself in SQL: what writes and finds them, and how much each table holds."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.domain.meta import SetMeta
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

TABLES = (
    "account",
    "space",
    "membership",
    "invitation",
    "application",
    "client_secret",
    "api",
    "api_document",
    "plan",
    "subscription",
    "usage",
    "usage_count",
    "session",
    "code",
    "user_grant",
    "consent",
    "subject",
    "link",
    "work",
    "key",
    "revocation",
    "feed",
    "audit",
    "request_log",
    "lease",
    "tomb",
    "meta",
)
"""Every table, after those that it refers to."""

ADD_META = "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"
SET_META = "UPDATE meta SET value = :value WHERE name = :name AND value = :expected"
FIND_META = "SELECT value FROM meta WHERE name = :name"
COUNT_ROWS = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS amount FROM {table}" for table in TABLES
)


def _set_meta(transaction: Transaction, effect: SetMeta, changes: Changes) -> None:
    statement = ADD_META if effect.expected is None else SET_META
    require(transaction.run(statement, values_of(effect)), "meta-moved")


WRITERS: Writers = {SetMeta: steps(_set_meta, taken="meta-moved")}


class MetaQueries(Query):
    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        return self._text(FIND_META, name=name)

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return dict(self._transaction.rows(COUNT_ROWS, {}))
