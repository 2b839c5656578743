"""Effects become statements: each holds whole or its commit conflicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey, CountKeyUses, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Revoke
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import SetSubscriptionState, Subscribe
from satsuma.domain.work import Lease
from satsuma.store.port import Conflict
from satsuma.store.sql import statements as sql
from satsuma.store.sql.accounts import PERSON_WRITERS
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.rows import as_stored, microseconds, values_of
from satsuma.store.sql.transaction import Transaction


def apply(session: Transaction, effects: Iterable[Effect], at: int) -> bool:
    """Write all effects, then their feed and audit rows; give whether the feed has anything new."""
    return number(session, [write(session, effects, at)])


def write(session: Transaction, effects: Iterable[Effect], at: int) -> Changes:
    """Write all effects but the rows that bear numbers; give what these are to say."""
    changes = Changes(at)
    for effect in effects:
        writer, taken = _WRITERS[type(effect)]
        try:
            writer(session, effect, changes)
        except session.integrity_error:
            raise Conflict(taken) from None
    return changes


def number(session: Transaction, told: Iterable[Changes]) -> bool:
    """Write the feed and audit rows of one or many commits; give whether the feed has anything new.

    They come last, when the transaction's turn to commit has come: they are few, and no other lock
    is waited for after that.
    """
    told = [changes for changes in told if changes.changes or changes.audits]
    if not told:
        return False
    session.take_turn()
    for changes in told:
        for kind, changed, until in changes.changes:
            change = {"kind": kind, "id": changed, "until": until, "at": changes.at}
            session.run(sql.ADD_CHANGE, change)
        for audit in changes.audits:
            session.run(sql.ADD_AUDIT, audit)
    is_new = any(changes.changes for changes in told)
    if is_new:
        session.announce()
    return is_new


def _create_account(session: Transaction, effect: CreateAccount, changes: Changes) -> None:
    require(session.run(sql.ADD_ACCOUNT, values_of(effect.account)), "account-exists")


def _create_space(session: Transaction, effect: CreateSpace, changes: Changes) -> None:
    values = values_of(effect.space)
    single_value(
        session.rows(sql.FIND_ACCOUNT, {"account_id": effect.space.owner_id}), "account-unknown"
    )
    require(session.run(sql.ADD_SPACE, values), "space-exists")
    session.run(sql.ADD_OWNER, values)


def _create_application(session: Transaction, effect: CreateApplication, changes: Changes) -> None:
    application = effect.application
    single_value(session.rows(sql.FIND_SPACE, {"space_id": application.space_id}), "space-unknown")
    require(session.run(sql.ADD_APPLICATION, values_of(application)), "application-exists")
    changes.announce("client", application.client_id)


def _set_application_state(
    session: Transaction, effect: SetApplicationState, changes: Changes
) -> None:
    values = values_of(effect)
    moved = session.rows(sql.SET_APPLICATION_STATE, values)
    if not moved:
        single_value(session.rows(sql.FIND_CLIENT_ID, values), "application-unknown")
    changes.announce("client", single_value(moved, "state-moved"))


def _bump_generation(session: Transaction, effect: BumpGeneration, changes: Changes) -> None:
    rows = session.rows(sql.BUMP_GENERATION, values_of(effect))
    changes.announce("client", single_value(rows, "generation-moved"))


def _add_secret(session: Transaction, effect: AddSecret, changes: Changes) -> None:
    values = values_of(effect.secret)
    client_id = single_value(session.rows(sql.LOCK_APPLICATION, values), "application-unknown")
    require(not session.rows(sql.FIND_SECRET, values), "secret-exists")
    require(session.run(sql.ADD_SECRET, values), "two-live-secrets")
    changes.announce("client", client_id)


def _expire_secret(session: Transaction, effect: ExpireSecret, changes: Changes) -> None:
    rows = session.rows(sql.EXPIRE_SECRET, values_of(effect))
    changes.announce("client", single_value(rows, "secret-unknown"))


def _note_secret_use(session: Transaction, effect: NoteSecretUse, changes: Changes) -> None:
    session.run(sql.NOTE_SECRET_USE, values_of(effect))


def _create_api(session: Transaction, effect: CreateApi, changes: Changes) -> None:
    require(session.run(sql.ADD_API, values_of(effect.api)), "api-exists")
    changes.announce("apis", effect.api.api_id)


def _replace_api(session: Transaction, effect: ReplaceApi, changes: Changes) -> None:
    values = values_of(effect.api)
    present = session.rows(sql.LOAD_API, values)
    require(present, "api-unknown")
    for name, column in as_stored(effect.expected, present[0]).items():
        values[f"was_{name}"] = column
    changes.announce("apis", single_value(session.rows(sql.REPLACE_API, values), "api-changed"))


def _set_life_cycle(session: Transaction, effect: SetLifeCycle, changes: Changes) -> None:
    changes.announce(
        "apis", single_value(session.rows(sql.SET_LIFE_CYCLE, values_of(effect)), "api-unknown")
    )


def _subscribe(session: Transaction, effect: Subscribe, changes: Changes) -> None:
    values = values_of(effect.subscription)
    client_id = single_value(
        session.rows(sql.FIND_CLIENT_ID, values),
        "application-unknown",
    )
    single_value(session.rows(sql.FIND_API, values), "api-unknown")
    require(session.run(sql.ADD_SUBSCRIPTION, values), "subscribed")
    changes.announce("client", client_id)


def _set_subscription_state(
    session: Transaction, effect: SetSubscriptionState, changes: Changes
) -> None:
    rows = session.rows(sql.SET_SUBSCRIPTION_STATE, values_of(effect))
    changes.announce("client", single_value(rows, "subscription-unknown"))


def _add_key(session: Transaction, effect: AddKey, changes: Changes) -> None:
    require(session.run(sql.ADD_KEY, values_of(effect.key)), "key-exists")
    changes.announce("keys", effect.key.kid)


def _set_key_life(session: Transaction, effect: SetKeyLife, changes: Changes) -> None:
    require(session.run(sql.SET_KEY_LIFE, values_of(effect)), "key-moved")
    changes.announce("keys", effect.kid)


def _count_key_uses(session: Transaction, effect: CountKeyUses, changes: Changes) -> None:
    session.run(sql.COUNT_KEY_USES, values_of(effect))


def _revoke(session: Transaction, effect: Revoke, changes: Changes) -> None:
    values = values_of(effect)
    if session.run(sql.REVOKE, values):
        changes.announce(f"revoked:{effect.kind}", effect.id, microseconds(effect.until))


def _audit(session: Transaction, effect: Audit, changes: Changes) -> None:
    changes.audits.append(values_of(effect))


def _seal_audit(session: Transaction, effect: SealAudit, changes: Changes) -> None:
    rows = [{"seq": seq, "mac": mac} for seq, mac in effect.macs]
    require(session.run_many(sql.SEAL_AUDIT, rows) == len(rows), "already-sealed")


def _log_requests(session: Transaction, effect: LogRequests, changes: Changes) -> None:
    for row in effect.rows:
        session.run(sql.LOG_REQUEST, values_of(row))


def _lease(session: Transaction, effect: Lease, changes: Changes) -> None:
    require(session.run(sql.LEASE, values_of(effect)), "leased")


def _set_meta(session: Transaction, effect: SetMeta, changes: Changes) -> None:
    statement = sql.ADD_META if effect.expected is None else sql.SET_META
    require(session.run(statement, values_of(effect)), "meta-moved")


# The slug is the conflict where a unique or a foreign key of the database does not hold, though
# what the effect itself asked first said that it would.
_WRITERS: dict[type, tuple[Callable[[Transaction, Any, Changes], None], str]] = {
    CreateAccount: (_create_account, "account-exists"),
    CreateSpace: (_create_space, "account-unknown"),
    CreateApplication: (_create_application, "space-unknown"),
    SetApplicationState: (_set_application_state, "application-unknown"),
    BumpGeneration: (_bump_generation, "generation-moved"),
    AddSecret: (_add_secret, "secret-exists"),
    ExpireSecret: (_expire_secret, "secret-unknown"),
    NoteSecretUse: (_note_secret_use, "secret-unknown"),
    CreateApi: (_create_api, "api-exists"),
    ReplaceApi: (_replace_api, "api-exists"),
    SetLifeCycle: (_set_life_cycle, "api-unknown"),
    Subscribe: (_subscribe, "application-unknown"),
    SetSubscriptionState: (_set_subscription_state, "subscription-unknown"),
    AddKey: (_add_key, "key-exists"),
    SetKeyLife: (_set_key_life, "key-moved"),
    CountKeyUses: (_count_key_uses, "key-moved"),
    Revoke: (_revoke, "revoked"),
    Audit: (_audit, "audit"),
    SealAudit: (_seal_audit, "already-sealed"),
    LogRequests: (_log_requests, "logged"),
    Lease: (_lease, "leased"),
    SetMeta: (_set_meta, "meta-moved"),
    **PERSON_WRITERS,
}
