"""Pruning the memory store: what the SQL stores take away, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from satsuma.store import retention
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.usage_counts import prune_usage_counts

K = TypeVar("K")
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
        _take(t.invitation, lambda i: i.expires_at, now - retention.EXPIRED_INVITATION, limit),
        _take(t.link, lambda m: m.expires_at, now - retention.EXPIRED_LINK, limit),
        _prune_usage(t, now, limit),
        prune_usage_counts(t, now, limit),
        *_prune_sessions(t, now, limit),
        *_prune_grants(t, now - retention.ENDED_GRANT, limit),
        _forget_answers(t, now - retention.KEPT_ANSWER, limit),
    ]
    return sum(map(len, gone))


def _prune_sessions(t: Tables, now: datetime, limit: int) -> tuple[Sized, Sized]:
    old = _take(t.session, lambda s: s.created_at, now - retention.SESSION_AGE, limit)
    until = now - retention.SESSION_IDLE
    return old, _take(t.session, lambda s: s.seen_at, until, limit - len(old))


def _prune_usage(t: Tables, now: datetime, limit: int) -> Sized:
    gone: list[tuple[str, str, int, datetime]] = []
    for seconds, kept in retention.USAGE.items():
        past = [key for key in t.usage if key[2] == seconds and key[3] < now - kept]
        past.sort(key=lambda key: (key[3], key[0], key[1]))
        gone += past[: limit - len(gone)]
    for key in gone:
        del t.usage[key]
    return gone


def _prune_grants(t: Tables, before: datetime, limit: int) -> tuple[Sized, ...]:
    revoked = _take(t.user_grant, lambda g: g.revoked_at, before, limit)
    left = limit - len(revoked)
    expired = _take(t.user_grant, lambda g: g.expires_at, before, left)
    left -= len(expired)
    unrefreshed = _take(t.user_grant, lambda g: None if g.expires_at else g.used_at, before, left)
    return revoked, expired, unrefreshed


def _forget_answers(t: Tables, before: datetime, limit: int) -> Sized:
    ends = ((g.answer_until, g.grant_id) for g in t.user_grant.values() if g.answer_until)
    ended = sorted(each for each in ends if each[0] < before)[:limit]
    for _, grant_id in ended:
        grant = t.user_grant[grant_id]
        t.user_grant[grant_id] = replace(grant, answer=None, answer_until=None)
    return ended


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
