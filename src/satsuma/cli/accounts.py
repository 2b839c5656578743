"""`satsuma accounts`: people."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, show_listing, show_record

if TYPE_CHECKING:
    from satsuma.domain.accounts import Account, Role

_F = TypeVar("_F", bound=Callable[..., Any])
_COLUMNS = ("account_id", "email", "role", "state", "created_at")


def _role(default: Role) -> Callable[[_F], _F]:
    kinds = click.Choice(["user", "developer", "operator"])
    return click.option("--role", type=kinds, default=default, show_default=True)


@click.group()
def accounts() -> None:
    """Create, invite, list and block accounts."""


@accounts.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@_role("developer")
@json_option
@database_options
def create(
    command: CommandContext, email: str, password_stdin: bool, role: Role, as_json: bool
) -> None:
    """Create a confirmed account with its client space."""
    from satsuma.management.accounts import create_account

    password_hash = _read_password() if password_stdin else None
    account = command.run(
        lambda context: create_account(context, email, role, password_hash), may_create=True
    )
    show_record(_record(account), as_json)


@accounts.command()
@click.argument("email")
@_role("user")
@click.option(
    "--language", type=click.Choice(["en", "fr"]), default="en", help="Of the letter and the pages."
)
@click.option(
    "--print-link",
    is_flag=True,
    help="Print the link instead of mailing it. Whoever has it can take the account.",
)
@json_option
@database_options
def invite(
    command: CommandContext, email: str, role: Role, language: str, print_link: bool, as_json: bool
) -> None:
    """Invite a person by mail, whatever the sign-up policy; the link works once, for three days."""
    from satsuma.app.invitations import invite_person

    settings = command.settings()
    link = command.run(
        lambda context: invite_person(context, settings, email, role, language, print_link)
    )
    if link is not None:
        click.echo(
            "satsuma: this link is a secret: whoever opens it first chooses the password", err=True
        )
    show_record({"invited": email, "role": role, "link": link}, as_json)


@accounts.command("list")
@json_option
@database_options
def list_(command: CommandContext, as_json: bool) -> None:
    """List all accounts."""
    from satsuma.management.accounts import list_accounts

    found = command.run(list_accounts)
    show_listing([_record(account) for account in found], _COLUMNS, as_json, "No account is there.")


@accounts.command()
@click.argument("email")
@json_option
@database_options
def show(command: CommandContext, email: str, as_json: bool) -> None:
    """Show an account, where it is logged in, and which applications have access."""
    from satsuma.management.accounts import look_at_account

    seen = command.run(lambda context: look_at_account(context, email))
    sessions = [
        {"started_at": each.created_at, "seen_at": each.seen_at, "from": each.source}
        for each in seen.sessions
    ]
    connected = [
        {"application": application.name, "scope": grant.scope, "used_at": grant.used_at}
        for grant, application in seen.grants
    ]
    listed = {"sessions": sessions, "connected_applications": connected}
    show_record(_record(seen.account) | listed, as_json)


@accounts.command()
@click.argument("email")
@click.option("--email", "wanted", metavar="EMAIL", required=True, help="The new address.")
@json_option
@database_options
def change(command: CommandContext, email: str, wanted: str, as_json: bool) -> None:
    """Give an account another address, at once and without a letter; sessions and applications stay.

    No earlier address takes the account back afterwards. The same address twice settles it where it is.
    """
    from satsuma.management.accounts import change_email

    changed = command.run(lambda context: change_email(context, email, wanted))
    show_record(_record(changed), as_json)


@accounts.command()
@click.argument("email")
@json_option
@database_options
def block(command: CommandContext, email: str, as_json: bool) -> None:
    """Block a user until `unblock`: no login, no refresh, no call with a token of theirs."""
    from satsuma.management.accounts import block_account

    show_record(_record(command.run(lambda context: block_account(context, email))), as_json)


@accounts.command()
@click.argument("email")
@json_option
@database_options
def unblock(command: CommandContext, email: str, as_json: bool) -> None:
    """Lift the block: applications go on, the user logs in again."""
    from satsuma.management.accounts import unblock_account

    show_record(_record(command.run(lambda context: unblock_account(context, email))), as_json)


def _record(account: Account) -> dict[str, Any]:
    state = "unconfirmed" if account.confirmed_at is None else "active"
    return {
        "account_id": account.account_id,
        "email": account.email,
        "role": account.role,
        "state": "blocked" if account.blocked else state,
        "has_password": account.password_hash is not None,
        "created_at": account.created_at,
    }


def _read_password() -> str:
    from satsuma.accounts.passwords import BadPassword, hash_password
    from satsuma_client.protocol.secret import Secret

    try:
        line = sys.stdin.readline().rstrip("\r\n")
        return hash_password(Secret(line))
    except BadPassword as refused:
        raise Failure(str(refused)) from None
    except UnicodeError:
        raise Failure("The password on standard input is not UTF-8") from None
