"""The memory store's tables: dictionaries by primary key, with a journal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.apis import Api, ApiDocument
from satsuma.domain.applications import Application, ClientSecret
from satsuma.domain.audit import AuditRecord
from satsuma.domain.consents import Consent
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.keys import Key
from satsuma.domain.plans import Plan
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.revocations import Change, Revocation
from satsuma.domain.sessions import Session
from satsuma.domain.spaces import Invitation, Membership, Space
from satsuma.domain.subscriptions import Subscription
from satsuma.domain.work import Work

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Any = object()
UsageKey = tuple[str, datetime, int, str, int]
"""An application, the beginning and the length of a stretch of time, an API, a class of statuses."""
_Journal = list[tuple[dict[Any, Any], Any, Any]]


class Tables:
    """All rows by primary key, and the journal that takes a failed commit back."""

    def __init__(self) -> None:
        self.account: dict[str, Account] = {}
        self.space: dict[str, Space] = {}
        self.membership: dict[tuple[str, str], Membership] = {}
        self.invitation: dict[str, Invitation] = {}
        self.application: dict[str, Application] = {}
        self.client_secret: dict[str, ClientSecret] = {}
        self.api: dict[str, Api] = {}
        self.api_document: dict[str, ApiDocument] = {}
        self.plan: dict[str, Plan] = {}
        self.subscription: dict[tuple[str, str], Subscription] = {}
        self.usage: dict[tuple[str, str, int, datetime], int] = {}
        self.usage_count: dict[UsageKey, tuple[int, ...]] = {}
        self.session: dict[bytes, Session] = {}
        self.code: dict[bytes, AuthorizationCode] = {}
        self.user_grant: dict[str, Grant] = {}
        self.consent: dict[tuple[str, str, str], Consent] = {}
        self.subject: dict[tuple[str, str], str] = {}
        self.link: dict[bytes, MailLink] = {}
        self.work: dict[str, Work] = {}
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
        self.by_sub: dict[str, tuple[str, str]] = {}
        self.secrets_of: dict[str, tuple[str, ...]] = {}
        self.apis_of: dict[str, tuple[str, ...]] = {}
        self._journal: _Journal | None = None

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Write a row."""
        if self._journal is not None:
            self._journal.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def remove(self, table: dict[K, V], key: K) -> None:
        """Take a row away, if it is there."""
        if key in table:
            before = table.pop(key)
            if self._journal is not None:
                self._journal.append((table, key, before))

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
        """The highest number that pruning took from the feed."""
        return int(self.meta["feed_floor"])

    def head(self) -> int:
        """The newest number of the feed."""
        return max(self.floor(), next(reversed(self.feed), 0))
