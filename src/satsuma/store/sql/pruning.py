"""Pruning: rows that matter no more go in bounded steps while the server serves."""

from __future__ import annotations

from datetime import datetime, timedelta

from satsuma.store.sql import accounts, applications, grants, request_log, sessions, spaces
from satsuma.store.sql.applications import forget_ciphertexts
from satsuma.store.sql.keys import prune_keys
from satsuma.store.sql.revocations import prune_feed, prune_revocations
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.usage import prune_usage
from satsuma.store.sql.usage_counts import prune_usage_counts

_Steps = tuple[tuple[str, timedelta], ...]

_TABLES: tuple[_Steps, ...] = (
    request_log.PRUNING,
    applications.PRUNING,
    sessions.PRUNING,
    grants.PRUNING_CODES,
    grants.PRUNING,
    accounts.PRUNING,
    spaces.PRUNING,
    grants.FORGETTING,
)
"""For each table, its ways to end and how long rows are kept after each; at last, what a row may
not keep.
"""


def prune(transaction: Transaction, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went."""
    forget_ciphertexts(transaction, now, limit)
    return (
        prune_feed(transaction, now, limit)
        + prune_keys(transaction, now, limit)
        + prune_revocations(transaction, now, limit)
        + prune_usage(transaction, now, limit)
        + prune_usage_counts(transaction, now, limit)
        + sum(_prune_table(transaction, steps, now, limit) for steps in _TABLES)
    )


def _prune_table(transaction: Transaction, steps: _Steps, now: datetime, limit: int) -> int:
    gone = 0
    for statement, kept in steps:
        values = {"before": microseconds(now - kept), "limit": limit - gone}
        gone += transaction.run(statement, values)
    return gone
