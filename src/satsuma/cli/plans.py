"""`satsuma plans`: the limits that subscriptions have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.output import json_option, show_change, show_listing, show_record
from satsuma.cli.parameters import change_options, edits_of, field_options
from satsuma.management.fields import record_of
from satsuma.management.limit_fields import RATE_NAMES, limits_given
from satsuma.management.plan_fields import PLAN

if TYPE_CHECKING:
    from satsuma.domain.plans import Plan

_COLUMNS = ("name", "title", *RATE_NAMES, "concurrency", "needs_approval")


@click.group()
def plans() -> None:
    """Manage plans: limits that a subscription has in place of its API's own."""


@plans.command()
@click.argument("name")
@field_options(
    PLAN,
    "title",
    *RATE_NAMES,
    "concurrency",
    "needs_approval",
    says={"title": "What people call it; default is the name."},
)
@json_option
@database_options
def create(
    command: CommandContext,
    name: str,
    title: str | None,
    needs_approval: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Create a plan; `apps subscribe --plan` gives it to a subscription."""
    from satsuma.management.plans import create_plan

    limits = limits_given(asked)
    made = command.run(
        lambda context: create_plan(context, name, title or name, limits, needs_approval),
        may_create=True,
    )
    show_record(_record(made), as_json)


@plans.command()
@click.argument("plan")
@change_options(PLAN)
@json_option
@database_options
def change(command: CommandContext, plan: str, dry_run: bool, as_json: bool, **asked: Any) -> None:
    """Change a plan, for every subscription that has it; what is not named stays. Prints what stops working."""
    from satsuma.management.plans import change_plan

    edits = edits_of(PLAN, asked)
    changed, what = command.run(lambda context: change_plan(context, plan, edits, dry_run))
    show_change(_record(changed), what, dry_run, as_json)


@plans.command("list")
@json_option
@database_options
def list_(command: CommandContext, as_json: bool) -> None:
    """List plans by name."""
    from satsuma.management.plans import list_plans

    rows = [_record(plan) for plan in command.run(list_plans)]
    show_listing(rows, _COLUMNS, as_json, "There are no plans: satsuma plans create")


def _record(plan: Plan) -> dict[str, Any]:
    return record_of(PLAN, plan)
