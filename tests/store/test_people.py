"""Who is in a space, and who is invited: each condition, on each store."""

import pytest

from satsuma.domain.accounts import Account, CreateAccount, DeleteAccount, SetBlocked
from satsuma.domain.applications import CreateApplication, SetApplicationState
from satsuma.domain.effects import Effect
from satsuma.domain.spaces import (
    AcceptInvitation,
    ChangeMember,
    CreateSpace,
    Invite,
    Membership,
    NameSpace,
    RemoveMember,
    SpaceRole,
    WithdrawInvitation,
)
from satsuma.store.port import Conflict, Store
from satsuma.store.retention import EXPIRED_INVITATION
from tests.store.facts import (
    DAY,
    MINUTE,
    NOW,
    account,
    application,
    digest,
    foundation,
    invitation,
    space,
)

LATER = NOW + MINUTE


def person(n: int) -> CreateAccount:
    return CreateAccount(account(n, confirmed_at=NOW))


def joined(n: int, role: SpaceRole, space: int = 1) -> tuple[Effect, ...]:
    """A person, invited to a space and in it."""
    made = invitation(f"of_{n}_{space}", space, email=f"person{n}@example.org", role=role)
    return (
        person(n),
        Invite(made),
        AcceptInvitation(made.digest, f"acc_{n}", LATER),
    )


async def why_not(store: Store, *effects: Effect) -> str:
    """The conflict that a commit meets; empty where it stands."""
    try:
        await store.commit(*effects)
    except Conflict as conflict:
        return conflict.slug
    return ""


async def members(store: Store, space_id: str = "spc_1") -> dict[str, str]:
    found = await store.read(lambda r: r.list_members(space_id))
    return {member.account_id: member.role for member, _ in found}


async def test_who_accepts_is_in_with_the_role_of_the_invitation(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "developer"))
    assert await members(store) == {"acc_1": "owner", "acc_2": "developer"}
    member = Membership("spc_1", "acc_2", "developer", LATER)
    assert await store.read(lambda r: r.find_membership("spc_1", "acc_2")) == member
    assert await store.read(lambda r: r.list_memberships("acc_2")) == [(member, space())]
    assert await store.read(lambda r: r.find_space_of("acc_2")) is None
    assert await store.read(lambda r: list(r.list_invitations("spc_1"))) == []


@pytest.mark.parametrize(
    ("changes", "who", "slug"),
    [
        ({}, account(2), "invitation-gone"),
        ({"email": "person3@example.org"}, account(2, confirmed_at=NOW), "invitation-gone"),
        ({"expires_at": LATER}, account(2, confirmed_at=NOW), "invitation-gone"),
        ({"ended_at": NOW}, account(2, confirmed_at=NOW), "invitation-gone"),
        ({}, account(2, confirmed_at=NOW, blocked=True), "account-blocked"),
        ({}, account(3, confirmed_at=NOW), "account-unknown"),
        ({"digest": digest("other")}, account(2, confirmed_at=NOW), "invitation-gone"),
    ],
    ids=["unconfirmed", "forwarded", "expired", "ended", "blocked", "nobody", "unknown"],
)
async def test_nobody_but_the_invited_comes_in(
    store: Store, changes: dict[str, object], who: Account, slug: str
) -> None:
    await store.commit(*foundation(), CreateAccount(who), Invite(invitation(1, 1, **changes)))
    assert await why_not(store, AcceptInvitation(digest(), "acc_2", LATER)) == slug
    assert await members(store) == {"acc_1": "owner"}


async def test_an_invitation_is_good_once_and_not_beside_a_newer_one(store: Store) -> None:
    await store.commit(*foundation(), person(2), Invite(invitation()), Invite(invitation(2)))
    accept = AcceptInvitation(digest(2), "acc_2", LATER)
    assert await why_not(store, AcceptInvitation(digest(1), "acc_2", LATER)) == "invitation-gone"
    assert await why_not(store, accept) == ""
    assert await why_not(store, accept) == "invitation-gone"


async def test_an_invitation_ends_when_it_is_withdrawn(store: Store) -> None:
    await store.commit(*foundation(), *foundation(2), Invite(invitation()))
    other = WithdrawInvitation("inv_1", "spc_2", LATER, "acc_2")
    assert await why_not(store, other) == "invitation-gone"
    withdraw = WithdrawInvitation("inv_1", "spc_1", LATER, "acc_1")
    assert await why_not(store, WithdrawInvitation("inv_1", "spc_1", LATER, "acc_2")) == "not-owner"
    assert await why_not(store, withdraw) == ""
    assert await why_not(store, withdraw) == "invitation-gone"
    found = await store.read(lambda r: r.find_invitation(digest()))
    assert found is not None and found.ended_at == LATER


async def test_an_invitation_of_who_owns_the_space_no_more_is_void(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "owner"), person(3))
    await store.commit(Invite(invitation(3, email="person3@example.org", invited_by="acc_2")))
    await store.commit(ChangeMember("spc_1", "acc_2", "developer", "owner", "acc_1"))
    assert await why_not(store, AcceptInvitation(digest(3), "acc_3", LATER)) == "invitation-gone"


async def test_a_block_ends_the_invitations_that_an_account_sent(store: Store) -> None:
    await store.commit(*foundation(), person(2), Invite(invitation()))
    await store.commit(SetBlocked("acc_1", True), SetBlocked("acc_1", False))
    assert await why_not(store, AcceptInvitation(digest(), "acc_2", LATER)) == "invitation-gone"


