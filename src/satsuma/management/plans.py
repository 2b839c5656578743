"""Operations on plans: create, change, find, list."""

from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.limits import Limits
from satsuma.domain.plans import ChangePlan, CreatePlan, Plan
from satsuma.keys.randomness import public_id
from satsuma.management.context import (
    ManagementContext,
    NotPossible,
    as_not_possible,
    attempt,
    possible,
)
from satsuma.management.edits import Changed, Edits, differences, edited
from satsuma.management.fields import check_changes, check_fields, record_of
from satsuma.management.plan_fields import PLAN
from satsuma.store.port import Conflict

Outcome = tuple[Plan, Changed]


async def create_plan(
    context: ManagementContext, name: str, title: str, limits: Limits, needs_approval: bool = False
) -> Plan:
    """Create a plan that subscriptions may have; raises NotPossible."""
    plan_id = public_id("pln", context.draw)
    plan = Plan(plan_id, name, title, limits, needs_approval, context.clock())
    with possible():
        check_fields(PLAN, **{field.name: field.of(plan) for field in PLAN})
    said = {k: v for k, v in record_of(PLAN, plan).items() if k not in ("plan_id", "created_at")}
    row = context.audit("plan.create", f"plan:{plan_id}", **said)
    try:
        await context.store.commit(CreatePlan(plan), row)
    except Conflict as conflict:
        says = {"plan-exists": f"There is a plan named {name} already"}
        raise as_not_possible(conflict, says) from None
    return plan


async def change_plan(
    context: ManagementContext, named: str, edits: Edits, dry_run: bool = False
) -> Outcome:
    """Change what the edits name of a plan, for every subscription that has it; raises NotPossible.

    Of two changes at once neither is lost. Gives what the plan then is and what differs; with `dry_run` what would be,
    and nothing is done.
    """
    return await attempt(lambda: _change(context, named, edits, dry_run))


async def _change(context: ManagementContext, named: str, edits: Edits, dry_run: bool) -> Outcome:
    found = await find_plan(context, named)
    with possible():
        plan = edited(PLAN, found, edits)
        check_changes(PLAN, found, plan)
    changed = differences(PLAN, found, plan)
    if changed.fields and not dry_run:
        row = context.audit("plan.change", f"plan:{plan.plan_id}", changed=changed.fields)
        await context.store.commit(ChangePlan(plan, found), row)
    return plan, changed


async def list_plans(context: ManagementContext) -> Sequence[Plan]:
    """List all plans by name."""
    return await context.store.read(lambda reader: reader.list_plans())


async def find_plan(context: ManagementContext, named: str) -> Plan:
    """Find a plan by its name or its id; raises NotPossible."""
    for plan in await list_plans(context):
        if named in (plan.name, plan.plan_id):
            return plan
    raise NotPossible("plan-unknown", f"No plan {named!r}: satsuma plans list shows them")
