"""`satsuma keys`: what seals and signs tokens, and the master key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, actor, database_options, now
from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, show_listing, show_record

if TYPE_CHECKING:
    from datetime import datetime

    from satsuma.domain.keys import Key
    from satsuma.management.context import ManagementContext
    from satsuma.management.keys import Roll

_COLUMNS = ("kid", "purpose", "alg", "state", "active_at", "retires_at", "gone_at", "uses")
_PATH = click.Path(dir_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """List and rotate keys."""


@keys.command("list")
@json_option
@database_options
def list_(command: CommandContext, as_json: bool) -> None:
    """List every key with its life."""
    from satsuma.management.keys import list_keys

    at = now()
    rows = [_record(key, at) for key in command.run(list_keys)]
    show_listing(rows, _COLUMNS, as_json, "There are no keys yet: satsuma serve makes them")


@keys.command()
@click.option("--alg", help="Only this algorithm: A256GCMSIV, EdDSA, ES256, ES384 or RS256.")
@click.option("--now", "at_once", is_flag=True, help="For a leak: earlier keys' tokens die now.")
@click.option("--master", is_flag=True, help="Put a new master key in place of the present one.")
@click.option(
    "--new-master-key-file",
    type=_PATH,
    help="The new master key; an embedded database that holds its own key makes one itself.",
)
@json_option
@database_options
def rotate(
    command: CommandContext,
    alg: str | None,
    at_once: bool,
    master: bool,
    new_master_key_file: Path | None,
    as_json: bool,
) -> None:
    """Roll keys while serving, and say what dies."""
    if master and (at_once or alg):
        raise click.UsageError("--master stands alone: it rolls no token key")
    if new_master_key_file and not master:
        raise click.UsageError("--new-master-key-file goes with --master")
    if master:
        from satsuma.app.master_key_rotation import rotate_master

        settings = command.settings()
        work = rotate_master(settings, new_master_key_file, actor(), now)
        command.check_there(settings)
        show_record(command.run_on_store(settings, work), as_json)
        return
    rolls = [
        _roll_record(roll) for roll in command.run(lambda context: _rotate(context, alg, at_once))
    ]
    show_listing(rolls, ("alg", "new", "active_at", "old", "dies"), as_json, "No key is in use")


@keys.command("make-master")
@click.argument("file", type=_PATH)
@json_option
def make_master(file: Path, as_json: bool) -> None:
    """Write a new master key to a new file that only you can read."""
    from satsuma.app.master_key import write_key
    from satsuma.keys.master import MasterKey

    key = MasterKey.generate()
    try:
        write_key(file, key)
    except FileExistsError:
        raise Failure(f"{file} exists already; nothing was written") from None
    show_record({"file": str(file), "key_id": key.key_id}, as_json)


async def _rotate(context: ManagementContext, alg: str | None, at_once: bool) -> list[Roll]:
    from satsuma.management.keys import list_keys, rotate

    at = context.clock()
    known = {key.alg for key in await list_keys(context) if key.gone_at is None or key.gone_at > at}
    return [await rotate(context, each, at_once) for each in ([alg] if alg else sorted(known))]


def _roll_record(roll: Roll) -> dict[str, Any]:
    return {
        "alg": roll.new.alg,
        "new": roll.new.kid,
        "active_at": roll.new.active_at,
        "old": [key.kid for key in roll.old],
        "dies": roll.dies,
    }


def _record(key: Key, at: datetime) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "purpose": key.purpose,
        "alg": key.alg,
        "state": _state(key, at),
        "announced_at": key.announced_at,
        "active_at": key.active_at,
        "retires_at": key.retires_at,
        "gone_at": key.gone_at,
        "uses": key.uses,
    }


def _state(key: Key, at: datetime) -> str:
    if key.gone_at is not None and key.gone_at <= at:
        return "gone"
    if key.retires_at is not None and key.retires_at <= at:
        return "retired"
    return "announced" if key.active_at > at else "active"
