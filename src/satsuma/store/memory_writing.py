"""Effects on the memory store's tables, with the conditions that the SQL statements have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from satsuma.rules import effects as e
from satsuma.rules.facts import AuditRecord, Change
from satsuma.store.memory_account_writing import revoke
from satsuma.store.memory_news import News, known, must
from satsuma.store.memory_person_writing import PERSON_WRITERS
from satsuma.store.memory_tables import Tables


def apply(tables: Tables, effects: Iterable[e.Effect], at: datetime) -> bool:
    """Write all effects, then their feed and audit rows; give whether there were any such rows."""
    news = News(at)
    for effect in effects:
        _WRITERS[type(effect)](tables, effect, news)
    for kind, changed, until in news.changes:
        seq = tables.head() + 1
        tables.put(tables.feed, seq, (Change(seq, kind, changed, until), at))
    for audit in news.audits:
        seq = len(tables.audit) + 1
        row = AuditRecord(seq, audit.at, audit.actor, audit.action, audit.object, audit.detail)
        tables.put(tables.audit, seq, row)
    return bool(news.changes or news.audits)


def _create_account(t: Tables, effect: e.CreateAccount, news: News) -> None:
    account = effect.account
    taken = account.email in t.by_email or account.account_id in (t.account | t.tomb)
    must(not taken, "account-exists")
    t.put(t.account, account.account_id, account)
    t.put(t.by_email, account.email, account.account_id)


def _create_space(t: Tables, effect: e.CreateSpace, news: News) -> None:
    space = effect.space
    must(space.owner_id in t.account, "account-unknown")
    taken = space.space_id in t.space or space.space_id in t.tomb
    owned = any(s.owner_id == space.owner_id for s in t.space.values())
    must(not taken and not owned, "space-exists")
    t.put(t.space, space.space_id, space)
    t.put(t.membership, (space.space_id, space.owner_id), "owner")


def _create_application(t: Tables, effect: e.CreateApplication, news: News) -> None:
    application = effect.application
    must(application.space_id in t.space, "space-unknown")
    name = (application.space_id, application.name)
    ids = {application.application_id, application.client_id}
    taken = (
        name in t.by_name
        or application.application_id in t.application
        or application.client_id in t.by_client_id
        or not ids.isdisjoint(t.tomb)
    )
    must(not taken, "application-exists")
    t.put(t.application, application.application_id, application)
    t.put(t.by_client_id, application.client_id, application.application_id)
    t.put(t.by_name, name, application.application_id)
    news.tell("client", application.client_id)


def _set_application_state(t: Tables, effect: e.SetApplicationState, news: News) -> None:
    application = known(t.application.get(effect.application_id), "application-unknown")
    must(application.state == effect.expected, "state-moved")
    t.put(t.application, application.application_id, replace(application, state=effect.state))
    news.tell("client", application.client_id)


def _bump_generation(t: Tables, effect: e.BumpGeneration, news: News) -> None:
    application = known(t.application.get(effect.application_id), "generation-moved")
    must(application.generation == effect.expected, "generation-moved")
    raised = replace(application, generation=application.generation + 1)
    t.put(t.application, application.application_id, raised)
    news.tell("client", application.client_id)


def _add_secret(t: Tables, effect: e.AddSecret, news: News) -> None:
    secret = effect.secret
    application = known(t.application.get(secret.application_id), "application-unknown")
    must(secret.secret_id not in t.client_secret, "secret-exists")
    present = t.secrets_of.get(secret.application_id, ())
    found = [t.client_secret[s] for s in present if s in t.client_secret]
    live = [s for s in found if s.expires_at is None or s.expires_at > secret.created_at]
    must(len(live) < 2, "two-live-secrets")
    t.put(t.client_secret, secret.secret_id, secret)
    t.put(t.secrets_of, secret.application_id, (*present, secret.secret_id))
    news.tell("client", application.client_id)


def _expire_secret(t: Tables, effect: e.ExpireSecret, news: News) -> None:
    secret = known(t.client_secret.get(effect.secret_id), "secret-unknown")
    ends = min(secret.expires_at or effect.expires_at, effect.expires_at)
    ciphertext = None if ends <= effect.now else secret.ciphertext
    t.put(
        t.client_secret,
        secret.secret_id,
        replace(secret, expires_at=ends, ciphertext=ciphertext),
    )
    news.tell("client", t.application[secret.application_id].client_id)


def _note_secret_use(t: Tables, effect: e.NoteSecretUse, news: News) -> None:
    secret = t.client_secret.get(effect.secret_id)
    if secret and (secret.last_used_at is None or secret.last_used_at < effect.at):
        noted = replace(secret, last_used_at=effect.at, last_used_from=effect.source)
        t.put(t.client_secret, secret.secret_id, noted)


def _create_api(t: Tables, effect: e.CreateApi, news: News) -> None:
    api = effect.api
    taken = any(
        other.api_id == api.api_id
        or (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
    )
    must(not taken and api.api_id not in t.tomb, "api-exists")
    t.put(t.api, api.api_id, api)
    news.tell("apis", api.api_id)


def _replace_api(t: Tables, effect: e.ReplaceApi, news: News) -> None:
    api = effect.api
    must(known(t.api.get(api.api_id), "api-unknown") == effect.expected, "api-changed")
    taken = any(
        (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
        if other.api_id != api.api_id
    )
    must(not taken, "api-exists")
    t.put(t.api, api.api_id, api)
    news.tell("apis", api.api_id)


def _set_life_cycle(t: Tables, effect: e.SetLifeCycle, news: News) -> None:
    api = known(t.api.get(effect.api_id), "api-unknown")
    t.put(t.api, api.api_id, replace(api, life_cycle=effect.life_cycle))
    news.tell("apis", api.api_id)


def _subscribe(t: Tables, effect: e.Subscribe, news: News) -> None:
    subscription = effect.subscription
    application = known(t.application.get(subscription.application_id), "application-unknown")
    must(subscription.api_id in t.api, "api-unknown")
    pair = (subscription.application_id, subscription.api_id)
    must(pair not in t.subscription, "subscribed")
    t.put(t.subscription, pair, subscription)
    t.put(t.apis_of, pair[0], (*t.apis_of.get(pair[0], ()), pair[1]))
    news.tell("client", application.client_id)


def _set_subscription_state(t: Tables, effect: e.SetSubscriptionState, news: News) -> None:
    pair = (effect.application_id, effect.api_id)
    subscription = known(t.subscription.get(pair), "subscription-unknown")
    t.put(t.subscription, pair, replace(subscription, state=effect.state))
    news.tell("client", t.application[effect.application_id].client_id)


def _add_key(t: Tables, effect: e.AddKey, news: News) -> None:
    kid = effect.key.kid
    must(kid not in t.key and kid not in t.tomb, "key-exists")
    t.put(t.key, kid, effect.key)
    news.tell("keys", kid)


def _set_key_life(t: Tables, effect: e.SetKeyLife, news: News) -> None:
    key = known(t.key.get(effect.kid), "key-moved")
    must(key.retires_at == effect.expected_retires_at, "key-moved")
    t.put(t.key, key.kid, replace(key, retires_at=effect.retires_at, gone_at=effect.gone_at))
    news.tell("keys", key.kid)


def _count_key_uses(t: Tables, effect: e.CountKeyUses, news: News) -> None:
    key = t.key.get(effect.kid)
    if key:
        t.put(t.key, key.kid, replace(key, uses=key.uses + effect.uses))


def _revoke(t: Tables, effect: e.Revoke, news: News) -> None:
    revoke(t, effect.kind, effect.id, effect.until, news)


def _audit(t: Tables, effect: e.Audit, news: News) -> None:
    news.audits.append(effect)


def _seal_audit(t: Tables, effect: e.SealAudit, news: News) -> None:
    for seq, mac in effect.macs:
        row = known(t.audit.get(seq), "already-sealed")
        must(row.mac in (None, mac), "already-sealed")
        t.put(t.audit, seq, replace(row, mac=mac))


def _log_requests(t: Tables, effect: e.LogRequests, news: News) -> None:
    for row in effect.rows:
        t.put(t.request_log, row.request_id, row)


def _lease(t: Tables, effect: e.Lease, news: News) -> None:
    held = t.lease.get(effect.work)
    free = held is None or held[0] == effect.holder or held[1] <= effect.now
    must(free, "leased")
    t.put(t.lease, effect.work, (effect.holder, effect.until))


def _set_meta(t: Tables, effect: e.SetMeta, news: News) -> None:
    must(t.meta.get(effect.name) == effect.expected, "meta-moved")
    t.put(t.meta, effect.name, effect.value)


_WRITERS: dict[type, Callable[[Tables, Any, News], None]] = {
    e.CreateAccount: _create_account,
    e.CreateSpace: _create_space,
    e.CreateApplication: _create_application,
    e.SetApplicationState: _set_application_state,
    e.BumpGeneration: _bump_generation,
    e.AddSecret: _add_secret,
    e.ExpireSecret: _expire_secret,
    e.NoteSecretUse: _note_secret_use,
    e.CreateApi: _create_api,
    e.ReplaceApi: _replace_api,
    e.SetLifeCycle: _set_life_cycle,
    e.Subscribe: _subscribe,
    e.SetSubscriptionState: _set_subscription_state,
    e.AddKey: _add_key,
    e.SetKeyLife: _set_key_life,
    e.CountKeyUses: _count_key_uses,
    e.Revoke: _revoke,
    e.Audit: _audit,
    e.SealAudit: _seal_audit,
    e.LogRequests: _log_requests,
    e.Lease: _lease,
    e.SetMeta: _set_meta,
    **PERSON_WRITERS,
}
