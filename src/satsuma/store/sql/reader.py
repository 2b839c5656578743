"""The reader on SQL: facts out of one transaction's view."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, Client, ClientSecret
from satsuma.domain.audit import AuditRecord
from satsuma.domain.consents import Consent
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.keys import Key
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.revocations import Change, Revocation
from satsuma.domain.sessions import Session
from satsuma.domain.spaces import Space
from satsuma.domain.subscriptions import Subscription
from satsuma.domain.work import Work
from satsuma.store.sql import grants as person
from satsuma.store.sql import statements as sql
from satsuma.store.sql import transaction as sessions
from satsuma.store.sql.rows import F, G, columns, fact_of, microseconds


class SqlReader:
    """Facts as one transaction sees them."""

    def __init__(self, session: sessions.Transaction) -> None:
        self._session = session

    def find_client(self, client_id: str) -> Client | None:
        """Find a client by `client_id` with all its secrets and subscriptions."""
        application = self._one(Application, sql.FIND_APPLICATION_BY_CLIENT_ID, client_id=client_id)
        if application is None:
            return None
        found = application.application_id
        secrets = self._all(ClientSecret, sql.LIST_SECRETS, application_id=found)
        subscriptions = self._all(Subscription, sql.LIST_SUBSCRIPTIONS, application_id=found)
        return Client(application, tuple(secrets), tuple(subscriptions))

    def find_application(self, application_id: str) -> Application | None:
        """Find an application by its Application ID."""
        return self._one(Application, sql.FIND_APPLICATION, application_id=application_id)

    def list_applications(
        self, space_id: str | None, after: str, limit: int
    ) -> Sequence[Application]:
        """List applications by `application_id` greater than `after`, of one space or of all."""
        if space_id is None:
            return self._all(Application, sql.LIST_APPLICATIONS, after=after, limit=limit)
        return self._all(
            Application,
            sql.LIST_APPLICATIONS_OF_SPACE,
            space_id=space_id,
            after=after,
            limit=limit,
        )

    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._one(Account, sql.FIND_ACCOUNT, account_id=account_id)

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""
        return self._one(Account, sql.FIND_ACCOUNT_BY_EMAIL, email=email)

    def list_accounts(self, after: str, limit: int) -> Sequence[Account]:
        """List accounts by `account_id` greater than `after`."""
        return self._all(Account, sql.LIST_ACCOUNTS, after=after, limit=limit)

    def list_unconfirmed(self, before: datetime, now: datetime, limit: int) -> Sequence[Account]:
        """List accounts made before an instant and waited for no more, the oldest first."""
        moments = {"before": microseconds(before), "now": microseconds(now)}
        return self._all(Account, person.LIST_UNCONFIRMED, **moments, limit=limit)

    def list_blocked_subjects(self) -> frozenset[str]:
        """The subjects of all blocked accounts together."""
        return frozenset(sub for (sub,) in self._rows(person.LIST_BLOCKED_SUBJECTS, {}))

    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return self._one(Space, sql.FIND_SPACE_OF, account_id=account_id)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space."""
        return self._one(Account, person.FIND_OWNER, space_id=space_id)

    def list_web_origins(self) -> frozenset[str]:
        """The web origins of all active applications together."""
        rows = self._rows(sql.LIST_WEB_ORIGINS, {})
        return frozenset(origin for (text,) in rows for origin in json.loads(text))

    def find_secret_owner(self, digest: bytes) -> str | None:
        """Find the `application_id` of any secret, live or retired, with that digest."""
        return self._text(sql.FIND_SECRET_OWNER, digest=digest)

    def find_session(self, digest: bytes) -> Session | None:
        """Find a session by the digest of its cookie."""
        return self._one(Session, person.FIND_SESSION, digest=digest)

    def list_sessions(self, account_id: str) -> Sequence[Session]:
        """List an account's sessions, the one seen last first."""
        return self._all(Session, person.LIST_SESSIONS, account_id=account_id)

    def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        """Find a code, used or not, together with its grant."""
        found = self._pairs(AuthorizationCode, Grant, person.FIND_CODE, digest=digest)
        return found[0] if found else None

    def find_grant(self, grant_id: str) -> Grant | None:
        """Find a grant, also a revoked one."""
        return self._one(Grant, person.FIND_GRANT, grant_id=grant_id)

    def list_grants(self, account_id: str) -> Sequence[tuple[Grant, Application]]:
        """List an account's grants that are not revoked with their applications, newest first."""
        return self._pairs(Grant, Application, person.LIST_GRANTS, account_id=account_id)

    def find_consent(self, account_id: str, application_id: str, issuer: str) -> Consent | None:
        """Find what an account allowed an application at an issuer."""
        return self._one(
            Consent,
            person.FIND_CONSENT,
            account_id=account_id,
            application_id=application_id,
            issuer=issuer,
        )

    def list_consents(self, account_id: str) -> Sequence[Consent]:
        """List an account's consents, by application and issuer."""
        return self._all(Consent, person.LIST_CONSENTS, account_id=account_id)

    def find_subject(self, account_id: str, application_id: str) -> str | None:
        """Find the subject by which an application knows an account."""
        return self._text(person.FIND_SUBJECT, account_id=account_id, application_id=application_id)

    def find_account_of_subject(self, sub: str) -> str | None:
        """Find the `account_id` behind a subject."""
        return self._text(person.FIND_ACCOUNT_OF_SUBJECT, sub=sub)

    def find_link(self, digest: bytes) -> MailLink | None:
        """Find a link sent by mail, by the digest of its token."""
        return self._one(MailLink, person.FIND_LINK, digest=digest)

    def due_work(self, kind: str, now: datetime, limit: int) -> Sequence[Work]:
        """Work of a kind that is due at `now`, the longest due first."""
        return self._all(Work, person.DUE_WORK, kind=kind, now=microseconds(now), limit=limit)

    def count_work(self) -> int:
        """Count the pieces of work that are not finished."""
        return int(self._value(person.COUNT_WORK))

    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""
        return self._all(Api, sql.LIST_APIS)

    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""
        return self._all(Key, sql.LIST_KEYS)

    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""
        return self._all(Revocation, sql.LIST_REVOCATIONS, now=microseconds(now))

    def feed_head(self) -> int:
        """The number of the newest change, 0 where there was none."""
        return int(self._value(sql.FEED_HEAD))

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Changes after `seq` in commit order."""
        return self._all(Change, sql.FEED_SINCE, seq=seq, limit=limit)

    def feed_floor(self) -> int:
        """The highest number that pruning has removed."""
        return int(self._value(sql.FEED_FLOOR) or 0)

    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Audit rows after `seq` in order."""
        return self._all(AuditRecord, sql.AUDIT_SINCE, seq=seq, limit=limit)

    def audit_sealed_head(self) -> AuditRecord | None:
        """The newest row that has its chain value."""
        return self._one(AuditRecord, sql.AUDIT_SEALED_HEAD)

    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        return self._one(
            LoggedRequest, sql.FIND_LOGGED_REQUEST, request_id=request_id
        ) or self._one(LoggedRequest, sql.FIND_SUPPLIED_REQUEST, request_id=request_id)

    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        return self._text(sql.FIND_META, name=name)

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return dict(self._session.rows(sql.COUNT_ROWS, {}))

    def _rows(self, statement: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
        if not all(is_storable(value) for value in values.values()):
            return []
        return self._session.rows(statement, values)

    def _all(self, fact: type[F], statement: str, **values: object) -> list[F]:
        return [fact_of(fact, row) for row in self._rows(statement, values)]

    def _one(self, fact: type[F], statement: str, **values: object) -> F | None:
        rows = self._rows(statement, values)
        return fact_of(fact, rows[0]) if rows else None

    def _pairs(
        self, one: type[F], other: type[G], statement: str, **values: object
    ) -> list[tuple[F, G]]:
        cut = len(columns(one))
        rows = self._rows(statement, values)
        return [(fact_of(one, row[:cut]), fact_of(other, row[cut:])) for row in rows]

    def _text(self, statement: str, **values: object) -> str | None:
        value = self._value(statement, **values)
        return None if value is None else str(value)

    def _value(self, statement: str, **values: object) -> Any:
        rows = self._rows(statement, values)
        return rows[0][0] if rows else None


def is_storable(value: object) -> bool:
    """Say whether a column can hold the value: no text has a NUL or half a surrogate pair, so
    nothing is found by one.
    """
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
