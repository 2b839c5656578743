"""`satsuma db`: the database itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options, now
from satsuma.cli.failures import FINDINGS, Failure
from satsuma.cli.output import json_option, show_record

if TYPE_CHECKING:
    from satsuma.app.settings import Settings
    from satsuma.store.port import Reader, Store

_STEP = 1000
_PATH = click.Path(dir_okay=False, path_type=Path)


@click.group()
def db() -> None:
    """Upgrade, check, prune, back up and restore the database."""


@db.command()
@click.option("--dry-run", is_flag=True, help="Print the SQL and change nothing.")
@json_option
@database_options
def upgrade(command: CommandContext, dry_run: bool, as_json: bool) -> None:
    """Bring the schema to this release's revision; one upgrade at a time."""
    from satsuma.store import upkeep as keeping
    from satsuma.store.schema.revision import HEAD

    settings = command.settings()
    if not dry_run:
        command.master_key(settings)  # an embedded database never stands without its key
    statements = keeping.upgrade(settings.database, dry_run)
    if dry_run and not as_json:
        click.echo("".join(f"{statement};\n" for statement in statements), nl=False)
        return
    did: dict[str, Any] = {"revision": HEAD, "statements": len(statements), "dry_run": dry_run}
    if dry_run:
        did["sql"] = statements
    show_record(did, as_json)


@db.command()
@json_option
@database_options
def check(command: CommandContext, as_json: bool) -> None:
    """Say whether the database can be read by this release and opens under the master key."""
    from satsuma.management.keys import MODE, open_vault
    from satsuma.store.schema.revision import HEAD

    settings = command.settings()
    master = command.master_key

    async def work(store: Store) -> dict[str, Any]:
        key = master(settings)
        await open_vault(store, key, None, now)

        def read(reader: Reader) -> dict[str, Any]:
            return {"mode": reader.find_meta(MODE), "rows": reader.count_rows()}

        return {"revision": HEAD, "master_key": key.key_id, **await store.read(read)}

    show_record(command.run_on_store(settings, work), as_json)


@db.command()
@json_option
@database_options
def prune(command: CommandContext, as_json: bool) -> None:
    """Delete what matters no more, in bounded steps; a server does it by itself."""

    async def work(store: Store) -> int:
        gone = 0
        while step := await store.prune(now(), _STEP):
            gone += step
        return gone

    show_record({"deleted": command.run_on_store(command.settings(), work)}, as_json)


@db.command()
@click.argument("path", type=_PATH)
@json_option
@database_options
def backup(command: CommandContext, path: Path, as_json: bool) -> None:
    """Write one moment of the database to a new file, while servers serve.

    SQLite gives a database, or with a name that ends in .jsonl a dump; PostgreSQL gives a dump.
    Either engine restores a dump. The master key is not in it: keep that apart.
    """
    from satsuma.store import upkeep as keeping

    settings = command.settings()
    command.check_there(settings)
    keeping.backup(settings.database, path)
    show_record({"file": str(path), "bytes": path.stat().st_size}, as_json)


@db.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@database_options
def restore(command: CommandContext, path: Path, as_json: bool) -> None:
    """Put a backup where no database is yet; needs the master key of the one backed up."""
    from satsuma.app.master_key import key_file
    from satsuma.store import upkeep as keeping

    settings = command.settings()
    keeping.restore(path, settings.database)
    own = key_file(settings)
    missing = own is not None and not own.exists()
    if missing:
        click.echo(f"Put the backed up database's master key at {own} before you serve.", err=True)
    show_record({"restored": str(path), "needs_key": str(own) if missing else None}, as_json)
    if not missing:
        _check_key(command, settings)


def _check_key(command: CommandContext, settings: Settings) -> None:
    """Say, with the status of a finding, that what was restored does not open under the master key that is set."""
    from satsuma.app.settings import BadSettings
    from satsuma.keys.master import WrongMasterKey
    from satsuma.management.keys import open_vault

    async def work(store: Store) -> None:
        await open_vault(store, command.master_key(settings), None, now)

    try:
        command.run_on_store(settings, work)
    except (BadSettings, WrongMasterKey) as problem:
        raise Failure(f"Restored, but nothing can be served yet. {problem}", FINDINGS) from None
