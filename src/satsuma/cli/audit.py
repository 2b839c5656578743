"""`satsuma audit`: who did what, and whether the record was touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.failures import FINDINGS
from satsuma.cli.output import json_option, show_listing, show_record
from satsuma_client.cli.whole import Whole

if TYPE_CHECKING:
    from satsuma.audit.verification import Report
    from satsuma.domain.audit import AuditRecord
    from satsuma.management.context import ManagementContext
    from satsuma.store.port import Reader

_COLUMNS = ("seq", "at", "actor", "action", "object", "detail", "sealed")
_LONGEST = 100_000


@click.group()
def audit() -> None:
    """Read and verify the audit."""


@audit.command("list")
@click.option("--after", type=Whole(0), help="Only rows after this number.")
@click.option("--limit", type=Whole(1, _LONGEST), default=50, show_default=True, help="How many.")
@json_option
@database_options
def list_(command: CommandContext, after: int | None, limit: int, as_json: bool) -> None:
    """List the newest rows, or those after a number."""

    def rows(reader: Reader) -> list[AuditRecord]:
        newest = reader.count_rows().get("audit", 0)
        return list(reader.audit_since(max(0, newest - limit) if after is None else after, limit))

    async def read(context: ManagementContext) -> list[AuditRecord]:
        return await context.store.read(rows)

    listed = [_record(row) for row in command.run(read)]
    show_listing(listed, _COLUMNS, as_json, "There are no audit rows")


@audit.command()
@click.option(
    "--checkpoints",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of signed checkpoints; default is where this server writes it, if it is there.",
)
@json_option
@database_options
@click.pass_context
def verify(
    ctx: click.Context, command: CommandContext, checkpoints: Path | None, as_json: bool
) -> None:
    """Say whether audit rows were edited, deleted, reordered, cut off, or an old copy restored.

    Exit code 0: nothing was; 4: something was, and where.
    """
    from satsuma.app.audit import checkpoints_file
    from satsuma.audit.verification import verify_audit

    file = checkpoints or checkpoints_file(command.settings())
    if file is not None and not file.exists():
        file = None

    async def work(context: ManagementContext) -> Report:
        return await verify_audit(context.store, context.vault, file)

    report = command.run(work)
    if as_json:
        click.echo(json.dumps(_report_record(report, file), indent=2))
    else:
        _print(report, file)
    ctx.exit(FINDINGS if report.findings else 0)


@audit.command()
@json_option
@database_options
def seal(command: CommandContext, as_json: bool) -> None:
    """Seal what waits and write a checkpoint; a server does both by itself."""
    from satsuma.app.audit import checkpoints_file
    from satsuma.audit.checkpoints import Checkpointer
    from satsuma.audit.sealer import Sealer

    file = checkpoints_file(command.settings())

    async def work(context: ManagementContext) -> dict[str, Any]:
        sealer, sealed = Sealer(context.store, context.vault), 0
        while step := await sealer.step():
            sealed += step
        wrote = False
        if file is not None:
            wrote = await Checkpointer(context.store, context.vault, file, context.clock).step()
        return {"sealed": sealed, "checkpoint": str(file) if wrote else None}

    show_record(command.run(work), as_json)


def _print(report: Report, file: Path | None) -> None:
    for finding in report.findings:
        click.echo(finding.says)
    click.echo(f"{report.rows} rows, {report.sealed} sealed, {len(report.findings)} findings.")
    if file is None:
        click.echo(
            "No checkpoints were given: a cut tail and a restored old copy cannot be told.",
            err=True,
        )
    else:
        newest = report.newest_checkpoint or "none"
        click.echo(f"{report.checkpoints} checkpoints in {file}, the newest of {newest}.")


def _report_record(report: Report, file: Path | None) -> dict[str, Any]:
    return {
        "intact": not report.findings,
        "rows": report.rows,
        "sealed": report.sealed,
        "checkpoints": report.checkpoints,
        "checkpoints_file": None if file is None else str(file),
        "newest_checkpoint": report.newest_checkpoint,
        "findings": [
            {"kind": each.kind, "seq": each.seq, "says": each.says} for each in report.findings
        ],
    }


def _record(row: AuditRecord) -> dict[str, Any]:
    try:
        detail = json.loads(row.detail)
    except ValueError:
        detail = row.detail
    return {
        "seq": row.seq,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "detail": detail,
        "sealed": row.mac is not None,
    }
