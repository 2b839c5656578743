"""Effects on the memory store's tables, with the conditions that the SQL statements have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.apis import CreateApi, ReplaceApi, SetLifeCycle
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    CreateApplication,
    ExpireSecret,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.domain.audit import Audit, AuditRecord, SealAudit
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey, CountKeyUses, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Change, Revoke
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import SetSubscriptionState, Subscribe
from satsuma.domain.work import Lease
from satsuma.store.memory.accounts import revoke
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.grants import PERSON_WRITERS
from satsuma.store.memory.tables import Tables


def apply(tables: Tables, effects: Iterable[Effect], at: datetime) -> bool:
    """Write all effects, then their feed and audit rows; give whether there were any such rows."""
    changes = Changes(at)
    for effect in effects:
        _WRITERS[type(effect)](tables, effect, changes)
    for kind, changed, until in changes.changes:
        seq = tables.head() + 1
        tables.put(tables.feed, seq, (Change(seq, kind, changed, until), at))
    for audit in changes.audits:
        seq = len(tables.audit) + 1
        row = AuditRecord(seq, audit.at, audit.actor, audit.action, audit.object, audit.detail)
        tables.put(tables.audit, seq, row)
    return bool(changes.changes or changes.audits)


def _create_account(t: Tables, effect: CreateAccount, changes: Changes) -> None:
    account = effect.account
    taken = account.email in t.by_email or account.account_id in (t.account | t.tomb)
    require(not taken, "account-exists")
    t.put(t.account, account.account_id, account)
    t.put(t.by_email, account.email, account.account_id)


def _create_space(t: Tables, effect: CreateSpace, changes: Changes) -> None:
    space = effect.space
    require(space.owner_id in t.account, "account-unknown")
    taken = space.space_id in t.space or space.space_id in t.tomb
    owned = any(s.owner_id == space.owner_id for s in t.space.values())
    require(not taken and not owned, "space-exists")
    t.put(t.space, space.space_id, space)
    t.put(t.membership, (space.space_id, space.owner_id), "owner")


def _create_application(t: Tables, effect: CreateApplication, changes: Changes) -> None:
    application = effect.application
    require(application.space_id in t.space, "space-unknown")
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


def _bump_generation(t: Tables, effect: BumpGeneration, changes: Changes) -> None:
    application = known(t.application.get(effect.application_id), "generation-moved")
    require(application.generation == effect.expected, "generation-moved")
    raised = replace(application, generation=application.generation + 1)
    t.put(t.application, application.application_id, raised)
    changes.announce("client", application.client_id)


def _add_secret(t: Tables, effect: AddSecret, changes: Changes) -> None:
    secret = effect.secret
    application = known(t.application.get(secret.application_id), "application-unknown")
    require(secret.secret_id not in t.client_secret, "secret-exists")
    present = t.secrets_of.get(secret.application_id, ())
    found = [t.client_secret[s] for s in present if s in t.client_secret]
    live = [s for s in found if s.expires_at is None or s.expires_at > secret.created_at]
    require(len(live) < 2, "two-live-secrets")
    t.put(t.client_secret, secret.secret_id, secret)
    t.put(t.secrets_of, secret.application_id, (*present, secret.secret_id))
    changes.announce("client", application.client_id)


def _expire_secret(t: Tables, effect: ExpireSecret, changes: Changes) -> None:
    secret = known(t.client_secret.get(effect.secret_id), "secret-unknown")
    ends = min(secret.expires_at or effect.expires_at, effect.expires_at)
    ciphertext = None if ends <= effect.now else secret.ciphertext
    t.put(
        t.client_secret,
        secret.secret_id,
        replace(secret, expires_at=ends, ciphertext=ciphertext),
    )
    changes.announce("client", t.application[secret.application_id].client_id)


def _note_secret_use(t: Tables, effect: NoteSecretUse, changes: Changes) -> None:
    secret = t.client_secret.get(effect.secret_id)
    if secret and (secret.last_used_at is None or secret.last_used_at < effect.at):
        noted = replace(secret, last_used_at=effect.at, last_used_from=effect.source)
        t.put(t.client_secret, secret.secret_id, noted)


def _create_api(t: Tables, effect: CreateApi, changes: Changes) -> None:
    api = effect.api
    taken = any(
        other.api_id == api.api_id
        or (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
    )
    require(not taken and api.api_id not in t.tomb, "api-exists")
    t.put(t.api, api.api_id, api)
    changes.announce("apis", api.api_id)


def _replace_api(t: Tables, effect: ReplaceApi, changes: Changes) -> None:
    api = effect.api
    require(known(t.api.get(api.api_id), "api-unknown") == effect.expected, "api-changed")
    taken = any(
        (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
        if other.api_id != api.api_id
    )
    require(not taken, "api-exists")
    t.put(t.api, api.api_id, api)
    changes.announce("apis", api.api_id)


def _set_life_cycle(t: Tables, effect: SetLifeCycle, changes: Changes) -> None:
    api = known(t.api.get(effect.api_id), "api-unknown")
    t.put(t.api, api.api_id, replace(api, life_cycle=effect.life_cycle))
    changes.announce("apis", api.api_id)


def _subscribe(t: Tables, effect: Subscribe, changes: Changes) -> None:
    subscription = effect.subscription
    application = known(t.application.get(subscription.application_id), "application-unknown")
    require(subscription.api_id in t.api, "api-unknown")
    pair = (subscription.application_id, subscription.api_id)
    require(pair not in t.subscription, "subscribed")
    t.put(t.subscription, pair, subscription)
    t.put(t.apis_of, pair[0], (*t.apis_of.get(pair[0], ()), pair[1]))
    changes.announce("client", application.client_id)


def _set_subscription_state(t: Tables, effect: SetSubscriptionState, changes: Changes) -> None:
    pair = (effect.application_id, effect.api_id)
    subscription = known(t.subscription.get(pair), "subscription-unknown")
    t.put(t.subscription, pair, replace(subscription, state=effect.state))
    changes.announce("client", t.application[effect.application_id].client_id)


def _add_key(t: Tables, effect: AddKey, changes: Changes) -> None:
    kid = effect.key.kid
    require(kid not in t.key and kid not in t.tomb, "key-exists")
    t.put(t.key, kid, effect.key)
    changes.announce("keys", kid)


def _set_key_life(t: Tables, effect: SetKeyLife, changes: Changes) -> None:
    key = known(t.key.get(effect.kid), "key-moved")
    require(key.retires_at == effect.expected_retires_at, "key-moved")
    t.put(t.key, key.kid, replace(key, retires_at=effect.retires_at, gone_at=effect.gone_at))
    changes.announce("keys", key.kid)


def _count_key_uses(t: Tables, effect: CountKeyUses, changes: Changes) -> None:
    key = t.key.get(effect.kid)
    if key:
        t.put(t.key, key.kid, replace(key, uses=key.uses + effect.uses))


def _revoke(t: Tables, effect: Revoke, changes: Changes) -> None:
    revoke(t, effect.kind, effect.id, effect.until, changes)


def _audit(t: Tables, effect: Audit, changes: Changes) -> None:
    changes.audits.append(effect)


def _seal_audit(t: Tables, effect: SealAudit, changes: Changes) -> None:
    for seq, mac in effect.macs:
        row = known(t.audit.get(seq), "already-sealed")
        require(row.mac in (None, mac), "already-sealed")
        t.put(t.audit, seq, replace(row, mac=mac))


def _log_requests(t: Tables, effect: LogRequests, changes: Changes) -> None:
    for row in effect.rows:
        t.put(t.request_log, row.request_id, row)


def _lease(t: Tables, effect: Lease, changes: Changes) -> None:
    held = t.lease.get(effect.work)
    free = held is None or held[0] == effect.holder or held[1] <= effect.now
    require(free, "leased")
    t.put(t.lease, effect.work, (effect.holder, effect.until))


def _set_meta(t: Tables, effect: SetMeta, changes: Changes) -> None:
    require(t.meta.get(effect.name) == effect.expected, "meta-moved")
    t.put(t.meta, effect.name, effect.value)


_WRITERS: dict[type, Callable[[Tables, Any, Changes], None]] = {
    CreateAccount: _create_account,
    CreateSpace: _create_space,
    CreateApplication: _create_application,
    SetApplicationState: _set_application_state,
    BumpGeneration: _bump_generation,
    AddSecret: _add_secret,
    ExpireSecret: _expire_secret,
    NoteSecretUse: _note_secret_use,
    CreateApi: _create_api,
    ReplaceApi: _replace_api,
    SetLifeCycle: _set_life_cycle,
    Subscribe: _subscribe,
    SetSubscriptionState: _set_subscription_state,
    AddKey: _add_key,
    SetKeyLife: _set_key_life,
    CountKeyUses: _count_key_uses,
    Revoke: _revoke,
    Audit: _audit,
    SealAudit: _seal_audit,
    LogRequests: _log_requests,
    Lease: _lease,
    SetMeta: _set_meta,
    **PERSON_WRITERS,
}
