"""Registered clients and their secrets in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.applications import (
    CHANGEABLE,
    AddSecret,
    Application,
    BumpGeneration,
    ChangeApplication,
    Client,
    CreateApplication,
    ExpireSecrets,
    MoveApplication,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.usage_counts import forget_usage
from satsuma.store.memory.writer import Writers


def _take_place(t: Tables, space_id: str, most: int | None) -> None:
    require(space_id in t.space, "space-unknown")
    present = sum(space == space_id for space, _ in t.by_name)
    require(most is None or present < most, "space-full")


def _create_application(t: Tables, effect: CreateApplication, changes: Changes) -> None:
    application = effect.application
    _take_place(t, application.space_id, effect.most)
    name = (application.space_id, application.name)
    ids = {application.application_id, application.client_id}
    taken = (
        name in t.by_name
        or application.application_id in t.application
        or application.client_id in t.by_client_id
        or not ids.isdisjoint(t.tomb)
    )
    require(not taken, "application-exists")
    t.put(t.application, application.application_id, application)
    t.put(t.by_client_id, application.client_id, application.application_id)
    t.put(t.by_name, name, application.application_id)
    changes.announce("client", application.client_id)


def _set_application_state(t: Tables, effect: SetApplicationState, changes: Changes) -> None:
    application = known(t.application.get(effect.application_id), "application-unknown")
    require(application.state == effect.expected, "state-moved")
    t.put(t.application, application.application_id, replace(application, state=effect.state))
    changes.announce("client", application.client_id)
    if effect.state == "revoked":
        forget_usage(t, effect.application_id)


def _change_application(t: Tables, effect: ChangeApplication, changes: Changes) -> None:
    asked = effect.application
    application = known(t.application.get(asked.application_id), "application-unknown")
    as_expected = all(
        getattr(application, name) == getattr(effect.expected, name) for name in CHANGEABLE
    )
    require(as_expected, "application-changed")
    name = (application.space_id, asked.name)
    require(t.by_name.get(name, asked.application_id) == asked.application_id, "application-exists")
    t.remove(t.by_name, (application.space_id, application.name))
    t.put(t.by_name, name, asked.application_id)
    changed = replace(application, **{name: getattr(asked, name) for name in CHANGEABLE})
    t.put(t.application, asked.application_id, changed)
    changes.announce("client", application.client_id)


def _move_application(t: Tables, effect: MoveApplication, changes: Changes) -> None:
    _take_place(t, effect.space_id, effect.most)
    application = known(t.application.get(effect.application_id), "application-moved")
    require(application.space_id == effect.expected, "application-moved")
    name = (effect.space_id, application.name)
    taken = t.by_name.get(name, application.application_id)
    require(taken == application.application_id, "application-exists")
    t.remove(t.by_name, (application.space_id, application.name))
    t.put(t.by_name, name, application.application_id)
    moved = replace(application, space_id=effect.space_id)
    t.put(t.application, application.application_id, moved)
    changes.announce("client", application.client_id)


def _bump_generation(t: Tables, effect: BumpGeneration, changes: Changes) -> None:
    application = known(t.application.get(effect.application_id), "generation-moved")
    require(application.generation == effect.expected, "generation-moved")
    raised = replace(application, generation=application.generation + 1)
    t.put(t.application, application.application_id, raised)
    changes.announce("client", application.client_id)


def _add_secret(t: Tables, effect: AddSecret, changes: Changes) -> None:
    secret = effect.secret
    application = known(t.application.get(secret.application_id), "application-unknown")
    require(application.state != "revoked", "application-revoked")
    require(secret.secret_id not in t.client_secret, "secret-exists")
    present = t.secrets_of.get(secret.application_id, ())
    found = [t.client_secret[s] for s in present if s in t.client_secret]
    live = [s for s in found if s.is_live(secret.created_at)]
    require(len(live) < 2, "two-live-secrets")
    t.put(t.client_secret, secret.secret_id, secret)
    t.put(t.secrets_of, secret.application_id, (*present, secret.secret_id))
    changes.announce("client", application.client_id)


def _expire_secrets(t: Tables, effect: ExpireSecrets, changes: Changes) -> None:
    application = known(t.application.get(effect.application_id), "application-unknown")
    for secret_id in t.secrets_of.get(effect.application_id, ()):
        secret = t.client_secret.get(secret_id)
        if secret is not None:
            ends = min(secret.expires_at or effect.expires_at, effect.expires_at)
            ciphertext = None if ends <= effect.now else secret.ciphertext
            kept = replace(secret, expires_at=ends, ciphertext=ciphertext)
            t.put(t.client_secret, secret_id, kept)
    changes.announce("client", application.client_id)


def _note_secret_use(t: Tables, effect: NoteSecretUse, changes: Changes) -> None:
    secret = t.client_secret.get(effect.secret_id)
    if secret and (secret.last_used_at is None or secret.last_used_at < effect.at):
        noted = replace(secret, last_used_at=effect.at, last_used_from=effect.source)
        t.put(t.client_secret, secret.secret_id, noted)


WRITERS: Writers = {
    CreateApplication: _create_application,
    SetApplicationState: _set_application_state,
    ChangeApplication: _change_application,
    MoveApplication: _move_application,
    BumpGeneration: _bump_generation,
    AddSecret: _add_secret,
    ExpireSecrets: _expire_secrets,
    NoteSecretUse: _note_secret_use,
}


class ApplicationQueries(Query):
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

    def list_web_origins(self) -> frozenset[str]:
        """The web origins of all active applications together."""
        active = (a for a in self._tables.application.values() if a.state == "active")
        return frozenset(origin for a in active for origin in a.web_origins)

    def find_secret_owner(self, digest: bytes) -> str | None:
        """Find the `application_id` of any secret, live or retired, with that digest."""
        secrets = self._tables.client_secret.values()
        return min((s.application_id for s in secrets if s.digest == digest), default=None)
