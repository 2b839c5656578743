"""`satsuma spaces`: who is in the client spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.output import json_option, show_listing, show_record

if TYPE_CHECKING:
    from satsuma.domain.spaces import SpaceRole
    from satsuma.management.people import SpaceMember

_COLUMNS = ("space_id", "space", "email", "role", "since")


@click.group()
def spaces() -> None:
    """Show and change who is in the client spaces."""


@spaces.command()
@click.argument("email")
@json_option
@database_options
def people(command: CommandContext, email: str, as_json: bool) -> None:
    """List who is in the client spaces that an account is in."""
    from satsuma.management.people import list_people

    found = command.run(lambda context: list_people(context, email))
    rows = [_record(each) for each in found]
    show_listing(rows, _COLUMNS, as_json, "This account is in no client space.")


@spaces.command()
@click.argument("email")
@click.argument("space_id")
@click.option("--role", type=click.Choice(["owner", "developer", "viewer"]), required=True)
@json_option
@database_options
def change(
    command: CommandContext, email: str, space_id: str, role: SpaceRole, as_json: bool
) -> None:
    """Give a member of a client space another role, at once."""
    from satsuma.management.people import change_member

    show_record(
        _record(command.run(lambda context: change_member(context, email, space_id, role))), as_json
    )


@spaces.command()
@click.argument("email")
@click.argument("space_id")
@json_option
@database_options
def remove(command: CommandContext, email: str, space_id: str, as_json: bool) -> None:
    """Take an account out of a client space; its last owner stays."""
    from satsuma.management.people import remove_member

    show_record(
        _record(command.run(lambda context: remove_member(context, email, space_id))), as_json
    )


def _record(each: SpaceMember) -> dict[str, Any]:
    return {
        "space_id": each.membership.space_id,
        "space": each.title,
        "email": each.email,
        "role": each.membership.role,
        "since": each.membership.joined_at,
    }
