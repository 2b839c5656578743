"""The people of a client space: who is in, who is invited, and what each may.

Whoever changes something names the account that does, and the store asks again whether it owns the space; an operator
names none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from satsuma.accounts import emails
from satsuma.accounts.letters import space_letter
from satsuma.domain.accounts import Account
from satsuma.domain.display_names import canonical_name
from satsuma.domain.effects import Effect
from satsuma.domain.spaces import (
    INVITATION_LIFE,
    MAY,
    MOST_INVITATIONS,
    MOST_MEMBERS,
    AcceptInvitation,
    Act,
    ChangeMember,
    Invitation,
    Invite,
    Membership,
    NameSpace,
    RemoveMember,
    Space,
    SpaceRole,
    WithdrawInvitation,
)
from satsuma.keys.opaque import Digests
from satsuma.keys.randomness import public_id, url_safe
from satsuma.management.accounts import canonical, find_by_email
from satsuma.management.context import ManagementContext, NotPossible, as_not_possible
from satsuma.store.port import Conflict, Reader

LONGEST_NAME: Final = 60
_SAYS: Final[Mapping[str, str]] = {
    "last-owner": "A client space needs an owner: make somebody else one first",
    "member-moved": "That person is in the space no more, or in another role, since somebody changed it meanwhile",
    "not-owner": "Only an owner of the client space does this",
    "invitations-full": f"{MOST_INVITATIONS} invitations wait already: withdraw one first",
    "invitation-gone": "The invitation was accepted, withdrawn, or sent anew meanwhile",
    "space-crowded": f"{MOST_MEMBERS} people are in the client space already",
    "member-exists": "That person is in the client space already",
    "name-moved": "The name was changed meanwhile: look again",
}


class NotInvited(Exception):
    """An invitation lets nobody in, or not this account; `slug` says why.

    `whom` is what its reader needs: whom to ask for another, for which masked address it is, or which space it is to.
    """

    def __init__(self, slug: str, whom: str = "") -> None:
        super().__init__(slug)
        self.slug = slug
        self.whom = whom


@dataclass(frozen=True, slots=True)
class Place:
    """A space that an account is in, its role there, and what the space is called: its name, or its owner's address."""

    space: Space
    role: SpaceRole
    title: str

    def may(self, act: Act) -> bool:
        """Whether the role allows something."""
        return act in MAY[self.role]


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that somebody followed, the space it is to, and who invited."""

    invitation: Invitation
    place: Place
    by: str


def title_of(reader: Reader, space: Space) -> str:
    """What a space is called: its name, or the address of its eldest owner."""
    owner = None if space.name else reader.find_owner(space.space_id)
    return space.name or ("" if owner is None else owner.email)


def places_of(reader: Reader, account_id: str) -> list[Place]:
    """The spaces that an account is in: its own first, then those it came to."""
    found = reader.list_memberships(account_id)
    ranked = sorted(found, key=lambda pair: pair[1].owner_id != account_id)
    return [Place(space, member.role, title_of(reader, space)) for member, space in ranked]


async def _commit(context: ManagementContext, *effects: Effect) -> None:
    """Commit; raises NotPossible, in words."""
    try:
        await context.store.commit(*effects)
    except Conflict as conflict:
        raise as_not_possible(conflict, _SAYS) from None


def role_named(text: str) -> SpaceRole:
    """A role by its word; raises NotPossible."""
    for role in get_args(SpaceRole):
        if role == text:
            return role  # type: ignore[no-any-return]
    raise NotPossible("role-unknown", f"No role {text!r}: {', '.join(get_args(SpaceRole))}")


async def invite(
    context: ManagementContext, space_id: str, by: Account, email: str, role: SpaceRole
) -> Invitation:
    """Invite an address to a space by a letter; an earlier invitation of it ends. Raises NotPossible.

    What is answered does not say whether the address has an account; who is in already is known to an owner.
    """
    wanted = canonical(email)

    def look(reader: Reader) -> tuple[Account | None, bool]:
        known = emails.find_by_email(reader, wanted)
        is_in = known is not None and reader.find_membership(space_id, known.account_id) is not None
        return known, is_in

    known, is_in = await context.store.read(look)
    if is_in:
        raise NotPossible("member-exists", _SAYS["member-exists"])
    to = wanted if known is None else known.email
    token, now = url_safe(32, context.draw), context.clock()
    made = Invitation(
        public_id("inv", context.draw),
        _digest(context, token),
        space_id,
        to,
        role,
        by.account_id,
        now,
        now + INVITATION_LIFE,
    )
    letter = space_letter(context.vault, now, to, by.locale, by.email, token)
    row = context.audit(
        "space.invite", f"space:{space_id}", role=role, invitation=made.invitation_id
    )
    await _commit(context, Invite(made), letter, row)
    return made


def _digest(context: ManagementContext, token: str) -> bytes:
    return Digests(context.vault, "link-digest")(token)


async def find_invited(context: ManagementContext, token: str, account: Account | None) -> Invited:
    """Find what an invitation is to, for who follows its link; raises NotInvited.

    `member-exists` where the account is in already, `invitation-gone` where it has ended in any way, `invitation-past`,
    `invitation-of-another` where the account has another address: then nothing is said but the masked address.
    """
    digest, now = _digest(context, token), context.clock()

    def look(reader: Reader) -> Invited | None:
        found = reader.find_invitation(digest)
        space = None if found is None else reader.find_space(found.space_id)
        if found is None or space is None:
            return None
        inviter = reader.find_account(found.invited_by)
        member = reader.find_membership(space.space_id, found.invited_by)
        if account is not None and reader.find_membership(space.space_id, account.account_id):
            raise NotInvited("member-exists", title_of(reader, space))
        is_void = inviter is None or member is None or member.role != "owner"
        if found.ended_at is not None or inviter is None or is_void:
            raise NotInvited("invitation-gone", "" if inviter is None else inviter.email)
        if found.expires_at <= now:
            raise NotInvited("invitation-past", inviter.email)
        if account is not None and account.email != found.email:
            raise NotInvited("invitation-of-another", emails.masked_email(found.email))
        return Invited(found, Place(space, found.role, title_of(reader, space)), inviter.email)

    invited = await context.store.read(look)
    if invited is None:
        raise NotInvited("invitation-unknown")
    return invited


async def accept(context: ManagementContext, token: str, account: Account) -> Space:
    """Come into a space by an invitation to one's own address; raises NotInvited, or NotPossible."""
    invited = await find_invited(context, token, account)
    space, made = invited.place.space, invited.invitation
    row = context.audit(
        "space.join", f"space:{space.space_id}", role=made.role, invitation=made.invitation_id
    )
    effect = AcceptInvitation(made.digest, account.account_id, context.clock())
    await _commit(context, effect, row)
    return space


