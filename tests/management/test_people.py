"""The people of a client space: what an owner, a member and an operator can do, and what is in the audit."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from satsuma.domain.accounts import Account
from satsuma.domain.spaces import INVITATION_LIFE, Invitation, Membership, SpaceRole
from satsuma.management import people
from satsuma.management.accounts import block_account, create_account, find_account
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.people import NotInvited
from satsuma.outbox.mail import LETTER, open_body
from tests.management.between import new_context

OWNER = "owner@example.org"
GUEST = "guest@example.org"


@pytest.fixture
async def context() -> ManagementContext:
    context = await new_context()
    await create_account(context, OWNER)
    return context


async def of_owner(context: ManagementContext) -> tuple[Account, str]:
    account, space = await find_account(context, OWNER)
    return account, space.space_id


async def invite(
    context: ManagementContext, email: str = GUEST, role: SpaceRole = "developer"
) -> tuple[Invitation, str]:
    """Invite; give the invitation, and the token that its letter brings."""
    owner, space_id = await of_owner(context)
    made = await people.invite(context, space_id, owner, email, role)
    due = await context.store.read(lambda r: r.due_work(LETTER, context.clock(), 99))
    tokens = [open_body(context.vault, work) for work in due]
    return made, str(tokens[-1]["token"])


async def join(context: ManagementContext, email: str, role: SpaceRole = "developer") -> Membership:
    account = await create_account(context, email)
    made, token = await invite(context, email, role)
    await people.accept(context, token, account)
    found = await context.store.read(lambda r: r.find_membership(made.space_id, account.account_id))
    assert found is not None
    return found


async def audited(context: ManagementContext) -> list[tuple[str, dict[str, str]]]:
    rows = await context.store.read(lambda r: r.audit_since(0, 99))
    return [(row.action, json.loads(row.detail)) for row in rows if row.action.startswith("space.")]


async def why_not(work: object) -> str:
    try:
        await work  # type: ignore[misc]
    except (NotPossible, NotInvited) as refused:
        return refused.slug
    return ""


async def test_each_change_is_in_the_audit_and_no_address_is(context: ManagementContext) -> None:
    owner, space_id = await of_owner(context)
    member = await join(context, GUEST)
    await people.change_role(context, member, "viewer", owner.account_id)
    await people.remove(context, replace(member, role="viewer"), owner.account_id)
    made, _ = await invite(context, "nobody@example.org")
    await people.withdraw(context, space_id, made.invitation_id, owner.account_id)
    await people.name_space(context, space_id, "Shop", "", owner.account_id)
    rows = await audited(context)
    actions = [action for action, _ in rows]
    assert actions == [
        "space.invite",
        "space.join",
        "space.change-role",
        "space.remove",
        "space.invite",
        "space.withdraw",
        "space.name",
    ]
    assert rows[2][1] == {"account": member.account_id, "role": "viewer", "was": "developer"}
    assert "@" not in json.dumps(rows)


async def test_the_token_is_stored_as_a_digest_alone(context: ManagementContext) -> None:
    made, token = await invite(context)
    assert token.encode() not in made.digest
    assert token not in repr(await context.store.read(lambda r: r.list_invitations(made.space_id)))
    assert made.expires_at - made.created_at == INVITATION_LIFE == timedelta(days=7)


async def test_a_forwarded_link_is_of_no_use_to_another_account(context: ManagementContext) -> None:
    other = await create_account(context, "other@example.org")
    _, token = await invite(context)
    with pytest.raises(NotInvited) as refused:
        await people.accept(context, token, other)
    assert (refused.value.slug, refused.value.whom) == ("invitation-of-another", "g•••@example.org")


async def test_each_end_of_an_invitation_has_its_cause(context: ManagementContext) -> None:
    guest = await create_account(context, GUEST)
    owner, space_id = await of_owner(context)
    _, first = await invite(context)
    made, token = await invite(context)
    assert await why_not(people.accept(context, first, guest)) == "invitation-gone", "sent anew"
    late = replace(context, clock=lambda: made.expires_at)
    with pytest.raises(NotInvited) as refused:
        await people.accept(late, token, guest)
    assert (refused.value.slug, refused.value.whom) == ("invitation-past", OWNER)
    assert await why_not(people.accept(context, "x" * 43, guest)) == "invitation-unknown"
    await people.accept(context, token, guest)
    assert await why_not(people.accept(context, token, guest)) == "member-exists"
    _, third = await invite(context, "third@example.org")
    await people.change_role(
        context, Membership(space_id, guest.account_id, "developer", context.clock()), "owner", None
    )
    await people.leave(context, Membership(space_id, owner.account_id, "owner", context.clock()))
    account = await create_account(context, "third@example.org")
    with pytest.raises(NotInvited) as refused:
        await people.accept(context, third, account)
    assert refused.value.slug == "invitation-gone", "who invited owns the space no more"


async def test_who_is_in_is_not_invited_again(context: ManagementContext) -> None:
    await join(context, GUEST)
    owner, space_id = await of_owner(context)
    for email in (GUEST, "  Guest@Example.org", OWNER):
        refused = await why_not(people.invite(context, space_id, owner, email, "viewer"))
        assert refused == "member-exists"
    assert (
        await why_not(people.invite(context, space_id, owner, "no", "viewer")) == "email-malformed"
    )


async def test_a_blocked_account_accepts_nothing(context: ManagementContext) -> None:
    guest = await create_account(context, GUEST)
    _, token = await invite(context)
    await block_account(context, GUEST)
    assert await why_not(people.accept(context, token, guest)) == "account-blocked"


async def test_the_operator_sees_and_changes_who_is_in(context: ManagementContext) -> None:
    member = await join(context, GUEST)
    found = await people.list_people(context, GUEST)
    told = sorted((each.title, each.email, each.membership.role) for each in found)
    assert told == [
        (GUEST, GUEST, "owner"),
        (OWNER, GUEST, "developer"),
        (OWNER, OWNER, "owner"),
    ]
    changed = await people.change_member(context, GUEST, member.space_id, "owner")
    assert changed.membership.role == "owner"
    await people.remove_member(context, OWNER, member.space_id)
    assert await why_not(people.remove_member(context, GUEST, member.space_id)) == "last-owner"
    assert await why_not(people.remove_member(context, OWNER, member.space_id)) == "member-unknown"


@pytest.mark.parametrize("name", ["\u3164", "\u2800\u2800", "\u0301", "a\u202eb", "x" * 61, "\x07"])
async def test_a_name_that_cannot_be_seen_is_refused(context: ManagementContext, name: str) -> None:
    owner, space_id = await of_owner(context)
    with pytest.raises(NotPossible) as refused:
        await people.name_space(context, space_id, name, "", owner.account_id)
    assert refused.value.slug == "name-malformed"


@pytest.mark.parametrize(("name", "kept"), [("  Te\u0301am ", "T\u00e9am"), ("   ", "")])
async def test_a_name_has_one_form(context: ManagementContext, name: str, kept: str) -> None:
    owner, space_id = await of_owner(context)
    await people.name_space(context, space_id, name, "", owner.account_id)
    found = await context.store.read(lambda reader: reader.find_space(space_id))
    assert found is not None
    assert found.name == kept
