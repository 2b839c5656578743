"""The reader on SQL: facts out of one transaction's view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

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
from satsuma.store.sql import statements as sql
from satsuma.store.sql.rows import F, fact_of, microseconds
from satsuma.store.sql.session import Session


class SqlReader:
    """Facts as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        """Read within the session's transaction."""
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

    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return self._one(Space, sql.FIND_SPACE_OF, account_id=account_id)

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
        """Give the number of the newest change, 0 where there was none."""
        return int(self._value(sql.FEED_HEAD))

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Give changes after `seq` in commit order."""
        return self._all(Change, sql.FEED_SINCE, seq=seq, limit=limit)

    def feed_floor(self) -> int:
        """Give the highest number that pruning has removed."""
        return int(self._value(sql.FEED_FLOOR) or 0)

    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Give audit rows after `seq` in order."""
        return self._all(AuditRecord, sql.AUDIT_SINCE, seq=seq, limit=limit)

    def audit_sealed_head(self) -> AuditRecord | None:
        """Give the newest row that has its chain value."""
        return self._one(AuditRecord, sql.AUDIT_SEALED_HEAD)

    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        return self._one(
            LoggedRequest, sql.FIND_LOGGED_REQUEST, request_id=request_id
        ) or self._one(LoggedRequest, sql.FIND_SUPPLIED_REQUEST, request_id=request_id)

    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        value = self._value(sql.FIND_META, name=name)
        return None if value is None else str(value)

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
