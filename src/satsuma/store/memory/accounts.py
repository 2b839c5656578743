"""Accounts and the links sent by mail in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from satsuma.domain.accounts import (
    ACCOUNT_DELETED,
    PASSWORD_TAIL,
    Account,
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    CreateAccount,
    DeleteAccount,
    EndUndos,
    MailLink,
    RenewPasswordHash,
    SetBlocked,
    SetLocale,
    SetPassword,
    SetRole,
    UseLink,
)
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.revocations import end_grants
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def account_of(t: Tables, account_id: str) -> Account:
    """An account, or conflict where there is none."""
    return known(t.account.get(account_id), "account-unknown")


def keep_account(t: Tables, account_id: str) -> None:
    """Conflict unless there is this account; one that is blocked gets nothing new."""
    require(not account_of(t, account_id).blocked, "account-blocked")


def _create_account(t: Tables, effect: CreateAccount, changes: Changes) -> None:
    account = effect.account
    taken = account.email in t.by_email or account.account_id in (t.account | t.tomb)
    require(not taken, "account-exists")
    t.put(t.account, account.account_id, account)
    t.put(t.by_email, account.email, account.account_id)
    _check_not_held(t, account.account_id, account.email, changes)


def _check_not_held(t: Tables, account_id: str, email: str, changes: Changes) -> None:
    """Conflict where the address that the account has now is held for another one."""
    holding = [each for each in _undos_of(t, email, changes.at) if each.account_id != account_id]
    require(not holding, "address-held")


def _set_password(t: Tables, effect: SetPassword, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, password_hash=effect.password_hash))
    end_links(t, account.account_id, changes)
    changes.announce("account", account.account_id)


def _renew_password_hash(t: Tables, effect: RenewPasswordHash, changes: Changes) -> None:
    account = known(t.account.get(effect.account_id), "password-moved")
    require(account.password_hash == effect.expected, "password-moved")
    t.put(t.account, account.account_id, replace(account, password_hash=effect.password_hash))


def _confirm_account(t: Tables, effect: ConfirmAccount, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, confirmed_at=effect.at))
    _check_not_held(t, account.account_id, account.email, changes)
    changes.announce("account", account.account_id)


def _set_role(t: Tables, effect: SetRole, changes: Changes) -> None:
    account = known(t.account.get(effect.account_id), "account-confirmed")
    require(account.confirmed_at is None, "account-confirmed")
    t.put(t.account, account.account_id, replace(account, role=effect.role))
    changes.announce("account", account.account_id)


def _change_email(t: Tables, effect: ChangeEmail, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    require(account.email == effect.expected, "email-moved")
    require(
        t.by_email.get(effect.email, account.account_id) == account.account_id, "account-exists"
    )
    t.remove(t.by_email, account.email)
    t.put(t.by_email, effect.email, account.account_id)
    t.put(t.account, account.account_id, replace(account, email=effect.email))
    _check_not_held(t, account.account_id, effect.email, changes)
    undos = _live_undos(t, account.account_id, changes)
    back = [link.expires_at for link in undos if link.email == effect.email]
    _end(t, [link for link in undos if back and link.expires_at >= min(back)], changes)
    end_links(t, account.account_id, changes)
    changes.announce("account", account.account_id)


def _set_locale(t: Tables, effect: SetLocale, changes: Changes) -> None:
    account = account_of(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, locale=effect.locale))
    changes.announce("account", account.account_id)


def _delete_account(t: Tables, effect: DeleteAccount, changes: Changes) -> None:
    gone = account_of(t, effect.account_id)
    require(gone.confirmed_at is None or not effect.only_unconfirmed, "account-confirmed")
    require(not _live_undos(t, gone.account_id, changes), "undo-live")
    _delete_space(t, gone.account_id, changes)
    for digest in [d for d, s in t.session.items() if s.account_id == gone.account_id]:
        t.remove(t.session, digest)
    for digest in [d for d, link in t.link.items() if link.account_id == gone.account_id]:
        t.remove(t.link, digest)
    _forget(t, gone.account_id)
    theirs = [g for g in t.user_grant.values() if g.account_id == gone.account_id]
    end_grants(t, theirs, effect.at, ACCOUNT_DELETED, effect.until, changes)
    t.remove(t.by_email, gone.email)
    t.remove(t.account, gone.account_id)
    t.put(t.tomb, gone.account_id, "account")
    changes.announce("account", gone.account_id)


def _delete_space(t: Tables, account_id: str, changes: Changes) -> None:
    owned = _leave_others(t, account_id)
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
    for each in [
        e for e in t.invitation.values() if e.invited_by == account_id or e.space_id in owned
    ]:
        t.remove(t.invitation, each.invitation_id)
    for space_id in owned:
        t.remove(t.membership, (space_id, account_id))
        t.remove(t.space, space_id)
        t.put(t.tomb, space_id, "space")


def _leave_others(t: Tables, account_id: str) -> list[str]:
    """Leave the spaces that others are in, and give the rest; conflict where one of them would have no owner left."""
    alone = []
    for space_id in [m.space_id for m in t.membership.values() if m.account_id == account_id]:
        others = [
            m
            for m in t.membership.values()
            if (m.space_id, m.account_id != account_id) == (space_id, True)
        ]
        if not others:
            alone.append(space_id)
            continue
        is_owner = t.membership[space_id, account_id].role == "owner"
        require(not is_owner or any(m.role == "owner" for m in others), "last-owner")
        t.remove(t.membership, (space_id, account_id))
        if t.space[space_id].owner_id == account_id:
            t.put(t.space, space_id, replace(t.space[space_id], owner_id=None))
    return alone


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
    if effect.blocked:
        end_links(t, account.account_id, changes)
        for each in [e for e in t.invitation.values() if e.invited_by == account.account_id]:
            if each.ended_at is None:
                t.put(t.invitation, each.invitation_id, replace(each, ended_at=changes.at))
    changes.announce("blocked", account.account_id)


def end_links(
    t: Tables,
    account_id: str,
    changes: Changes,
    purposes: Sequence[str] = ("confirm", "reset", "email"),
) -> None:
    """End the live links of an account, of these purposes."""
    for link in [each for each in t.link.values() if each.account_id == account_id]:
        if link.purpose in purposes and link.used_at is None and link.expires_at > changes.at:
            t.put(t.link, link.digest, replace(link, used_at=changes.at))


def _end_undos(t: Tables, effect: EndUndos, changes: Changes) -> None:
    undos = _live_undos(t, effect.account_id, changes)
    _end(t, [link for link in undos if link.expires_at > effect.later_than], changes)


def _live_undos(t: Tables, account_id: str, changes: Changes) -> list[MailLink]:
    theirs = (link for link in t.link.values() if link.account_id == account_id)
    return [link for link in theirs if _undoes(link, changes.at)]


def _undos_of(t: Tables, email: str, at: datetime) -> list[MailLink]:
    there = (link for link in t.link.values() if link.email == email)
    return [link for link in there if _undoes(link, at)]


def _undoes(link: MailLink, at: datetime) -> bool:
    return link.purpose == "undo" and link.used_at is None and link.expires_at > at


def _end(t: Tables, links: Sequence[MailLink], changes: Changes) -> None:
    for link in links:
        t.put(t.link, link.digest, replace(link, used_at=changes.at))


def _is_asking(t: Tables, link: MailLink) -> bool:
    return any((s.account_id, s.sid) == (link.account_id, link.sid) for s in t.session.values())


def _add_link(t: Tables, effect: AddLink, changes: Changes) -> None:
    link = effect.link
    account_of(t, link.account_id)
    require(link.sid is None or _is_asking(t, link), "session-ended")
    if link.purpose == "undo":
        if link.digest in t.link or _live_undos(t, link.account_id, changes):
            return
    else:
        require(link.digest not in t.link, "link-exists")
        if effect.ends_earlier:
            end_links(t, link.account_id, changes, (link.purpose,))
    t.put(t.link, link.digest, link)


def _use_link(t: Tables, effect: UseLink, changes: Changes) -> None:
    link = known(t.link.get(effect.digest), "link-used")
    require(link.used_at is None and link.expires_at > effect.at, "link-used")
    require(link.sid is None or _is_asking(t, link), "link-used")
    is_present = t.account[link.account_id].email == link.email
    require(is_present or link.purpose not in ("confirm", "reset"), "link-used")
    t.put(t.link, link.digest, replace(link, used_at=effect.at))


WRITERS: Writers = {
    CreateAccount: _create_account,
    SetPassword: _set_password,
    RenewPasswordHash: _renew_password_hash,
    ConfirmAccount: _confirm_account,
    SetRole: _set_role,
    ChangeEmail: _change_email,
    SetLocale: _set_locale,
    DeleteAccount: _delete_account,
    SetBlocked: _set_blocked,
    AddLink: _add_link,
    UseLink: _use_link,
    EndUndos: _end_undos,
}


class AccountQueries(Query):
    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._tables.account.get(account_id)

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""
        return self._tables.account.get(self._tables.by_email.get(email, ""))

    def list_accounts(self, after: str, limit: int) -> Sequence[Account]:
        """List accounts by `account_id` greater than `after`."""
        found = sorted(each for each in self._tables.account if each > after)
        return [self._tables.account[each] for each in found[:limit]]

    def list_sandboxes(self, before: datetime, limit: int) -> Sequence[Account]:
        """List made-up people made before an instant, the oldest first."""
        people = self._tables.account.values()
        found = [a for a in people if a.is_made_up and a.created_at < before]
        return sorted(found, key=lambda a: (a.created_at, a.account_id))[:limit]

    def list_unconfirmed(self, before: datetime, now: datetime, limit: int) -> Sequence[Account]:
        """List accounts made before an instant and waited for no more, the oldest first."""
        t = self._tables
        awaited = {
            link.account_id
            for link in t.link.values()
            if link.used_at is None and link.expires_at > now
        }
        awaited |= {
            str(t.space[each.space_id].owner_id)
            for each in t.application.values()
            if each.state != "revoked"
        }
        old = [a for a in t.account.values() if a.confirmed_at is None and a.created_at < before]
        found = [account for account in old if account.account_id not in awaited]
        return sorted(found, key=lambda a: (a.created_at, a.account_id))[:limit]

    def list_password_costs(self) -> frozenset[str]:
        """The beginnings of all password hashes, as far as they say what they cost."""
        hashes = (account.password_hash or "" for account in self._tables.account.values())
        return frozenset(each[:-PASSWORD_TAIL] for each in hashes if len(each) > PASSWORD_TAIL)

    def list_blocked_subjects(self) -> frozenset[str]:
        """The subjects of all blocked accounts together."""
        t = self._tables
        return frozenset(sub for (of, _), sub in t.subject.items() if t.account[of].blocked)

    def find_link(self, digest: bytes) -> MailLink | None:
        """Find a link sent by mail, by the digest of its token."""
        return self._tables.link.get(digest)

    def find_undo(self, email: str, now: datetime) -> MailLink | None:
        """Find the link by which an address may take a change of address back."""
        found = _undos_of(self._tables, email, now)
        return min(found, key=lambda link: (link.expires_at, link.digest), default=None)
