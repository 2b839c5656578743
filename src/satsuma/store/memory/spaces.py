"""Client spaces in memory: what writes and finds them, their members and who is invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from satsuma.store.memory.accounts import keep_account
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _create_space(t: Tables, effect: CreateSpace, changes: Changes) -> None:
    space = effect.space
    owner_id = str(space.owner_id)
    require(owner_id in t.account, "account-unknown")
    taken = space.space_id in t.space or space.space_id in t.tomb
    owned = any(s.owner_id == owner_id for s in t.space.values())
    require(not taken and not owned, "space-exists")
    t.put(t.space, space.space_id, space)
    first = Membership(space.space_id, owner_id, "owner", space.created_at)
    t.put(t.membership, (space.space_id, owner_id), first)


def _space_of(t: Tables, space_id: str, by: str | None) -> Space:
    """A space, where who changes it is `by`, as an owner; conflict where either is not."""
    space = known(t.space.get(space_id), "space-unknown")
    require(by is None or by in _owners(t, space_id), "not-owner")
    return space


def _owners(t: Tables, space_id: str) -> list[str]:
    return [m.account_id for m in _members(t, space_id) if m.role == "owner"]


def _members(t: Tables, space_id: str) -> list[Membership]:
    found = [each for each in t.membership.values() if each.space_id == space_id]
    return sorted(found, key=lambda m: (m.joined_at, m.account_id))


def _name_space(t: Tables, effect: NameSpace, changes: Changes) -> None:
    space = _space_of(t, effect.space_id, effect.by)
    require(space.name == effect.expected, "name-moved")
    t.put(t.space, space.space_id, replace(space, name=effect.name))


def _invite(t: Tables, effect: Invite, changes: Changes) -> None:
    made = effect.invitation
    _space_of(t, made.space_id, made.invited_by)
    there = [each for each in t.invitation.values() if each.space_id == made.space_id]
    for each in there:
        if each.email == made.email and each.ended_at is None:
            t.put(t.invitation, each.invitation_id, replace(each, ended_at=made.created_at))
    waiting = [e for e in there if e.email != made.email and e.waits(made.created_at)]
    require(len(waiting) < effect.most, "invitations-full")
    taken = made.invitation_id in t.invitation or _of_digest(t, made.digest) is not None
    require(not taken, "invitation-exists")
    t.put(t.invitation, made.invitation_id, made)


def _of_digest(t: Tables, digest: bytes) -> Invitation | None:
    return next((each for each in t.invitation.values() if each.digest == digest), None)


def _withdraw(t: Tables, effect: WithdrawInvitation, changes: Changes) -> None:
    _space_of(t, effect.space_id, effect.by)
    found = known(t.invitation.get(effect.invitation_id), "invitation-gone")
    require(found.space_id == effect.space_id and found.ended_at is None, "invitation-gone")
    t.put(t.invitation, found.invitation_id, replace(found, ended_at=effect.at))


def _accept(t: Tables, effect: AcceptInvitation, changes: Changes) -> None:
    keep_account(t, effect.account_id)
    found = known(_of_digest(t, effect.digest), "invitation-gone")
    space = _space_of(t, found.space_id, None)
    account = t.account[effect.account_id]
    is_theirs = account.email == found.email and account.confirmed_at is not None
    is_good = found.waits(effect.at) and found.invited_by in _owners(t, space.space_id)
    require(is_theirs and is_good, "invitation-gone")
    t.put(t.invitation, found.invitation_id, replace(found, ended_at=effect.at))
    place = (space.space_id, account.account_id)
    require(place not in t.membership, "member-exists")
    require(len(_members(t, space.space_id)) < effect.most, "space-crowded")
    t.put(t.membership, place, Membership(*place, found.role, effect.at))


def _change_member(t: Tables, effect: ChangeMember, changes: Changes) -> None:
    member = _member(t, effect)
    t.put(t.membership, (member.space_id, member.account_id), replace(member, role=effect.role))
    _leave(t, member, effect.role != "owner")


def _remove_member(t: Tables, effect: RemoveMember, changes: Changes) -> None:
    member = _member(t, effect)
    t.remove(t.membership, (member.space_id, member.account_id))
    _leave(t, member, True)


def _member(t: Tables, effect: ChangeMember | RemoveMember) -> Membership:
    _space_of(t, effect.space_id, effect.by)
    member = known(t.membership.get((effect.space_id, effect.account_id)), "member-moved")
    require(member.role == effect.expected, "member-moved")
    return member


def _leave(t: Tables, member: Membership, disowns: bool) -> None:
    require(bool(_owners(t, member.space_id)), "last-owner")
    space = t.space[member.space_id]
    if disowns and space.owner_id == member.account_id:
        t.put(t.space, space.space_id, replace(space, owner_id=None))


WRITERS: Writers = {
    CreateSpace: _create_space,
    NameSpace: _name_space,
    Invite: _invite,
    WithdrawInvitation: _withdraw,
    AcceptInvitation: _accept,
    ChangeMember: _change_member,
    RemoveMember: _remove_member,
}


class SpaceQueries(Query):
    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that is an account's own."""
        return next((s for s in self._tables.space.values() if s.owner_id == account_id), None)

    def find_space(self, space_id: str) -> Space | None:
        """Find a space by its id."""
        return self._tables.space.get(space_id)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space, of several the one that is in for longest."""
        owners = _owners(self._tables, space_id)
        return self._tables.account[owners[0]] if owners else None

    def find_membership(self, space_id: str, account_id: str) -> Membership | None:
        """Find how an account is in a space."""
        return self._tables.membership.get((space_id, account_id))

    def list_members(self, space_id: str) -> Sequence[tuple[Membership, Account]]:
        """List who is in a space, the first first."""
        t = self._tables
        return [(each, t.account[each.account_id]) for each in _members(t, space_id)]

    def list_memberships(self, account_id: str) -> Sequence[tuple[Membership, Space]]:
        """List the spaces that an account is in, the first first."""
        t = self._tables
        found = [each for each in t.membership.values() if each.account_id == account_id]
        found.sort(key=lambda m: (m.joined_at, m.space_id))
        return [(each, t.space[each.space_id]) for each in found]

    def list_invitations(self, space_id: str) -> Sequence[Invitation]:
        """List a space's invitations that nobody ended, the expired ones too, the first first."""
        there = (each for each in self._tables.invitation.values() if each.space_id == space_id)
        found = [each for each in there if each.ended_at is None]
        return sorted(found, key=lambda each: (each.created_at, each.invitation_id))

    def find_invitation(self, digest: bytes) -> Invitation | None:
        """Find an invitation by the digest of its token, also one that ended."""
        return _of_digest(self._tables, digest)