async def withdraw(context: ManagementContext, space_id: str, invitation_id: str, by: str) -> None:
    """End an invitation of a space; raises NotPossible."""
    row = context.audit("space.withdraw", f"space:{space_id}", invitation=invitation_id)
    effect = WithdrawInvitation(invitation_id, space_id, context.clock(), by)
    await _commit(context, effect, row)


async def send_again(
    context: ManagementContext, space_id: str, invitation_id: str, by: Account
) -> Invitation:
    """Invite the same address in the same role anew: a new link, a new week, the earlier link ends."""
    found = await context.store.read(lambda reader: reader.list_invitations(space_id))
    earlier = next((each for each in found if each.invitation_id == invitation_id), None)
    if earlier is None:
        raise NotPossible("invitation-gone", _SAYS["invitation-gone"])
    return await invite(context, space_id, by, earlier.email, earlier.role)


async def change_role(
    context: ManagementContext, was: Membership, role: SpaceRole, by: str | None
) -> None:
    """Give a member another role, unless that changed meanwhile; raises NotPossible."""
    what = {"account": was.account_id, "role": role, "was": was.role}
    row = context.audit("space.change-role", f"space:{was.space_id}", **what)
    effect = ChangeMember(was.space_id, was.account_id, role, was.role, by)
    await _commit(context, effect, row)


async def remove(context: ManagementContext, was: Membership, by: str | None) -> None:
    """Take a member out of a space, unless the role changed meanwhile; raises NotPossible."""
    row = context.audit(
        "space.remove", f"space:{was.space_id}", account=was.account_id, role=was.role
    )
    await _commit(context, RemoveMember(was.space_id, was.account_id, was.role, by), row)


async def leave(context: ManagementContext, was: Membership) -> None:
    """Leave a space, unless one is its last owner; raises NotPossible."""
    row = context.audit("space.leave", f"space:{was.space_id}", role=was.role)
    await _commit(context, RemoveMember(was.space_id, was.account_id, was.role, None), row)


async def name_space(
    context: ManagementContext, space_id: str, name: str, was: str, by: str
) -> None:
    """Give a space another name, unless that changed meanwhile; raises NotPossible."""
    shown = canonical_name(name) if name.strip() else ""
    if shown is None or len(shown) > LONGEST_NAME:
        says = f"A name has at most {LONGEST_NAME} characters, all of which can be seen"
        raise NotPossible("name-malformed", says)
    row = context.audit("space.name", f"space:{space_id}")
    await _commit(context, NameSpace(space_id, shown, was, by), row)


@dataclass(frozen=True, slots=True)
class PeopleOfSpace:
    """Who is in a space, and whose invitation nobody ended."""

    members: Sequence[tuple[Membership, Account]]
    invitations: Sequence[Invitation]


async def look_at_people(context: ManagementContext, space_id: str) -> PeopleOfSpace:
    """Look who is in a space and who is invited."""

    def look(reader: Reader) -> PeopleOfSpace:
        return PeopleOfSpace(reader.list_members(space_id), reader.list_invitations(space_id))

    return await context.store.read(look)


@dataclass(frozen=True, slots=True)
class SpaceMember:
    """A member of a space as an operator sees it."""

    membership: Membership
    title: str
    email: str


async def list_people(context: ManagementContext, email: str) -> list[SpaceMember]:
    """List who is in the spaces that an account is in; raises NotPossible."""
    account_id = (await find_by_email(context, email)).account_id

    def look(reader: Reader) -> list[SpaceMember]:
        return [
            SpaceMember(member, title_of(reader, space), account.email)
            for _, space in reader.list_memberships(account_id)
            for member, account in reader.list_members(space.space_id)
        ]

    return await context.store.read(look)


async def _find_member(context: ManagementContext, email: str, space_id: str) -> SpaceMember:
    account_id = (await find_by_email(context, email)).account_id
    for each in await list_people(context, email):
        if (each.membership.account_id, each.membership.space_id) == (account_id, space_id):
            return each
    raise NotPossible(
        "member-unknown",
        f"{email} is not in a client space {space_id!r}: satsuma spaces people {email}",
    )


async def change_member(
    context: ManagementContext, email: str, space_id: str, role: SpaceRole
) -> SpaceMember:
    """Give a member another role, as the operator; raises NotPossible."""
    found = await _find_member(context, email, space_id)
    await change_role(context, found.membership, role, None)
    return replace(found, membership=replace(found.membership, role=role))


async def remove_member(context: ManagementContext, email: str, space_id: str) -> SpaceMember:
    """Take a member out, as the operator; raises NotPossible."""
    found = await _find_member(context, email, space_id)
    await remove(context, found.membership, None)
    return found
