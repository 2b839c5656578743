"""`satsuma accounts`: people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from satsuma.cli.failing import Failure
from satsuma.cli.showing import json_option, show_record
from satsuma.cli.workplace import Place, database_options

if TYPE_CHECKING:
    from satsuma.rules.facts import Role


@click.group()
def accounts() -> None:
    """Create accounts."""


@accounts.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@click.option(
    "--role",
    type=click.Choice(["user", "developer", "operator"]),
    default="developer",
    show_default=True,
)
@json_option
@database_options
def create(place: Place, email: str, password_stdin: bool, role: Role, as_json: bool) -> None:
    """Create a confirmed account with its client space."""
    from satsuma.registry.accounts import create_account

    password_hash = _read_password() if password_stdin else None
    account = place.run(
        lambda desk: create_account(desk, email, role, password_hash), may_create=True
    )
    record = {
        "account_id": account.account_id,
        "email": account.email,
        "role": account.role,
        "has_password": account.password_hash is not None,
        "created_at": account.created_at,
    }
    show_record(record, as_json)


def _read_password() -> str:
    from satsuma.accounts.passwords import BadPassword, hash_password
    from satsuma.protocol.secret import Secret

    try:
        line = sys.stdin.readline().rstrip("\r\n")
        return hash_password(Secret(line))
    except BadPassword as refused:
        raise Failure(str(refused)) from None
    except UnicodeError:
        raise Failure("The password on standard input is not UTF-8") from None
