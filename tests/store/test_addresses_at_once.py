"""An address is left by one account and wanted by another at the same moment, from two processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from satsuma.domain.accounts import AddLink, ChangeEmail, CreateAccount
from satsuma.domain.effects import Effect
from satsuma.management.accounts import change_email
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.store.port import Conflict, Store
from tests.store.at_once import DONE, Operation, act_at_once
from tests.store.facts import NOW, account, link

ROUNDS = 40


def numbered(email: str) -> str:
    return email.partition("@")[0].removeprefix("person")


async def leave(context: ManagementContext, own: str) -> None:
    """Change the address of its account as the account page does: with a link that takes it back."""
    n = numbered(own)
    ends = datetime.now(UTC) + timedelta(days=7)
    undo = AddLink(link(n, n, purpose="undo", expires_at=ends))
    await context.store.commit(undo, ChangeEmail(f"acc_{n}", f"thief{n}@example.org", own))


async def straight(context: ManagementContext, effect: Effect) -> None:
    """Commit without a look before: the condition alone decides."""
    try:
        await context.store.commit(effect)
    except Conflict as conflict:
        raise NotPossible(conflict.slug, "") from None


async def create(context: ManagementContext, own: str) -> None:
    """Make an account there."""
    await straight(context, CreateAccount(account(f"new{numbered(own)}", email=own)))


async def move_there(context: ManagementContext, own: str) -> None:
    """Give it to another account."""
    other = f"other{numbered(own)}"
    await straight(context, ChangeEmail(f"acc_{other}", own, f"{other}@example.org"))


@pytest.mark.parametrize("wanting", [create, move_there])
async def test_an_address_that_is_left_is_never_another_accounts(
    database: str, opened: Any, wanting: Operation
) -> None:
    store: Store = opened(database)
    for n in range(ROUNDS):
        other = account(f"other{n}", email=f"other{n}@example.org", confirmed_at=NOW)
        await store.commit(CreateAccount(account(n, confirmed_at=NOW)), CreateAccount(other))
    names = [account(n).email for n in range(ROUNDS)]
    left, wanted = act_at_once(database, names, leave, wanting)
    assert left == [DONE] * ROUNDS
    assert set(wanted) <= {"account-exists", "address-held"}
    assert (
        await store.read(lambda r: [r.find_account_by_email(own) for own in names])
        == [None] * ROUNDS
    )


async def test_of_two_changes_of_one_address_at_once_one_is_told(
    database: str, opened: Any
) -> None:
    store: Store = opened(database)
    await store.commit(*(CreateAccount(account(n, confirmed_at=NOW)) for n in range(ROUNDS)))
    names = [account(n).email for n in range(ROUNDS)]
    for told in zip(*act_at_once(database, names, to_one, to_other), strict=True):
        assert sorted(told) in (["account-unknown", DONE], [DONE, "email-moved"])


async def to_one(context: ManagementContext, own: str) -> None:
    """Give the account one address."""
    await change_email(context, own, f"one-{own}")


async def to_other(context: ManagementContext, own: str) -> None:
    """Give it another."""
    await change_email(context, own, f"two-{own}")
