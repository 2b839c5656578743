"""Client spaces in SQL: what writes and finds them, their members and who is invited.

Whoever changes who is in a space holds its row until the commit, and an account before any space.
"""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.accounts import Account
from satsuma.domain.spaces import (
    AcceptInvitation,
    ChangeMember,
    CreateSpace,
    Invitation,
    Invite,
    Membership,
    NameSpace,
    RemoveMember,
    Space,
    WithdrawInvitation,
)
from satsuma.store import retention
from satsuma.store.sql.accounts import FIND_ACCOUNT, keep_account
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, names, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import Values, values_of
from satsuma.store.sql.tombs import not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

ADD_SPACE = add("space", Space, not_buried("space_id"))
ADD_MEMBER = add("membership", Membership)
FIND_SPACE = select("space", Space) + " WHERE space_id = :space_id"
FIND_SPACE_OF = select("space", Space) + " WHERE owner_id = :account_id"
# Nothing changes, but the row stays locked until the commit: what a space holds is counted and changed one transaction
# after another.
LOCK_SPACE = "UPDATE space SET owner_id = owner_id WHERE space_id = :space_id RETURNING space_id"
NAME_SPACE = "UPDATE space SET name = :name WHERE space_id = :space_id AND name = :expected"
DISOWN_SPACE = (
    "UPDATE space SET owner_id = NULL WHERE space_id = :space_id AND owner_id = :account_id"
)
_OWNERS = "FROM membership m WHERE m.space_id = :space_id AND m.role = 'owner'"
FIND_OWNERS = f"SELECT m.account_id {_OWNERS}"
IS_OWNER = f"SELECT m.account_id {_OWNERS} AND m.account_id = :by"
FIND_OWNER = (
    select("account", Account) + " WHERE account_id = "
    f"(SELECT m.account_id {_OWNERS} ORDER BY m.joined_at, m.account_id LIMIT 1)"
)
_MEMBER = "WHERE space_id = :space_id AND account_id = :account_id"
CHANGE_MEMBER = f"UPDATE membership SET role = :role {_MEMBER} AND role = :expected"
REMOVE_MEMBER = f"DELETE FROM membership {_MEMBER} AND role = :expected"
COUNT_MEMBERS = "SELECT count(*) FROM membership WHERE space_id = :space_id"
FIND_MEMBERSHIP = select("membership", Membership) + f" {_MEMBER}"
LIST_MEMBERS = (
    f"SELECT {names(Membership, 'm.')}, {names(Account, 'a.')} FROM membership m "
    "JOIN account a ON a.account_id = m.account_id WHERE m.space_id = :space_id "
    "ORDER BY m.joined_at, m.account_id"
)
LIST_MEMBERSHIPS = (
    f"SELECT {names(Membership, 'm.')}, {names(Space, 's.')} FROM membership m "
    "JOIN space s ON s.space_id = m.space_id WHERE m.account_id = :account_id "
    "ORDER BY m.joined_at, m.space_id"
)
ADD_INVITATION = add("invitation", Invitation)
END_EARLIER_INVITATIONS = (
    "UPDATE invitation SET ended_at = :created_at "
    "WHERE space_id = :space_id AND email = :email AND ended_at IS NULL"
)
COUNT_INVITATIONS = (
    "SELECT count(*) FROM invitation "
    "WHERE space_id = :space_id AND ended_at IS NULL AND expires_at > :created_at"
)
WITHDRAW_INVITATION = (
    "UPDATE invitation SET ended_at = :at "
    "WHERE invitation_id = :invitation_id AND space_id = :space_id AND ended_at IS NULL"
)
FIND_INVITED_SPACE = "SELECT space_id FROM invitation WHERE digest = :digest"
ACCEPT_INVITATION = (
    "UPDATE invitation SET ended_at = :at "
    "WHERE digest = :digest AND ended_at IS NULL AND expires_at > :at "
    "AND EXISTS (SELECT 1 FROM membership m WHERE m.space_id = invitation.space_id "
    "AND m.account_id = invitation.invited_by AND m.role = 'owner') "
    "AND EXISTS (SELECT 1 FROM account a WHERE a.account_id = :account_id "
    "AND a.email = invitation.email AND a.confirmed_at IS NOT NULL) RETURNING role"
)
FIND_INVITATION = select("invitation", Invitation) + " WHERE digest = :digest"
LIST_INVITATIONS = (
    select("invitation", Invitation) + " WHERE space_id = :space_id AND ended_at IS NULL "
    "ORDER BY created_at, invitation_id"
)
PRUNE_INVITATIONS = prune("invitation", "invitation_id", "expires_at")


def _create_space(transaction: Transaction, effect: CreateSpace, changes: Changes) -> None:
    space = effect.space
    owner = transaction.rows(FIND_ACCOUNT, {"account_id": space.owner_id})
    single_value(owner, "account-unknown")
    require(transaction.run(ADD_SPACE, values_of(space)), "space-exists")
    first = Membership(space.space_id, str(space.owner_id), "owner", space.created_at)
    transaction.run(ADD_MEMBER, values_of(first))


