"""`satsuma server`: the health of an installation."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from satsuma.cli.context import CommandContext, database_options, now
from satsuma.cli.failures import FINDINGS
from satsuma.cli.output import json_option

if TYPE_CHECKING:
    from satsuma.diagnostics.doctor import DoctorFinding

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.group()
def server() -> None:
    """Look after a server."""


@server.command()
@json_option
@database_options
@click.pass_context
def doctor(ctx: click.Context, command: CommandContext, as_json: bool) -> None:
    """Look at database, master key, clock, limits, front, keys, feed, files, mail and counters.

    Each finding names the command that mends it. Exit code 0: all is well; 4: there are findings.
    """
    import asyncio

    from satsuma.app.doctor import examine

    found = asyncio.run(examine(command.settings(), command.config, now))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            _print(finding)
    ctx.exit(0 if all(finding.level == "ok" for finding in found) else FINDINGS)


def _print(finding: DoctorFinding) -> None:
    mark, colour = _MARKS[finding.level]
    click.echo(f"{click.style(mark, fg=colour)}  {finding.check}: {finding.says}")
    if finding.command and finding.level != "ok":
        click.echo(f"      mend: {finding.command}")
