"""Accounts and the links sent by mail in SQL: what writes, finds and prunes them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence
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
from satsuma.store import retention
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.revocations import ENDED, end_grants
from satsuma.store.sql.rows import Values, microseconds, values_of
from satsuma.store.sql.tombs import BURY, bury, not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, statement, steps

FIND_ACCOUNT = select("account", Account) + " WHERE account_id = :account_id"
FIND_ACCOUNT_BY_EMAIL = select("account", Account) + " WHERE email = :email"
LIST_ACCOUNTS = (
    select("account", Account) + " WHERE account_id > :after ORDER BY account_id LIMIT :limit"
)
LIST_SANDBOXES = (
    select("account", Account) + " WHERE role = 'sandbox' AND created_at < :before "
    "ORDER BY created_at, account_id LIMIT :limit"
)
# Whoever has a live link, or applications in use, is waited for.
LIST_UNCONFIRMED = (
    select("account", Account)
    + " WHERE confirmed_at IS NULL AND created_at < :before AND NOT EXISTS "
    "(SELECT 1 FROM link l WHERE l.account_id = account.account_id AND l.used_at IS NULL "
    "AND l.expires_at > :now) AND NOT EXISTS "
    "(SELECT 1 FROM application p JOIN space s ON s.space_id = p.space_id "
    "WHERE s.owner_id = account.account_id AND p.state <> 'revoked') "
    "ORDER BY created_at, account_id LIMIT :limit"
)
# A hash of ours ends in its salt and its digest, of one length each; what stands before says its cost.
LIST_PASSWORD_COSTS = (
    f"SELECT DISTINCT substr(password_hash, 1, length(password_hash) - {PASSWORD_TAIL}) "
    f"FROM account WHERE length(password_hash) > {PASSWORD_TAIL}"
)
LIST_BLOCKED_SUBJECTS = (
    "SELECT s.sub FROM subject s JOIN account a ON a.account_id = s.account_id WHERE a.blocked = 1"
)
# Nothing changes, but the row stays locked until the commit: meanwhile the account is neither
# deleted nor blocked.
KEEP_ACCOUNT = "UPDATE account SET locale = locale WHERE account_id = :account_id RETURNING blocked"
SET_PASSWORD = (
    "UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id "
    "RETURNING account_id"
)
CHANGE_EMAIL = (
    "UPDATE account SET email = :email WHERE account_id = :account_id AND email = :expected"
)
ADD_ACCOUNT = add("account", Account, not_buried("account_id"))
CONFIRM_ACCOUNT = (
    "UPDATE account SET confirmed_at = :at WHERE account_id = :account_id RETURNING email"
)
SET_BLOCKED = (
    "UPDATE account SET blocked = :blocked WHERE account_id = :account_id RETURNING account_id"
)
BLOCK_GRANTS = (
    "UPDATE user_grant SET blocked = :blocked WHERE account_id = :account_id "
    "AND blocked <> :blocked"
)
END_INVITATIONS = (
    "UPDATE invitation SET ended_at = :now WHERE invited_by = :account_id AND ended_at IS NULL"
)

# The end of an account. Its e-mail becomes one that nobody can have: a change to a unique key keeps
# out, until the commit, whoever would refer to the row, and lets the statements after it see
# whoever already does.
TAKE_ACCOUNT = (
    "UPDATE account SET email = account_id WHERE account_id = :account_id "
    "RETURNING coalesce(confirmed_at, 0)"  # SQLite 3.40 calls no value NULL here, though it is
)
# The spaces that it is in are held, so that nobody comes or goes meanwhile; nobody lets it in, whose row is taken.
LIST_SPACES_IN = "SELECT space_id FROM membership WHERE account_id = :account_id ORDER BY space_id"
KEEP_SPACE = "UPDATE space SET owner_id = owner_id WHERE space_id = :space_id"
_OTHERS = (
    "(SELECT 1 FROM membership o WHERE o.space_id = {}.space_id AND o.account_id <> :account_id"
)
FIND_LAST_OWNED = (
    "SELECT m.space_id FROM membership m WHERE m.account_id = :account_id AND m.role = 'owner' "
    f"AND EXISTS {_OTHERS.format('m')}) AND NOT EXISTS {_OTHERS.format('m')} AND o.role = 'owner')"
)
DISOWN_SPACES = (
    "UPDATE space SET owner_id = NULL WHERE owner_id = :account_id "
    f"AND EXISTS {_OTHERS.format('space')})"
)
LEAVE_SPACES = (
    f"DELETE FROM membership WHERE account_id = :account_id "
    f"AND EXISTS {_OTHERS.format('membership')})"
)
# Once it has left those of others, the spaces that it is in are those that end with it.
_OWN_SPACES = "(SELECT m.space_id FROM membership m WHERE m.account_id = :account_id)"
_OWN_APPLICATIONS = (
    f"(SELECT a.application_id FROM application a WHERE a.space_id IN {_OWN_SPACES} "
    "AND a.state = 'revoked')"
)
_OWN = "WHERE account_id = :account_id"
_THERE = f"WHERE application_id IN {_OWN_APPLICATIONS}"
BURY_SUBJECTS = bury("sub", "subject", f"subject {_OWN}")
BURY_SUBJECTS_THERE = bury("sub", "subject", f"subject {_THERE}")
DELETE_SUBJECTS = f"DELETE FROM subject {_OWN}"
DELETE_SUBJECTS_THERE = f"DELETE FROM subject {_THERE}"
DELETE_CONSENTS = f"DELETE FROM consent {_OWN}"
DELETE_CONSENTS_THERE = f"DELETE FROM consent {_THERE}"
DELETE_SECRETS = f"DELETE FROM client_secret {_THERE}"
DELETE_SUBSCRIPTIONS = f"DELETE FROM subscription {_THERE}"
_REVOKED = f"application WHERE space_id IN {_OWN_SPACES} AND state = 'revoked'"
BURY_APPLICATIONS = bury("application_id", "application", _REVOKED)
BURY_CLIENTS = bury("client_id", "client", _REVOKED)
DELETE_APPLICATIONS = f"DELETE FROM {_REVOKED} RETURNING client_id"
DELETE_INVITATIONS = "DELETE FROM invitation WHERE invited_by = :account_id"
DELETE_INVITATIONS_THERE = f"DELETE FROM invitation WHERE space_id IN {_OWN_SPACES}"
BURY_SPACES = bury("space_id", "space", f"space WHERE space_id IN {_OWN_SPACES}")
DELETE_MEMBERSHIPS = f"DELETE FROM membership {_OWN} RETURNING space_id"
DELETE_SPACE = "DELETE FROM space WHERE space_id = :space_id"
DELETE_SESSIONS = f"DELETE FROM session {_OWN}"
DELETE_LINKS = f"DELETE FROM link {_OWN}"
END_GRANTS = (
    f"UPDATE user_grant SET {ENDED} WHERE account_id = :account_id AND revoked_at IS NULL "
    "RETURNING grant_id"
)
DELETE_ACCOUNT = f"DELETE FROM account {_OWN}"

# As if it had been used: by an instant of its own a link would live on where a clock is behind.
_LIVE_LINKS = (
    "UPDATE link SET used_at = :now "
    "WHERE account_id = :account_id AND used_at IS NULL AND expires_at > :now"
)
END_UNDOS = f"{_LIVE_LINKS} AND purpose = 'undo' AND expires_at > :later_than"
_LIVE_UNDO = (
    "FROM link l WHERE l.account_id = :account_id AND l.purpose = 'undo' "
    "AND l.used_at IS NULL AND l.expires_at > :now"
)
# Who holds the address for itself. Asked after the account has it: whoever held it before has
# committed by then, as the key of the address was waited for.
FIND_HOLDER = (
    "SELECT l.account_id FROM link l WHERE l.purpose = 'undo' AND l.email = :email "
    "AND l.used_at IS NULL AND l.expires_at > :now AND l.account_id <> :account_id"
)
FIND_OWN_UNDO = f"SELECT l.digest {_LIVE_UNDO}"
# No row where the address may undo nothing: then no link ends.
END_UNDOS_BACK = (
    f"{_LIVE_LINKS} AND purpose = 'undo' "
    f"AND expires_at >= (SELECT min(l.expires_at) {_LIVE_UNDO} AND l.email = :email)"
)
END_LINKS = f"{_LIVE_LINKS} AND purpose <> 'undo'"
END_EARLIER_LINKS = f"{END_LINKS} AND purpose = :purpose"
# Nothing changes, but the account is held before its links, as whoever adds or ends one does.
KEEP_ACCOUNT_OF_LINK = (
    "UPDATE account SET locale = locale "
    "WHERE account_id = (SELECT l.account_id FROM link l WHERE l.digest = :digest)"
)
USE_LINK = (
    "UPDATE link SET used_at = :at "
    "WHERE digest = :digest AND used_at IS NULL AND expires_at > :at "
    "AND (sid IS NULL OR EXISTS (SELECT 1 FROM session s WHERE s.sid = link.sid)) "
    "AND (purpose NOT IN ('confirm', 'reset') OR EXISTS (SELECT 1 FROM account a "
    "WHERE a.account_id = link.account_id AND a.email = link.email))"
)
FIND_ASKING_SESSION = "SELECT sid FROM session WHERE account_id = :account_id AND sid = :sid"
ADD_LINK = add("link", MailLink)
ADD_UNDO = add("link", MailLink, f"NOT EXISTS (SELECT 1 {_LIVE_UNDO})")
FIND_LINK = select("link", MailLink) + " WHERE digest = :digest"
FIND_UNDO = (
    select("link", MailLink)
    + " WHERE purpose = 'undo' AND email = :email AND used_at IS NULL AND expires_at > :now "
    "ORDER BY expires_at, digest"
)
PRUNE_LINKS = prune("link", "digest", "expires_at")


def keep_account(transaction: Transaction, values: Values) -> None:
    """Hold an account as it is until the commit; one that is blocked gets nothing new."""
    require(
        not single_value(transaction.rows(KEEP_ACCOUNT, values), "account-unknown"),
        "account-blocked",
    )


def end_links(transaction: Transaction, account_id: str, changes: Changes) -> None:
    """End the live links of an account whose row this transaction holds, so that none is added beside it."""
    transaction.run(END_LINKS, {"account_id": account_id, "now": changes.at})


def _check_not_held(
    transaction: Transaction, account_id: str, email: object, changes: Changes
) -> None:
    """Conflict where the address that the account has now is held for another one."""
    values = {"account_id": account_id, "email": email, "now": changes.at}
    require(not transaction.rows(FIND_HOLDER, values), "address-held")


def _create_account(transaction: Transaction, effect: CreateAccount, changes: Changes) -> None:
    account = effect.account
    require(transaction.run(ADD_ACCOUNT, values_of(account)), "account-exists")
    _check_not_held(transaction, account.account_id, account.email, changes)


def _confirm_account(transaction: Transaction, effect: ConfirmAccount, changes: Changes) -> None:
    email = single_value(transaction.rows(CONFIRM_ACCOUNT, values_of(effect)), "account-unknown")
    _check_not_held(transaction, effect.account_id, email, changes)
    changes.announce("account", effect.account_id)


def _set_password(transaction: Transaction, effect: SetPassword, changes: Changes) -> None:
    single_value(transaction.rows(SET_PASSWORD, values_of(effect)), "account-unknown")
    end_links(transaction, effect.account_id, changes)
    changes.announce("account", effect.account_id)


def _change_email(transaction: Transaction, effect: ChangeEmail, changes: Changes) -> None:
    values = values_of(effect)
    single_value(transaction.rows(KEEP_ACCOUNT, values), "account-unknown")
    require(transaction.run(CHANGE_EMAIL, values), "email-moved")
    _check_not_held(transaction, effect.account_id, effect.email, changes)
    transaction.run(END_UNDOS_BACK, {**values, "now": changes.at})
    end_links(transaction, effect.account_id, changes)
    changes.announce("account", effect.account_id)


def _end_undos(transaction: Transaction, effect: EndUndos, changes: Changes) -> None:
    values = values_of(effect) | {"now": changes.at}
    transaction.hold(KEEP_ACCOUNT, values)
    transaction.run(END_UNDOS, values)


def _use_link(transaction: Transaction, effect: UseLink, changes: Changes) -> None:
    values = values_of(effect)
    transaction.hold(KEEP_ACCOUNT_OF_LINK, values)
    require(transaction.run(USE_LINK, values), "link-used")


def _set_blocked(transaction: Transaction, effect: SetBlocked, changes: Changes) -> None:
    values = values_of(effect)
    single_value(transaction.rows(SET_BLOCKED, values), "account-unknown")
    transaction.run(BLOCK_GRANTS, values)
    if effect.blocked:
        end_links(transaction, effect.account_id, changes)
        transaction.run(END_INVITATIONS, {**values, "now": changes.at})
    changes.announce("blocked", effect.account_id)


_BEFORE_THE_SPACE = (
    BURY_SUBJECTS,
    BURY_SUBJECTS_THERE,
    DELETE_SUBJECTS,
    DELETE_SUBJECTS_THERE,
    DELETE_CONSENTS,
    DELETE_CONSENTS_THERE,
    DELETE_SECRETS,
    DELETE_SUBSCRIPTIONS,
    BURY_APPLICATIONS,
    BURY_CLIENTS,
    BURY_SPACES,
    DELETE_INVITATIONS,
    DELETE_INVITATIONS_THERE,
)
_BEFORE_THE_ACCOUNT = (
    DELETE_SESSIONS,
    DELETE_LINKS,
)


def _delete_account(transaction: Transaction, effect: DeleteAccount, changes: Changes) -> None:
    """Take what refers to the account first; an application in use then holds its space fast."""
    values = values_of(effect)
    is_confirmed = single_value(transaction.rows(TAKE_ACCOUNT, values), "account-unknown")
    require(not (is_confirmed and effect.only_unconfirmed), "account-confirmed")
    require(not transaction.rows(FIND_OWN_UNDO, {**values, "now": changes.at}), "undo-live")
    _leave_others(transaction, values)
    for text in _BEFORE_THE_SPACE:
        transaction.run(text, values)
    for (client_id,) in sorted(transaction.rows(DELETE_APPLICATIONS, values)):
        changes.announce("client", client_id)
    for (space_id,) in sorted(transaction.rows(DELETE_MEMBERSHIPS, values)):
        transaction.run(DELETE_SPACE, {"space_id": space_id})
    for text in _BEFORE_THE_ACCOUNT:
        transaction.run(text, values)
    end_grants(transaction, END_GRANTS, {**values, "because": ACCOUNT_DELETED}, changes)
    transaction.run(BURY, {"id": effect.account_id, "kind": "account", "at": values["at"]})
    transaction.run(DELETE_ACCOUNT, values)
    changes.announce("account", effect.account_id)


def _leave_others(transaction: Transaction, values: Values) -> None:
    """Leave the spaces that others are in; conflict where one of them would have no owner left."""
    for (space_id,) in transaction.rows(LIST_SPACES_IN, values):
        transaction.hold(KEEP_SPACE, {"space_id": space_id})
    require(not transaction.rows(FIND_LAST_OWNED, values), "last-owner")
    transaction.run(DISOWN_SPACES, values)
    transaction.run(LEAVE_SPACES, values)


def _add_link(transaction: Transaction, effect: AddLink, changes: Changes) -> None:
    values = values_of(effect.link)
    single_value(transaction.rows(KEEP_ACCOUNT, values), "account-unknown")
    if effect.link.sid is not None:
        single_value(transaction.rows(FIND_ASKING_SESSION, values), "session-ended")
    at_present = {**values, "now": changes.at}
    if effect.link.purpose == "undo":
        transaction.run(ADD_UNDO, at_present)
        return
    if effect.ends_earlier:
        transaction.run(END_EARLIER_LINKS, at_present)
    require(transaction.run(ADD_LINK, values), "link-exists")


WRITERS: Writers = {
    CreateAccount: steps(_create_account, taken="account-exists"),
    SetPassword: steps(_set_password, taken="account-unknown"),
    RenewPasswordHash: statement(
        "UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id "
        "AND password_hash = :expected",
        "password-moved",
    ),
    ConfirmAccount: steps(_confirm_account),
    SetRole: statement(
        "UPDATE account SET role = :role WHERE account_id = :account_id AND confirmed_at IS NULL "
        "RETURNING account_id",
        "account-confirmed",
        tells="account",
    ),
    ChangeEmail: steps(_change_email, taken="account-exists"),
    SetLocale: statement(
        "UPDATE account SET locale = :locale WHERE account_id = :account_id RETURNING account_id",
        "account-unknown",
        tells="account",
    ),
    DeleteAccount: steps(_delete_account, taken="space-in-use"),
    SetBlocked: steps(_set_blocked, taken="account-unknown"),
    AddLink: steps(_add_link, taken="account-unknown"),
    UseLink: steps(_use_link),
    EndUndos: steps(_end_undos),
}


class AccountQueries(Query):
    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._one(Account, FIND_ACCOUNT, account_id=account_id)

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""
        return self._one(Account, FIND_ACCOUNT_BY_EMAIL, email=email)

    def list_accounts(self, after: str, limit: int) -> Sequence[Account]:
        """List accounts by `account_id` greater than `after`."""
        return self._all(Account, LIST_ACCOUNTS, after=after, limit=limit)

    def list_sandboxes(self, before: datetime, limit: int) -> Sequence[Account]:
        """List made-up people made before an instant, the oldest first."""
        return self._all(Account, LIST_SANDBOXES, before=microseconds(before), limit=limit)

    def list_unconfirmed(self, before: datetime, now: datetime, limit: int) -> Sequence[Account]:
        """List accounts made before an instant and waited for no more, the oldest first."""
        moments = {"before": microseconds(before), "now": microseconds(now)}
        return self._all(Account, LIST_UNCONFIRMED, **moments, limit=limit)

    def list_password_costs(self) -> frozenset[str]:
        """The beginnings of all password hashes, as far as they say what they cost."""
        return frozenset(begun for (begun,) in self._rows(LIST_PASSWORD_COSTS, {}))

    def list_blocked_subjects(self) -> frozenset[str]:
        """The subjects of all blocked accounts together."""
        return frozenset(sub for (sub,) in self._rows(LIST_BLOCKED_SUBJECTS, {}))

    def find_link(self, digest: bytes) -> MailLink | None:
        """Find a link sent by mail, by the digest of its token."""
        return self._one(MailLink, FIND_LINK, digest=digest)

    def find_undo(self, email: str, now: datetime) -> MailLink | None:
        """Find the link by which an address may take a change of address back."""
        return self._one(MailLink, FIND_UNDO, email=email, now=microseconds(now))


PRUNING = ((PRUNE_LINKS, retention.EXPIRED_LINK),)
