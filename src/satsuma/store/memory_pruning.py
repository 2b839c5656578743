"""Pruning the memory store: what the SQL stores take away, in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from satsuma.store import retention
from satsuma.store.memory_tables import Tables

K = TypeVar("K")
V = TypeVar("V")


def prune(tables: Tables, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went."""
    _forget_ciphertexts(tables, now, limit)
    feed = [n for n, (_, at) in tables.feed.items() if at < now - retention.FEED][:limit]
    for seq in feed:
        del tables.feed[seq]
        tables.meta["feed_floor"] = str(max(tables.floor(), seq))
    keys = _take(tables.key, lambda k: k.gone_at, now - retention.GONE_KEY, limit)
    tables.tomb.update(dict.fromkeys(keys, "key"))
    log = _take(tables.request_log, lambda r: r.at, now - retention.REQUEST_LOG, limit)
    until = now - retention.RETIRED_SECRET
    secrets = _take(tables.client_secret, lambda s: s.expires_at, until, limit)
    # `until` itself is past: at that moment the last token has expired.
    revocations = _take(tables.revocation, lambda r: r.until, now + timedelta.resolution, limit)
    return len(feed) + len(keys) + len(revocations) + len(log) + len(secrets)


def _take(
    table: dict[K, V], ends: Callable[[V], datetime | None], before: datetime, limit: int
) -> list[K]:
    """Delete the rows that ended first, before an instant; give their keys."""
    found = ((ends(row), key) for key, row in table.items())
    ended = sorted((end, key) for end, key in found if end is not None and end < before)
    gone = [key for _, key in ended[:limit]]
    for key in gone:
        del table[key]
    return gone


def _forget_ciphertexts(tables: Tables, now: datetime, limit: int) -> None:
    secrets = tables.client_secret.values()
    ended = sorted(
        (secret.expires_at, secret.secret_id)
        for secret in secrets
        if secret.expires_at is not None
        and secret.expires_at <= now
        and secret.ciphertext is not None
    )
    for _, secret_id in ended[:limit]:
        secret = replace(tables.client_secret[secret_id], ciphertext=None)
        tables.client_secret[secret_id] = secret
