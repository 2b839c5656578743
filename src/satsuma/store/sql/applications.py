"""Registered clients and their secrets in SQL: what writes, finds and prunes them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from satsuma.domain.applications import (
    CHANGEABLE,
    AddSecret,
    Application,
    BumpGeneration,
    ChangeApplication,
    Client,
    ClientSecret,
    CreateApplication,
    ExpireSecrets,
    MoveApplication,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.domain.subscriptions import Subscription
from satsuma.store import retention
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import Values, microseconds, values_of
from satsuma.store.sql.spaces import FIND_SPACE, LOCK_SPACE
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.usage_counts import forget_usage
from satsuma.store.sql.writer import Writers, replaced, statement, steps


def client_id_of(table: str) -> str:
    """Ask for the `client_id` of the application that a row of a table belongs to."""
    return (
        f"(SELECT a.client_id FROM application a WHERE a.application_id = {table}.application_id)"
    )


ADD_APPLICATION = add(
    "application",
    Application,
    "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id IN (:application_id, :client_id))",
)
SET_APPLICATION_STATE = (
    "UPDATE application SET state = :state "
    "WHERE application_id = :application_id AND state = :expected RETURNING client_id"
)
CHANGE_APPLICATION = (
    f"UPDATE application SET {', '.join(f'{name} = :{name}' for name in CHANGEABLE)} "
    "WHERE application_id = :application_id AND "
    f"{' AND '.join(f'{name} IS NOT DISTINCT FROM :was_{name}' for name in CHANGEABLE)} "
    "RETURNING client_id"
)
MOVE_APPLICATION = (
    "UPDATE application SET space_id = :space_id "
    "WHERE application_id = :application_id AND space_id = :expected RETURNING client_id"
)
COUNT_APPLICATIONS = "SELECT count(*) FROM application WHERE space_id = :space_id"
# Nothing changes, but the row stays locked until the commit: secrets are added one transaction
# after another.
LOCK_APPLICATION = (
    "UPDATE application SET generation = generation WHERE application_id = :application_id "
    "RETURNING client_id, state"
)
EXPIRE_SECRETS = (
    "UPDATE client_secret SET "
    "expires_at = CASE WHEN expires_at <= :expires_at THEN expires_at ELSE :expires_at END, "
    "ciphertext = CASE WHEN expires_at <= :now OR :expires_at <= :now THEN NULL "
    "ELSE ciphertext END WHERE application_id = :application_id"
)
ADD_SECRET = add(
    "client_secret",
    ClientSecret,
    "(SELECT count(*) FROM client_secret s WHERE s.application_id = :application_id "
    "AND (s.expires_at IS NULL OR s.expires_at > :created_at)) < 2",
)
FIND_SECRET = "SELECT secret_id FROM client_secret WHERE secret_id = :secret_id"
FIND_CLIENT_ID = "SELECT client_id FROM application WHERE application_id = :application_id"
FIND_APPLICATION = select("application", Application) + " WHERE application_id = :application_id"
FIND_APPLICATION_BY_CLIENT_ID = select("application", Application) + " WHERE client_id = :client_id"
LIST_SECRETS = (
    select("client_secret", ClientSecret)
    + " WHERE application_id = :application_id ORDER BY created_at, secret_id"
)
LIST_SUBSCRIPTIONS = (
    select("subscription", Subscription) + " WHERE application_id = :application_id ORDER BY api_id"
)
FIND_SECRET_OWNER = "SELECT min(application_id) FROM client_secret WHERE digest = :digest"
LIST_WEB_ORIGINS = (
    "SELECT DISTINCT web_origins FROM application WHERE state = 'active' AND web_origins <> '[]'"
)
LIST_APPLICATIONS = (
    select("application", Application)
    + " WHERE application_id > :after ORDER BY application_id LIMIT :limit"
)
LIST_APPLICATIONS_OF_SPACE = (
    select("application", Application) + " WHERE space_id = :space_id AND application_id > :after "
    "ORDER BY application_id LIMIT :limit"
)
FORGET_CIPHERTEXTS = (
    "UPDATE client_secret SET ciphertext = NULL WHERE secret_id IN "
    "(SELECT secret_id FROM client_secret "
    "WHERE expires_at <= :now AND ciphertext IS NOT NULL ORDER BY expires_at, secret_id LIMIT :limit)"
)
PRUNE_SECRETS = (
    "DELETE FROM client_secret WHERE secret_id IN "
    "(SELECT secret_id FROM client_secret WHERE expires_at < :before "
    "ORDER BY expires_at, secret_id LIMIT :limit)"
)


def _take_place(transaction: Transaction, space_id: str, most: int | None) -> None:
    """Find a space; where it is bounded, nobody else adds to it until this commit. Conflict where it is full."""
    values = {"space_id": space_id}
    if most is None:
        single_value(transaction.rows(FIND_SPACE, values), "space-unknown")
        return
    single_value(transaction.rows(LOCK_SPACE, values), "space-unknown")
    require(single_value(transaction.rows(COUNT_APPLICATIONS, values), "") < most, "space-full")


def _create_application(
    transaction: Transaction, effect: CreateApplication, changes: Changes
) -> None:
    application = effect.application
    _take_place(transaction, application.space_id, effect.most)
    require(transaction.run(ADD_APPLICATION, values_of(application)), "application-exists")
    changes.announce("client", application.client_id)


def _set_application_state(
    transaction: Transaction, effect: SetApplicationState, changes: Changes
) -> None:
    values = values_of(effect)
    moved = transaction.rows(SET_APPLICATION_STATE, values)
    if not moved:
        single_value(transaction.rows(FIND_CLIENT_ID, values), "application-unknown")
    changes.announce("client", single_value(moved, "state-moved"))
    if effect.state == "revoked":
        forget_usage(transaction, effect.application_id)


def _change_application(
    transaction: Transaction, effect: ChangeApplication, changes: Changes
) -> None:
    client_id = replaced(
        transaction,
        FIND_APPLICATION,
        CHANGE_APPLICATION,
        effect.application,
        effect.expected,
        unknown="application-unknown",
        changed="application-changed",
    )
    changes.announce("client", client_id)


def _move_application(transaction: Transaction, effect: MoveApplication, changes: Changes) -> None:
    values = values_of(effect)
    _take_place(transaction, effect.space_id, effect.most)
    moved = transaction.rows(MOVE_APPLICATION, values)
    changes.announce("client", single_value(moved, "application-moved"))


def _locked(transaction: Transaction, values: Values) -> tuple[str, str]:
    """The `client_id` and the state of an application, which nobody changes until this commit."""
    found = transaction.rows(LOCK_APPLICATION, values)
    require(found, "application-unknown")
    client_id, state = found[0]
    return client_id, state


def _add_secret(transaction: Transaction, effect: AddSecret, changes: Changes) -> None:
    values = values_of(effect.secret)
    client_id, state = _locked(transaction, values)
    require(state != "revoked", "application-revoked")
    require(not transaction.rows(FIND_SECRET, values), "secret-exists")
    require(transaction.run(ADD_SECRET, values), "two-live-secrets")
    changes.announce("client", client_id)


def _expire_secrets(transaction: Transaction, effect: ExpireSecrets, changes: Changes) -> None:
    values = values_of(effect)
    client_id, _ = _locked(transaction, values)
    transaction.run(EXPIRE_SECRETS, values)
    changes.announce("client", client_id)


WRITERS: Writers = {
    CreateApplication: steps(_create_application, taken="space-unknown"),
    SetApplicationState: steps(_set_application_state, taken="application-unknown"),
    ChangeApplication: steps(_change_application, taken="application-exists"),
    MoveApplication: steps(_move_application, taken="application-exists"),
    BumpGeneration: statement(
        "UPDATE application SET generation = generation + 1 "
        "WHERE application_id = :application_id AND generation = :expected RETURNING client_id",
        "generation-moved",
        tells="client",
    ),
    AddSecret: steps(_add_secret, taken="secret-exists"),
    ExpireSecrets: steps(_expire_secrets, taken="application-unknown"),
    NoteSecretUse: statement(
        "UPDATE client_secret SET last_used_at = :at, last_used_from = :source "
        "WHERE secret_id = :secret_id AND (last_used_at IS NULL OR last_used_at < :at)"
    ),
}


class ApplicationQueries(Query):
    def find_client(self, client_id: str) -> Client | None:
        """Find a client by `client_id` with all its secrets and subscriptions."""
        application = self._one(Application, FIND_APPLICATION_BY_CLIENT_ID, client_id=client_id)
        if application is None:
            return None
        found = application.application_id
        secrets = self._all(ClientSecret, LIST_SECRETS, application_id=found)
        subscriptions = self._all(Subscription, LIST_SUBSCRIPTIONS, application_id=found)
        return Client(application, tuple(secrets), tuple(subscriptions))

    def find_application(self, application_id: str) -> Application | None:
        """Find an application by its Application ID."""
        return self._one(Application, FIND_APPLICATION, application_id=application_id)

    def list_applications(
        self, space_id: str | None, after: str, limit: int
    ) -> Sequence[Application]:
        """List applications by `application_id` greater than `after`, of one space or of all."""
        if space_id is None:
            return self._all(Application, LIST_APPLICATIONS, after=after, limit=limit)
        return self._all(
            Application,
            LIST_APPLICATIONS_OF_SPACE,
            space_id=space_id,
            after=after,
            limit=limit,
        )

    def list_web_origins(self) -> frozenset[str]:
        """The web origins of all active applications together."""
        rows = self._rows(LIST_WEB_ORIGINS, {})
        return frozenset(origin for (text,) in rows for origin in json.loads(text))

    def find_secret_owner(self, digest: bytes) -> str | None:
        """Find the `application_id` of any secret, live or retired, with that digest."""
        return self._text(FIND_SECRET_OWNER, digest=digest)


PRUNING = ((PRUNE_SECRETS, retention.RETIRED_SECRET),)


def forget_ciphertexts(transaction: Transaction, now: datetime, limit: int) -> None:
    """Let ciphertexts of secrets that have ended go; their rows stay for the request log's sake."""
    transaction.run(FORGET_CIPHERTEXTS, {"now": microseconds(now), "limit": limit})
