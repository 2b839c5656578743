"""Plans and decisions: what is refused in words, what the audit says, what an import leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from satsuma.domain.limits import DAY, MONTH, Limits
from satsuma.management import plans, subscriptions
from satsuma.management.accounts import create_account
from satsuma.management.apis import NewApi, create_api, find_api, renew_api, set_life_cycle
from satsuma.management.applications import (
    create_application,
    find_client,
    revoke_application,
)
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from tests.management.between import new_context

OWNER = "ann@example.org"


@pytest.fixture
async def context() -> ManagementContext:
    context = await new_context()
    await create_account(context, OWNER)
    await create_api(context, NewApi("poi", 1, "Places", "https://up.example"))
    await create_application(context, "Shops", OWNER)
    return context


async def shops(context: ManagementContext) -> str:
    found = await context.store.read(lambda r: r.list_applications(None, "", 9))
    return found[0].application_id


async def last_audit(context: ManagementContext) -> tuple[str, dict[str, Any]]:
    row = (await context.store.read(lambda reader: reader.audit_since(0, 999)))[-1]
    return row.action, json.loads(row.detail)


async def test_a_plan_is_created_and_changed_with_both_values_in_the_audit(
    context: ManagementContext,
) -> None:
    made = await plans.create_plan(context, "gold", "Gold", Limits(9, ((5, DAY),), 7))
    action, detail = await last_audit(context)
    assert (action, detail["per_day"], detail["concurrency"]) == ("plan.create", 5, 7)
    edits = {"per_day": Edit(0), "per_month": Edit(50), "needs_approval": Edit(True)}
    changed, what = await plans.change_plan(context, "gold", edits, dry_run=True)
    assert await plans.find_plan(context, made.plan_id) == made
    assert [line for line in what.ends if "50 calls" in line]
    assert (await plans.change_plan(context, "gold", edits))[0] == changed
    assert changed.limits == Limits(9, ((50, MONTH),), 7)
    assert (await last_audit(context))[1]["changed"] == {
        "per_day": {"was": 5, "is": None},
        "per_month": {"was": None, "is": 50},
        "needs_approval": {"was": False, "is": True},
    }


@pytest.mark.parametrize(
    ("name", "title", "limits", "slug"),
    [
        ("Gold", "Gold", Limits(), "plan-name"),
        ("g", "Gold", Limits(), "plan-name"),
        ("gold\n", "Gold", Limits(), "plan-name"),
        ("none", "None", Limits(), "plan-name"),
        ("gold", "", Limits(), "title-malformed"),
        ("gold", "\x1b[2J", Limits(), "title-malformed"),
        ("gold", "Gold", Limits(0), "out-of-bounds"),
        ("gold", "Gold", Limits(1, ((100_001, 60),)), "out-of-bounds"),
        ("gold", "Gold", Limits(1, ((10**9 + 1, MONTH),)), "out-of-bounds"),
        ("gold", "Gold", Limits(1, concurrency=0), "out-of-bounds"),
        ("known", "Known", Limits(), "plan-exists"),
    ],
)
async def test_what_is_no_plan_is_refused(
    context: ManagementContext, name: str, title: str, limits: Limits, slug: str
) -> None:
    await plans.create_plan(context, "known", "Known", Limits())
    with pytest.raises(NotPossible) as refused:
        await plans.create_plan(context, name, title, limits)
    assert refused.value.slug == slug
    assert len(await plans.list_plans(context)) == 1


async def test_a_subscription_by_a_plan_that_needs_approval_waits_unless_told(
    context: ManagementContext,
) -> None:
    await plans.create_plan(context, "gold", "Gold", Limits(), needs_approval=True)
    made = await plans.create_plan(context, "open", "Open", Limits())
    named = await shops(context)
    for plan, approved, state in (
        ("gold", None, "pending"),
        ("gold", True, "approved"),
        ("open", False, "pending"),
        ("open", None, "approved"),
        (None, None, "approved"),
    ):
        put = await subscriptions.put_subscription(context, named, "poi", plan, approved=approved)
        assert put.subscription.state == state, (plan, approved)
    assert put.plan == made, "who names no plan keeps the present one"
    put = await subscriptions.put_subscription(context, named, "poi", "none")
    assert (put.plan, put.subscription.plan_id) == (None, None)


async def test_who_was_refused_waits_again_and_is_not_let_in_by_a_command_without_a_plan(
    context: ManagementContext,
) -> None:
    await plans.create_plan(context, "gold", "Gold", Limits(), needs_approval=True)
    named = await shops(context)
    put = subscriptions.put_subscription
    assert (await put(context, named, "poi", "gold")).subscription.state == "pending"
    assert (await put(context, named, "poi")).subscription.state == "pending"
    await subscriptions.decide(context, named, "poi", approve=False, reason="No budget")
    assert (await put(context, named, "poi")).subscription.state == "pending"
    await subscriptions.decide(context, named, "poi", approve=True)
    for plan in (None, "gold"):
        again = await put(context, named, "poi", plan)
        assert (again.subscription.state, again.is_cut) == ("approved", False)
    await subscriptions.set_subscription(context, named, "poi", "revoked")
    assert (await put(context, named, "poi")).subscription.state == "pending"
    await put(context, named, "poi", approved=True)
    await plans.create_plan(context, "silver", "Silver", Limits(), needs_approval=True)
    cut = await put(context, named, "poi", "silver")
    assert (cut.subscription.state, cut.is_cut) == ("pending", True)


async def test_nothing_is_opened_for_an_application_that_is_revoked(
    context: ManagementContext,
) -> None:
    named = await shops(context)
    await subscriptions.put_subscription(context, named, "poi", approved=False)
    await revoke_application(context, named)
    assert await subscriptions.list_waiting(context) == []
    for attempt in (
        subscriptions.decide(context, named, "poi", approve=True),
        subscriptions.put_subscription(context, named, "poi"),
        subscriptions.set_subscription(context, named, "poi", "approved"),
    ):
        with pytest.raises(NotPossible, match="revoked for good"):
            await attempt


async def test_a_retired_api_is_found_by_its_name_alone(context: ManagementContext) -> None:
    named = await shops(context)
    await subscriptions.put_subscription(context, named, "poi", approved=False)
    await set_life_cycle(context, "poi", "retired")
    with pytest.raises(NotPossible, match="retired"):
        await subscriptions.decide(context, named, "poi", approve=True)
    decided = await subscriptions.decide(context, named, "poi", approve=False, reason="Gone")
    assert decided.state == "refused"
    assert (await set_life_cycle(context, "poi", "live")).api_id == decided.api_id


async def test_a_decision_needs_somebody_who_waits_and_a_refusal_a_reason(
    context: ManagementContext,
) -> None:
    named = await shops(context)
    with pytest.raises(NotPossible, match="no subscription"):
        await subscriptions.decide(context, named, "poi", approve=True)
    await subscriptions.put_subscription(context, named, "poi", approved=False)
    (waiting,) = await subscriptions.list_waiting(context)
    assert (waiting.application.name, waiting.api.name, waiting.plan) == ("Shops", "poi", None)
    for reason, slug in (
        ("", "reason-missing"),
        (" ", "reason-missing"),
        ("x" * 501, "reason-malformed"),
        ("a\nb", "reason-malformed"),
    ):
        with pytest.raises(NotPossible) as refused:
            await subscriptions.decide(context, named, "poi", approve=False, reason=reason)
        assert refused.value.slug == slug
    await subscriptions.decide(context, named, "poi", approve=False, reason=" Not yet ")
    (kept,) = (await find_client(context, named)).subscriptions
    assert (kept.state, kept.reason) == ("refused", "Not yet")
    assert (await last_audit(context))[1] == {
        "api": kept.api_id,
        "was": "pending",
        "state": "refused",
        "plan": None,
        "reason": "Not yet",
    }
    assert await subscriptions.list_waiting(context) == []


async def test_who_waits_for_a_deprecated_api_is_let_in_and_for_a_retired_one_not(
    context: ManagementContext,
) -> None:
    named = await shops(context)
    await subscriptions.put_subscription(context, named, "poi", approved=False)
    await set_life_cycle(context, "poi:1", "retired")
    with pytest.raises(NotPossible, match="retired"):
        await subscriptions.decide(context, named, "poi:1", approve=True)
    await set_life_cycle(context, "poi:1", "deprecated")
    decided = await subscriptions.decide(context, named, "poi:1", approve=True)
    assert decided.state == "approved"


async def test_an_api_trusts_the_standard_issuer_alone_and_an_import_leaves_what_it_trusts(
    context: ManagementContext,
) -> None:
    assert (await find_api(context, "poi")).issuers == ("standard",)
    every = ("orange-m2m", "standard")
    await create_api(context, NewApi("old", 1, "Old", "https://up.example", issuers=every))
    renewed = await renew_api(context, NewApi("old", 1, "New", "https://up.example"))
    assert (renewed.title, renewed.issuers) == ("New", every)
    told = NewApi("old", 1, "New", "https://up.example", issuers=("standard",))
    assert (await renew_api(context, told)).issuers == ("standard",)
