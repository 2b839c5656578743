"""A commit that did not happen is told as what it was; one check says which API takes subscriptions, at every door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from satsuma.domain.accounts import DeleteAccount
from satsuma.management import accounts, applications, subscriptions
from satsuma.management.apis import NewApi, create_api, set_life_cycle
from satsuma.management.context import ManagementContext, NotPossible, as_not_possible
from satsuma.store.port import Conflict
from tests.management.between import new_context, overtaken

OWNER = "ann@example.org"


@pytest.fixture
async def context() -> ManagementContext:
    context = await new_context()
    await accounts.create_account(context, OWNER)
    await create_api(context, NewApi("poi", 1, "Places", "https://up.example"))
    return context


async def test_an_owner_who_went_meanwhile_is_not_a_name_that_is_taken(
    context: ManagementContext,
) -> None:
    account = await accounts.find_by_email(context, OWNER)

    async def other() -> None:
        await context.store.commit(
            DeleteAccount(account.account_id, context.clock(), context.clock())
        )

    with pytest.raises(NotPossible) as refused:
        await applications.create_application(overtaken(context, other), "Shops", OWNER)
    assert refused.value.slug == "space-unknown"
    assert "named" not in str(refused.value)


@pytest.mark.parametrize("slug", ["application-exists", "space-unknown", "state-moved"])
def test_a_conflict_is_told_by_its_own_slug(slug: str) -> None:
    told = as_not_possible(Conflict(slug), {"application-exists": "It is there already"})
    assert told.slug == slug
    assert (str(told) == "It is there already") is (slug == "application-exists")


Door = Callable[[ManagementContext, str, str], Awaitable[object]]


async def created_with(context: ManagementContext, application: str, api: str) -> None:
    await applications.create_application(context, "Another", OWNER, [api])


async def approved_again(context: ManagementContext, application: str, api: str) -> None:
    await subscriptions.set_subscription(context, application, api, "approved")


DOORS: dict[str, Door] = {
    "apps create --api": created_with,
    "apps subscribe": subscriptions.put_subscription,
    "apps subscribe, once more": approved_again,
}


@pytest.mark.parametrize("door", DOORS)
async def test_a_retired_api_takes_no_subscription_at_any_door(
    context: ManagementContext, door: str
) -> None:
    made = await applications.create_application(context, "Shops", OWNER)
    named = made.application.application_id
    if door.endswith("once more"):
        await subscriptions.put_subscription(context, named, "poi:1")
        await subscriptions.set_subscription(context, named, "poi:1", "revoked")
    await set_life_cycle(context, "poi:1", "retired")
    with pytest.raises(NotPossible) as refused:
        await DOORS[door](context, named, "poi:1")
    assert refused.value.slug == "api-not-live"


async def test_an_api_that_is_named_twice_is_subscribed_once(context: ManagementContext) -> None:
    made = await applications.create_application(context, "Shops", OWNER, apis=["poi", "poi:1"])
    client = await applications.find_client(context, made.application.application_id)
    assert len(client.subscriptions) == 1


async def test_an_address_that_an_account_has_already_stays_and_settles_what_could_be_taken_back() -> (
    None
):
    """It is told in the audit: nobody takes an earlier address back any more."""
    context = await new_context()
    account = await accounts.create_account(context, OWNER)
    assert await accounts.change_email(context, OWNER, OWNER.upper()) == account
    (last,) = (await context.store.read(lambda r: r.audit_since(0, 99)))[-1:]
    assert last.action == "account.change-email"
