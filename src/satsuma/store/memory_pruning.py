"""Pruning the memory store: what the SQL stores take away, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from satsuma.rules.person_facts import Grant, Session
from satsuma.store import retention
from satsuma.store.memory_tables import Tables

K = TypeVar("K", str, bytes, tuple[str, str])
V = TypeVar("V")


def prune(tables: Tables, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each table; give how many went."""
    t = tables
    _forget_ciphertexts(t, now, limit)
    feed = [n for n, (_, at) in t.feed.items() if at < now - retention.FEED][:limit]
    for seq in feed:
        del t.feed[seq]
        t.meta["feed_floor"] = str(max(t.floor(), seq))
    keys = _take(t.key, lambda k: k.gone_at, now - retention.GONE_KEY, limit)
    t.tomb.update(dict.fromkeys(keys, "key"))
    gone: list[Sized] = [
        feed,
        keys,
        # `until` itself is past: at that moment the last token has expired.
        _take(t.revocation, lambda r: r.until, now + timedelta.resolution, limit),
        _take(t.request_log, lambda r: r.at, now - retention.REQUEST_LOG, limit),
        _take(t.client_secret, lambda s: s.expires_at, now - retention.RETIRED_SECRET, limit),
        _take(t.code, lambda c: c.expires_at, now - retention.EXPIRED_CODE, limit),
        _take(t.link, lambda m: m.expires_at, now - retention.EXPIRED_LINK, limit),
        _clear(t.session, lambda s: _session_ended(s, now), limit),
        _clear(t.user_grant, lambda g: _grant_ended(g, now - retention.ENDED_GRANT), limit),
    ]
    return sum(map(len, gone))


def _session_ended(session: Session, now: datetime) -> bool:
    idle = session.seen_at < now - retention.SESSION_IDLE
    return idle or session.created_at < now - retention.SESSION_AGE


def _grant_ended(grant: Grant, before: datetime) -> bool:
    ends = (grant.revoked_at, grant.expires_at or grant.used_at)
    return any(end is not None and end < before for end in ends)


def _clear(table: dict[K, V], has_ended: Callable[[V], bool], limit: int) -> list[K]:
    """Delete rows that have ended, by key; give their keys."""
    gone = sorted([key for key, row in table.items() if has_ended(row)])[:limit]
    for key in gone:
        del table[key]
    return gone


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
