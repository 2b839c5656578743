"""`satsuma requests` and `satsuma explain`, asked of a profile's platform by whoever owns the applications."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

import click

from satsuma_client.cli import profiles
from satsuma_client.cli.own_requests import DeveloperApi
from satsuma_client.cli.whole import Whole
from satsuma_client.cli.working import json_option, printable, told, trace_option

F = TypeVar("F", bound=Callable[..., Any])
_COLUMNS: Final = ("at", "status", "slug", "endpoint", "client_id", "source", "request_id")
_DURATION: Final = re.compile(r"([1-9][0-9]{0,6})([smhd])\Z")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PAGE: Final = 100
_EVERY: Final = 2.0
_LATE: Final = 60
"""Seconds by which a row may come late: each process of a platform writes its own."""


def _no_database(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(
            "A database is read by the platform, which is not installed here: pip install satsuma"
        )


def _seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = _DURATION.match(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a duration such as 90s, 15m, 12h, 7d")
    return int(found[1]) * _SECONDS[found[2]]


def _options(command: F) -> F:
    for each in (
        trace_option,
        json_option,
        click.option("--database", hidden=True, expose_value=False, callback=_no_database),
        click.option("--profile", metavar="PROFILE", help="Whose login; the only one by itself."),
    ):
        command = each(command)
    return command


@click.group()
def requests() -> None:
    """See the requests of your applications that were refused, and those that failed."""


@requests.command("list")
@click.option("--application", metavar="APPLICATION", help="Only of this application.")
@click.option("--status", help="Only with this status, or 4xx, 5xx.")
@click.option("--since", callback=_seconds, help="Only of the last 90s, 15m, 12h, 7d.")
@click.option("--limit", type=Whole(1, 10_000), default=50, show_default=True, help="How many.")
@click.option("--follow", is_flag=True, help="Go on, and print each as it comes.")
@_options
def list_(
    profile: str | None,
    application: str | None,
    status: str | None,
    since: int | None,
    limit: int,
    follow: bool,
    as_json: bool,
    trace: bool,
) -> None:
    """List the newest refused requests, the newest last; `satsuma explain REQUEST_ID` says why.

    With --follow, JSON is one line a request. With --database URL the platform's own log is read,
    where the platform is installed.
    """
    with told():
        api = DeveloperApi(profiles.find(profile), trace=trace)
        asked = {"application": application, "status": status}
        rows = list(_newest(api, limit, within=since, **asked))[::-1]
        if follow:
            _follow(api, rows, asked, as_json)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not rows:
        click.echo("No request was refused", err=True)
    else:
        table = [_COLUMNS, *(tuple(_cell(row.get(name)) for name in _COLUMNS) for row in rows)]
        widths = [max(len(row[at]) for row in table) for at in range(len(_COLUMNS))]
        for row in table:
            click.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


@click.command()
@click.argument("request_id", required=False)
@click.option("--last", is_flag=True, help="The newest one, in place of an id.")
@click.option("--application", metavar="APPLICATION", help="With --last: of this application.")
@click.option("--as-test", is_flag=True, help="As a pytest that sends the same, and fails.")
@_options
def explain(
    profile: str | None,
    request_id: str | None,
    last: bool,
    application: str | None,
    as_test: bool,
    as_json: bool,
    trace: bool,
) -> None:
    """Say why a request of one of your applications was refused, and how to mend it.

    REQUEST_ID is X-OAPI-Request-Id of the answer, or the id that the caller supplied. With
    --database URL the platform's own log is read, where the platform is installed.
    """
    if as_test and as_json:
        raise click.UsageError("--as-test prints a program, and --json none")
    if (request_id is None) != last or (application is not None and not last):
        raise click.UsageError("Give a REQUEST_ID or --last, and --application with --last alone")
    with told():
        api = DeveloperApi(profiles.find(profile), trace=trace)
        if request_id is None:
            newest = next(_newest(api, 1, application=application), None)
            if newest is None:
                raise click.ClickException("No request was refused in the last 7 days")
            request_id = str(newest["request_id"])
        found = api.explained(request_id)
    if as_json:
        click.echo(json.dumps({name: found[name] for name in found if name != "test"}, indent=2))
    elif not as_test:
        _print(found)
    elif found.get("test"):
        click.echo(found["test"], nl=False)
    else:
        raise click.ClickException(
            f"{_cell(found.get('slug'))}: a test of the client could not mend this;"
            " `satsuma explain` says what does"
        )


def _newest(api: DeveloperApi, most: int, **asked: Any) -> Iterator[Mapping[str, Any]]:
    """The newest rows, page by page."""
    before = None
    while most > 0:
        page = api.listed(limit=min(most, _PAGE), before=before, **asked)
        rows = page.get("requests") or []
        yield from rows
        most, before = most - len(rows), page.get("before")
        if before is None or not rows:
            return


def _follow(
    api: DeveloperApi, rows: list[Mapping[str, Any]], asked: Mapping[str, Any], as_json: bool
) -> None:
    """Show each row once, for ever, without asking more often than the platform answers."""
    import time

    seen: dict[str, None] = {}
    while True:
        for row in rows:
            if row["request_id"] not in seen:
                line = (
                    json.dumps(row)
                    if as_json
                    else "  ".join(_cell(row.get(name)) for name in _COLUMNS)
                )
                click.echo(line)
            seen[row["request_id"]] = None
        for old in list(seen)[:-10_000]:
            del seen[old]
        time.sleep(_EVERY)
        rows = list(_newest(api, _PAGE, within=_LATE, **asked))[::-1]


def _print(found: Mapping[str, Any]) -> None:
    repeated = found.get("repeated") or 1
    lines = [found.get("happened"), *(f"  - {each}" for each in found.get("compared") or ()), ""]
    lines.append(f"mend     {found.get('help')}")
    if found.get("command"):
        lines.append(f"command  {found['command']}")
    times = f", and {repeated - 1} times more" if repeated > 1 else ""
    lines += [
        "",
        f"when     {found.get('at')}{times}",
        f"from     {found.get('source')}",
        f"asked    {found.get('endpoint')}",
        f"answer   {found.get('status')} {found.get('slug')}: {found.get('shown')}",
        f"request  {found.get('request_id')}",
    ]
    if found.get("supplied_id"):
        lines.append(f"caller's {found['supplied_id']}")
    lines += [f"now      {each}" for each in found.get("now") or ()]
    for line in lines:
        click.echo(_cell(line))


def _cell(value: object) -> str:
    return "-" if value is None else printable(str(value))
