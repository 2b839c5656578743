"""A sandbox: what it may, who keeps it, and that nothing is left of it after its day."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from satsuma.domain.accounts import Account
from satsuma.management import sandboxes
from satsuma.management.accounts import create_account
from satsuma.management.apis import NewApi, create_api
from satsuma.management.applications import find_client
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.sandboxes import LIFE, claim_sandbox, end_sandboxes, open_sandbox
from satsuma.management.subscriptions import ask_subscription, put_subscription
from tests.management.between import new_context, overtaken


@pytest.fixture
async def context() -> ManagementContext:
    context = await new_context()
    await create_api(context, NewApi("shops", 1, "Shops", "https://up.example", sandbox=True))
    await create_api(context, NewApi("bank", 1, "Bank", "https://up.example", access="open"))
    return context


async def ann(context: ManagementContext) -> Account:
    return await create_account(context, "ann@example.org")


def later(context: ManagementContext, after: timedelta) -> ManagementContext:
    return replace(context, clock=lambda: context.clock() + after)


async def test_it_calls_the_apis_that_are_marked_and_no_other(context: ManagementContext) -> None:
    made = await open_sandbox(context)
    named = made.credentials.application.application_id
    client = await find_client(context, named)
    assert [each.state for each in client.subscriptions] == ["approved"]
    for subscribe in (ask_subscription, put_subscription):
        with pytest.raises(NotPossible) as refused:
            await subscribe(context, named, "bank:1")
        assert refused.value.slug == "api-not-sandbox"
    assert len((await find_client(context, named)).subscriptions) == 1


async def test_where_no_api_is_marked_none_is_opened() -> None:
    context = await new_context()
    await create_api(context, NewApi("bank", 1, "Bank", "https://up.example"))
    with pytest.raises(NotPossible) as refused:
        await open_sandbox(context)
    assert refused.value.slug == "sandbox-empty"
    assert await context.store.read(lambda r: r.list_accounts("", 9)) == []


async def test_no_more_live_at_once_than_there_are_addresses(
    context: ManagementContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandboxes, "MOST", 3)
    opened = await asyncio.gather(
        *(open_sandbox(context) for _ in range(5)), return_exceptions=True
    )
    refused = [each for each in opened if isinstance(each, NotPossible)]
    assert [each.slug for each in refused] == ["sandbox-full"] * 2
    assert len(await context.store.read(lambda r: r.list_accounts("", 9))) == 3


async def test_who_claims_it_has_it_with_its_secret_and_nobody_after(
    context: ManagementContext,
) -> None:
    made, owner = await open_sandbox(context), await ann(context)
    other = await create_account(context, "bob@example.org")
    kept = await claim_sandbox(context, made.account, owner)
    before = made.credentials.application
    assert (kept.client_id, kept.generation) == (before.client_id, before.generation)
    found = await find_client(context, kept.client_id)
    space = await context.store.read(lambda r: r.find_space_of(owner.account_id))
    assert space is not None
    assert found.application.space_id == space.space_id
    assert len(found.secrets) == 1
    with pytest.raises(NotPossible) as refused:
        await claim_sandbox(context, made.account, other)
    assert refused.value.slug == "sandbox-gone"


async def test_of_two_who_claim_at_once_one_has_it(context: ManagementContext) -> None:
    made, owner = await open_sandbox(context), await ann(context)
    other = await create_account(context, "bob@example.org")

    async def first() -> None:
        await claim_sandbox(context, made.account, other)

    with pytest.raises(NotPossible) as refused:
        await claim_sandbox(overtaken(context, first), made.account, owner)
    assert refused.value.slug == "application-moved"


async def test_after_its_day_nobody_claims_it_and_all_of_it_goes(
    context: ManagementContext,
) -> None:
    made, owner = await open_sandbox(context), await ann(context)
    assert await end_sandboxes(later(context, LIFE), 10) == 0
    with pytest.raises(NotPossible) as refused:
        await claim_sandbox(later(context, LIFE), made.account, owner)
    assert refused.value.slug == "sandbox-gone"
    assert await end_sandboxes(later(context, LIFE + timedelta(minutes=6)), 10) == 1
    client_id = made.credentials.application.client_id

    accounts = await context.store.read(lambda r: list(r.list_accounts("", 9)))
    assert [each.email for each in accounts] == [owner.email]
    assert await context.store.read(lambda r: r.find_client(client_id)) is None
    assert await context.store.read(lambda r: r.list_applications(None, "", 9)) == []


async def test_what_was_claimed_outlives_its_sandbox(context: ManagementContext) -> None:
    made, owner = await open_sandbox(context), await ann(context)
    kept = await claim_sandbox(context, made.account, owner)
    assert await end_sandboxes(later(context, LIFE + timedelta(hours=1)), 10) == 1
    client = await find_client(context, kept.client_id)
    assert client.application.state == "active"
    await put_subscription(context, kept.application_id, "bank:1")


async def test_a_thousand_tries_leave_no_account_behind(context: ManagementContext) -> None:
    for _ in range(1000):
        await open_sandbox(context)
    with pytest.raises(NotPossible):
        await open_sandbox(context)
    after = later(context, LIFE + timedelta(hours=1))
    while await end_sandboxes(after, 50):
        pass
    assert await context.store.read(lambda r: r.list_accounts("", 9)) == []
    await open_sandbox(context)