async def test_a_space_is_bounded(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "viewer"), person(3))
    await store.commit(Invite(invitation(3, email="person3@example.org"), most=1))
    fourth = invitation(4, email="person4@example.org")
    assert await why_not(store, Invite(fourth, most=1)) == "invitations-full"
    again = invitation(5, email="person3@example.org")
    assert await why_not(store, Invite(again, most=1)) == "", "the same person is not counted twice"
    crowded = AcceptInvitation(digest(5), "acc_3", LATER, most=2)
    assert await why_not(store, crowded) == "space-crowded"
    assert await why_not(store, AcceptInvitation(digest(5), "acc_3", LATER, most=3)) == ""


async def test_who_is_in_already_is_not_let_in_again(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "viewer"), Invite(invitation(3, role="owner")))
    assert await why_not(store, AcceptInvitation(digest(3), "acc_2", LATER)) == "member-exists"
    assert await members(store) == {"acc_1": "owner", "acc_2": "viewer"}


async def test_the_last_owner_stays(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "developer"))
    for effect in (
        RemoveMember("spc_1", "acc_1", "owner", None),
        RemoveMember("spc_1", "acc_1", "owner", "acc_1"),
        ChangeMember("spc_1", "acc_1", "viewer", "owner", "acc_1"),
    ):
        assert await why_not(store, effect) == "last-owner"
    await store.commit(ChangeMember("spc_1", "acc_2", "owner", "developer", "acc_1"))
    await store.commit(RemoveMember("spc_1", "acc_1", "owner", None))
    assert await members(store) == {"acc_2": "owner"}
    assert await store.read(lambda r: r.find_space("spc_1")) == space(owner_id=None)
    assert await store.read(lambda r: r.find_owner("spc_1")) == account(2, confirmed_at=NOW)
    assert await why_not(store, CreateSpace(space(5, owner_id="acc_1"))) == "", "another of its own"


async def test_a_change_of_a_member_who_was_changed_meanwhile_is_refused(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "developer"))
    moved = ChangeMember("spc_1", "acc_2", "owner", "viewer", "acc_1")
    assert await why_not(store, moved) == "member-moved"
    assert await why_not(store, RemoveMember("spc_1", "acc_3", "viewer", "acc_1")) == "member-moved"
    assert await why_not(store, RemoveMember("spc_7", "acc_2", "viewer", None)) == "space-unknown"


async def test_only_an_owner_changes_who_is_in(store: Store) -> None:
    await store.commit(*foundation(), *foundation(4), *joined(2, "developer"))
    for by in ("acc_2", "acc_4", "acc_7"):
        for effect in (
            ChangeMember("spc_1", "acc_2", "owner", "developer", by),
            RemoveMember("spc_1", "acc_1", "owner", by),
            Invite(invitation(9, invited_by=by)),
            NameSpace("spc_1", "Mine", "", by),
        ):
            assert await why_not(store, effect) == "not-owner"


async def test_a_space_has_a_name(store: Store) -> None:
    await store.commit(*foundation())
    assert await why_not(store, NameSpace("spc_1", "Shop", "", "acc_1")) == ""
    assert await why_not(store, NameSpace("spc_1", "Other", "", "acc_1")) == "name-moved"
    assert await why_not(store, NameSpace("spc_7", "Other", "", "acc_1")) == "space-unknown"
    assert await store.read(lambda r: r.find_space("spc_1")) == space(name="Shop")


def gone(n: int) -> DeleteAccount:
    return DeleteAccount(f"acc_{n}", LATER, LATER + DAY)


async def test_an_account_takes_its_memberships_and_invitations_along(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "owner"), CreateSpace(space(2)))
    await store.commit(Invite(invitation(9, email="person9@example.org", invited_by="acc_2")))
    await store.commit(gone(2))
    assert await members(store) == {"acc_1": "owner"}
    assert await store.read(lambda r: r.find_invitation(digest(9))) is None
    assert await store.read(lambda r: r.find_space("spc_2")) is None


async def test_a_space_of_others_goes_on_without_the_account_whose_it_was(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "owner"))
    await store.commit(gone(1))
    assert await members(store) == {"acc_2": "owner"}
    assert await store.read(lambda r: r.find_space("spc_1")) == space(owner_id=None)
    found = await store.read(lambda r: r.find_application("app_1"))
    assert found == application()
    assert await why_not(store, gone(2)) == "space-in-use", "nobody else is there any more"
    await store.commit(SetApplicationState("app_1", "revoked", "active"))
    await store.commit(gone(2))
    assert await store.read(lambda r: r.find_space("spc_1")) is None
    assert await store.read(lambda r: r.find_application("app_1")) is None
    assert await why_not(store, CreateApplication(application(3))) == "space-unknown"


async def test_the_last_owner_of_others_is_not_deleted(store: Store) -> None:
    await store.commit(*foundation(), *joined(2, "developer"))
    assert await why_not(store, gone(1)) == "last-owner"
    assert await members(store) == {"acc_1": "owner", "acc_2": "developer"}
    await store.commit(RemoveMember("spc_1", "acc_2", "developer", "acc_1"))
    assert await why_not(store, gone(1)) == "space-in-use"


async def test_an_expired_invitation_is_shown_for_a_month_and_then_forgotten(store: Store) -> None:
    made = invitation()
    await store.commit(*foundation(), Invite(made))
    await store.prune(made.expires_at + EXPIRED_INVITATION, 9)
    assert await store.read(lambda r: list(r.list_invitations("spc_1"))) == [made]
    await store.prune(made.expires_at + EXPIRED_INVITATION + MINUTE, 9)
    assert await store.read(lambda r: r.find_invitation(digest())) is None
