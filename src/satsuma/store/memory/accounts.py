"""Effects on an account as a whole, on the memory store's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from satsuma.domain.accounts import (
    ACCOUNT_DELETED,
    Account,
    ChangeEmail,
    ConfirmAccount,
    DeleteAccount,
    SetBlocked,
    SetLocale,
    SetPassword,
)
from satsuma.domain.consents import EndAccess
from satsuma.domain.grants.grant import Grant
from satsuma.domain.revocations import Revocation, RevocationKind
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.tables import Tables


def account_of(t: Tables, account_id: str) -> Account:
    """An account, or conflict where there is none."""
    return known(t.account.get(account_id), "account-unknown")


def _set_password(t: Tables, effect: SetPassword, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, password_hash=effect.password_hash))
    changes.announce("account", account.account_id)


def _confirm_account(t: Tables, effect: ConfirmAccount, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, confirmed_at=effect.at))
    changes.announce("account", account.account_id)


def _change_email(t: Tables, effect: ChangeEmail, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    require(
        t.by_email.get(effect.email, account.account_id) == account.account_id, "account-exists"
    )
    t.remove(t.by_email, account.email)
    t.put(t.by_email, effect.email, account.account_id)
    t.put(t.account, account.account_id, replace(account, email=effect.email))


def _set_locale(t: Tables, effect: SetLocale, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, locale=effect.locale))


def _delete_account(t: Tables, effect: DeleteAccount, changes: Changes) -> None:
    gone = account_of(t, effect.account_id)
    require(gone.confirmed_at is None or not effect.only_unconfirmed, "account-confirmed")
    _delete_space(t, gone.account_id, changes)
    for digest in [d for d, s in t.session.items() if s.account_id == gone.account_id]:
        t.remove(t.session, digest)
    for digest in [d for d, link in t.link.items() if link.account_id == gone.account_id]:
        t.remove(t.link, digest)
    _forget(t, gone.account_id)
    theirs = [g for g in t.user_grant.values() if g.account_id == gone.account_id]
    _end_grants(t, theirs, effect.at, ACCOUNT_DELETED, effect.until, changes)
    t.remove(t.by_email, gone.email)
    t.remove(t.account, gone.account_id)
    t.put(t.tomb, gone.account_id, "account")
    changes.announce("account", gone.account_id)


def _delete_space(t: Tables, account_id: str, changes: Changes) -> None:
    owned = {s.space_id for s in t.space.values() if s.owner_id == account_id}
    applications = [a for a in t.application.values() if a.space_id in owned]
    require(all(a.state == "revoked" for a in applications), "space-in-use")
    for application in sorted(applications, key=lambda a: a.client_id):
        found = application.application_id
        for secret_id in t.secrets_of.get(found, ()):
            t.remove(t.client_secret, secret_id)
        for api_id in t.apis_of.get(found, ()):
            t.remove(t.subscription, (found, api_id))
        t.remove(t.secrets_of, found)
        t.remove(t.apis_of, found)
        _forget(t, found)
        t.remove(t.by_client_id, application.client_id)
        t.remove(t.by_name, (application.space_id, application.name))
        t.remove(t.application, found)
        t.put(t.tomb, found, "application")
        t.put(t.tomb, application.client_id, "client")
        changes.announce("client", application.client_id)
    for space_id, member in list(t.membership):
        if member == account_id or space_id in owned:
            t.remove(t.membership, (space_id, member))
    for space_id in owned:
        t.remove(t.space, space_id)
        t.put(t.tomb, space_id, "space")


def _forget(t: Tables, gone: str) -> None:
    """Take consents and subjects of an account or an application away; the subjects' tombs stay."""
    for consent in [key for key in t.consent if gone in key[:2]]:
        t.remove(t.consent, consent)
    for pair in [pair for pair in t.subject if gone in pair]:
        sub = t.subject[pair]
        t.remove(t.subject, pair)
        t.remove(t.by_sub, sub)
        t.put(t.tomb, sub, "subject")


def _set_blocked(t: Tables, effect: SetBlocked, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, blocked=effect.blocked))
    for grant in [g for g in t.user_grant.values() if g.account_id == account.account_id]:
        t.put(t.user_grant, grant.grant_id, replace(grant, blocked=effect.blocked))
    changes.announce("blocked", account.account_id)


def _end_access(t: Tables, effect: EndAccess, changes: Changes) -> None:
    pair = (account_of(t, effect.account_id).account_id, effect.application_id)
    for key in [key for key in t.consent if key[:2] == pair]:
        t.remove(t.consent, key)
    theirs = [g for g in t.user_grant.values() if (g.account_id, g.application_id) == pair]
    _end_grants(t, theirs, effect.at, effect.because, effect.until, changes)


def _end_grants(
    t: Tables,
    grants: Iterable[Grant],
    at: datetime,
    because: str,
    until: datetime,
    changes: Changes,
) -> None:
    for grant in sorted(grants, key=lambda g: g.grant_id):
        if end_grant(t, grant, at, because, changes):
            revoke(t, "grant", grant.grant_id, until, changes)


def end_grant(t: Tables, grant: Grant, at: datetime, because: str, changes: Changes) -> bool:
    """End a grant that has not ended; say whether it had not."""
    if grant.revoked_at is not None:
        return False
    ended = replace(grant, revoked_at=at, revoked_because=because, answer=None, answer_until=None)
    t.put(t.user_grant, grant.grant_id, ended)
    changes.announce("grants", grant.grant_id)
    return True


def revoke(t: Tables, kind: RevocationKind, what: str, until: datetime, changes: Changes) -> None:
    """Remember a revocation; the later `until` stands."""
    stands = t.revocation.get((kind, what))
    if stands is None or stands.until < until:
        t.put(t.revocation, (kind, what), Revocation(kind, what, until))
        changes.announce(f"revoked:{kind}", what, until)


ACCOUNT_WRITERS: dict[type, Callable[[Tables, Any, Changes], None]] = {
    SetPassword: _set_password,
    ConfirmAccount: _confirm_account,
    ChangeEmail: _change_email,
    SetLocale: _set_locale,
    DeleteAccount: _delete_account,
    SetBlocked: _set_blocked,
    EndAccess: _end_access,
}
