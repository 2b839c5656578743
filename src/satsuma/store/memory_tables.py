"""The memory store's tables: dictionaries with a journal, their reader, their pruning."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from satsuma.rules.facts import (
    Account,
    Api,
    Application,
    AuditRecord,
    Change,
    Client,
    ClientSecret,
    Key,
    LoggedRequest,
    Revocation,
    Space,
    Subscription,
)
from satsuma.store import retention
from satsuma.store.sql.statements import TABLES

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Any = object()
_Journal = list[tuple[dict[Any, Any], Any, Any]]


class Tables:
    """All rows by primary key, and the journal that takes a failed commit back."""

    def __init__(self) -> None:
        """Start as an empty, migrated database."""
        self.account: dict[str, Account] = {}
        self.space: dict[str, Space] = {}
        self.membership: dict[tuple[str, str], str] = {}
        self.application: dict[str, Application] = {}
        self.client_secret: dict[str, ClientSecret] = {}
        self.api: dict[str, Api] = {}
        self.subscription: dict[tuple[str, str], Subscription] = {}
        self.key: dict[str, Key] = {}
        self.revocation: dict[tuple[str, str], Revocation] = {}
        self.feed: dict[int, tuple[Change, datetime]] = {}
        self.audit: dict[int, AuditRecord] = {}
        self.request_log: dict[str, LoggedRequest] = {}
        self.lease: dict[str, tuple[str, datetime]] = {}
        self.tomb: dict[str, str] = {}
        self.meta: dict[str, str] = {"min_reader": "0001", "feed_floor": "0"}
        self.by_email: dict[str, str] = {}
        self.by_client_id: dict[str, str] = {}
        self.by_name: dict[tuple[str, str], str] = {}
        self.secrets_of: dict[str, tuple[str, ...]] = {}
        self.apis_of: dict[str, tuple[str, ...]] = {}
        self._journal: _Journal | None = None

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Write a row."""
        if self._journal is not None:
            self._journal.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    @contextlib.contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back every row written inside, should an exception leave it."""
        journal = self._journal = _Journal()
        try:
            yield
        except BaseException:
            for table, key, before in reversed(journal):
                if before is _ABSENT:
                    del table[key]
                else:
                    table[key] = before
            raise
        finally:
            self._journal = None

    def floor(self) -> int:
        """Give the highest number that pruning took from the feed."""
        return int(self.meta["feed_floor"])

    def head(self) -> int:
        """Give the newest number of the feed."""
        return max(self.floor(), next(reversed(self.feed), 0))


class MemoryReader:
    """Facts as they stand while the store's lock is held."""

    def __init__(self, tables: Tables) -> None:
        """Read these tables."""
        self._tables = tables

    def find_client(self, client_id: str) -> Client | None:
        """Find a client by `client_id` with all its secrets and subscriptions."""
        t = self._tables
        application_id = t.by_client_id.get(client_id)
        if application_id is None:
            return None
        secrets = map(t.client_secret.get, t.secrets_of.get(application_id, ()))
        apis = sorted(t.apis_of.get(application_id, ()))
        return Client(
            t.application[application_id],
            tuple(sorted(filter(None, secrets), key=lambda s: (s.created_at, s.secret_id))),
            tuple(t.subscription[application_id, api_id] for api_id in apis),
        )

    def find_application(self, application_id: str) -> Application | None:
        """Find an application by its Application ID."""
        return self._tables.application.get(application_id)

    def list_applications(
        self, space_id: str | None, after: str, limit: int
    ) -> Sequence[Application]:
        """List applications by `application_id` greater than `after`, of one space or of all."""
        found = sorted(
            a.application_id
            for a in self._tables.application.values()
            if a.application_id > after and space_id in (None, a.space_id)
        )
        return [self._tables.application[a] for a in found[:limit]]

    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._tables.account.get(account_id)

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""
        return self._tables.account.get(self._tables.by_email.get(email, ""))

    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return next((s for s in self._tables.space.values() if s.owner_id == account_id), None)

    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""
        return sorted(self._tables.api.values(), key=lambda a: (a.name, a.version))

    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""
        return sorted(self._tables.key.values(), key=lambda k: (k.announced_at, k.kid))

    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""
        found = (r for r in self._tables.revocation.values() if r.until > now)
        return sorted(found, key=lambda r: (r.kind, r.id))

    def feed_head(self) -> int:
        """Give the number of the newest change, 0 where there was none."""
        return self._tables.head()

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Give changes after `seq` in commit order."""
        start = max(seq, self._tables.floor()) + 1
        rows = (self._tables.feed.get(n) for n in range(start, self._tables.head() + 1))
        return [row[0] for row in islice((row for row in rows if row), limit)]

    def feed_floor(self) -> int:
        """Give the highest number that pruning has removed."""
        return self._tables.floor()

    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Give audit rows after `seq` in order."""
        audit = self._tables.audit
        return [audit[n] for n in range(seq + 1, min(seq + limit, len(audit)) + 1)]

    def audit_sealed_head(self) -> AuditRecord | None:
        """Give the newest row that has its chain value."""
        return next((r for r in reversed(self._tables.audit.values()) if r.mac is not None), None)

    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        log = self._tables.request_log
        supplied = (r for r in log.values() if r.supplied_id == request_id)
        return log.get(request_id) or max(
            supplied, key=lambda r: (r.at, r.request_id), default=None
        )

    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        return self._tables.meta.get(name)

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return {name: len(getattr(self._tables, name)) for name in TABLES}


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
