"""`satsuma subscriptions`: those that wait for a decision."""

from __future__ import annotations

from typing import Any

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.output import json_option, show_listing, show_record

_COLUMNS = ("application", "application_id", "api", "plan", "created_at")


@click.group()
def subscriptions() -> None:
    """Decide on subscriptions that wait; `apps subscribe` and `apps unsubscribe` need no decision."""


@subscriptions.command("list")
@json_option
@database_options
def list_(command: CommandContext, as_json: bool) -> None:
    """List the subscriptions that wait, the oldest first."""
    from satsuma.management.subscriptions import list_waiting

    rows = [
        {
            "application": each.application.name,
            "application_id": each.application.application_id,
            "api": f"{each.api.name}:{each.api.version}",
            "plan": None if each.plan is None else each.plan.name,
            "created_at": each.subscription.created_at,
        }
        for each in command.run(list_waiting)
    ]
    show_listing(rows, _COLUMNS, as_json, "No subscription waits")


@subscriptions.command()
@click.argument("application")
@click.argument("api", metavar="NAME[:VERSION]")
@click.option("--reason", default="", help="What the owner is told.")
@json_option
@database_options
def approve(
    command: CommandContext, application: str, api: str, reason: str, as_json: bool
) -> None:
    """Approve a subscription that waits: its calls pass within a second."""
    _decide(command, application, api, as_json, approve=True, reason=reason)


@subscriptions.command()
@click.argument("application")
@click.argument("api", metavar="NAME[:VERSION]")
@click.option("--reason", required=True, help="Why; the owner is told.")
@json_option
@database_options
def refuse(command: CommandContext, application: str, api: str, reason: str, as_json: bool) -> None:
    """Refuse a subscription that waits."""
    _decide(command, application, api, as_json, approve=False, reason=reason)


def _decide(
    command: CommandContext, application: str, api: str, as_json: bool, **decision: Any
) -> None:
    from satsuma.management.subscriptions import decide

    decided = command.run(lambda context: decide(context, application, api, **decision))
    said = {"state": decided.state, "reason": decided.reason or None}
    show_record({"application": application, "api": api, **said}, as_json)