def lock_space(transaction: Transaction, values: Values) -> None:
    """Hold a space until the commit, where who changes it is `by`, as an owner; conflict where either is not."""
    single_value(transaction.rows(LOCK_SPACE, values), "space-unknown")
    if values.get("by") is not None:
        require(transaction.rows(IS_OWNER, values), "not-owner")


def _name_space(transaction: Transaction, effect: NameSpace, changes: Changes) -> None:
    values = values_of(effect)
    lock_space(transaction, values)
    require(transaction.run(NAME_SPACE, values), "name-moved")


def _invite(transaction: Transaction, effect: Invite, changes: Changes) -> None:
    values = values_of(effect.invitation)
    lock_space(transaction, {**values, "by": effect.invitation.invited_by})
    transaction.run(END_EARLIER_INVITATIONS, values)
    waiting = single_value(transaction.rows(COUNT_INVITATIONS, values), "")
    require(waiting < effect.most, "invitations-full")
    require(transaction.run(ADD_INVITATION, values), "invitation-exists")


def _withdraw(transaction: Transaction, effect: WithdrawInvitation, changes: Changes) -> None:
    values = values_of(effect)
    lock_space(transaction, values)
    require(transaction.run(WITHDRAW_INVITATION, values), "invitation-gone")


def _accept(transaction: Transaction, effect: AcceptInvitation, changes: Changes) -> None:
    values = values_of(effect)
    keep_account(transaction, values)
    space_id = single_value(transaction.rows(FIND_INVITED_SPACE, values), "invitation-gone")
    lock_space(transaction, {"space_id": space_id})
    role = single_value(transaction.rows(ACCEPT_INVITATION, values), "invitation-gone")
    members = single_value(transaction.rows(COUNT_MEMBERS, {"space_id": space_id}), "")
    joined = {"space_id": space_id, "role": role, "joined_at": values["at"]}
    require(
        not transaction.rows(FIND_MEMBERSHIP, {**values, "space_id": space_id}), "member-exists"
    )
    require(members < effect.most, "space-crowded")
    transaction.run(ADD_MEMBER, {**values, **joined})


def _change_member(transaction: Transaction, effect: ChangeMember, changes: Changes) -> None:
    _move(transaction, CHANGE_MEMBER, values_of(effect), effect.role != "owner")


def _remove_member(transaction: Transaction, effect: RemoveMember, changes: Changes) -> None:
    _move(transaction, REMOVE_MEMBER, values_of(effect), True)


def _move(transaction: Transaction, statement: str, values: Values, disowns: bool) -> None:
    """Change one membership of a space, which an owner is left of."""
    lock_space(transaction, values)
    require(transaction.run(statement, values), "member-moved")
    require(transaction.rows(FIND_OWNERS, values), "last-owner")
    if disowns:
        transaction.run(DISOWN_SPACE, values)


WRITERS: Writers = {
    CreateSpace: steps(_create_space, taken="account-unknown"),
    NameSpace: steps(_name_space),
    Invite: steps(_invite, taken="space-unknown"),
    WithdrawInvitation: steps(_withdraw),
    AcceptInvitation: steps(_accept, taken="account-unknown"),
    ChangeMember: steps(_change_member),
    RemoveMember: steps(_remove_member),
}


class SpaceQueries(Query):
    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that is an account's own."""
        return self._one(Space, FIND_SPACE_OF, account_id=account_id)

    def find_space(self, space_id: str) -> Space | None:
        """Find a space by its id."""
        return self._one(Space, FIND_SPACE, space_id=space_id)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space, of several the one that is in for longest."""
        return self._one(Account, FIND_OWNER, space_id=space_id)

    def find_membership(self, space_id: str, account_id: str) -> Membership | None:
        """Find how an account is in a space."""
        return self._one(Membership, FIND_MEMBERSHIP, space_id=space_id, account_id=account_id)

    def list_members(self, space_id: str) -> Sequence[tuple[Membership, Account]]:
        """List who is in a space, the first first."""
        return self._pairs(Membership, Account, LIST_MEMBERS, space_id=space_id)

    def list_memberships(self, account_id: str) -> Sequence[tuple[Membership, Space]]:
        """List the spaces that an account is in, the first first."""
        return self._pairs(Membership, Space, LIST_MEMBERSHIPS, account_id=account_id)

    def list_invitations(self, space_id: str) -> Sequence[Invitation]:
        """List a space's invitations that nobody ended, the expired ones too, the first first."""
        return self._all(Invitation, LIST_INVITATIONS, space_id=space_id)

    def find_invitation(self, digest: bytes) -> Invitation | None:
        """Find an invitation by the digest of its token, also one that ended."""
        return self._one(Invitation, FIND_INVITATION, digest=digest)


PRUNING = ((PRUNE_INVITATIONS, retention.EXPIRED_INVITATION),)
