"""`satsuma usage`: what one of your applications used, asked of a profile's platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from satsuma_client.cli import profiles
from satsuma_client.cli.own_requests import DeveloperApi
from satsuma_client.cli.working import json_option, printable, told, trace_option

_COLUMNS: Final = ("api", "status", "count", "median_ms", "p95_ms")


@click.command()
@click.argument("application")
@click.option(
    "--over",
    type=click.Choice(["hour", "day", "week", "60-days"]),
    default="day",
    show_default=True,
    help="The stretch of time that ends now.",
)
@click.option("--api", metavar="NAME/vN", help="Only of this API.")
@click.option("--status", metavar="Nxx", help="Only answers of this class: 2xx, 3xx, 4xx, 5xx.")
@click.option("--profile", metavar="PROFILE", help="Whose login; the only one by itself.")
@json_option
@trace_option
def usage(
    application: str,
    over: str,
    api: str | None,
    status: str | None,
    profile: str | None,
    as_json: bool,
    trace: bool,
) -> None:
    """See how many tokens and calls an application of yours had, and how long they took.

    APPLICATION is its client_id or its Application ID. With --json each step of the time is told,
    with a histogram.
    """
    with told():
        api_of_mine = DeveloperApi(profiles.find(profile), trace=trace)
        asked = {"application": application, "over": over, "api": api, "status": status}
        found = api_of_mine.used(**asked)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    series = found.get("series") or []
    if not series:
        click.echo(f"Nothing was used since {printable(str(found.get('since')))}", err=True)
    else:
        _print(series)
    wasted = found.get("tokens_wasted")
    if wasted:
        click.echo(
            f"{wasted} tokens in the last hour; one an hour is enough: keep it, and share it",
            err=True,
        )


def _print(series: list[Mapping[str, Any]]) -> None:
    table = [_COLUMNS, *(tuple(printable(str(row.get(n))) for n in _COLUMNS) for row in series)]
    widths = [max(len(row[at]) for row in table) for at in range(len(_COLUMNS))]
    for row in table:
        cells = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
