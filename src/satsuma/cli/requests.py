"""`satsuma requests`: which requests were refused, as they come."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from satsuma.cli.context import CommandContext, database_options, now
from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, show_line, show_listing
from satsuma.cli.parameters import DURATION
from satsuma_client.cli.whole import Whole

if TYPE_CHECKING:
    from satsuma.domain.request_log import LoggedRequest
    from satsuma.management.context import ManagementContext

_COLUMNS: Final = ("at", "status", "slug", "endpoint", "client_id", "source", "request_id")
_LONGEST: Final = 10_000
_STATUS: Final = re.compile(r"([1-5])([0-9]{2}|xx)\Z")
_EVERY: Final = 0.5
_LATE: Final = timedelta(seconds=30)
"""How late a row may come: each process writes its own, and one that lost its database for a while keeps them."""
_ANY_STATUS: Final = (0, 999)
_KEPT: Final = timedelta(days=8)


class Statuses(click.ParamType[tuple[int, int]]):
    """A status, or all that begin with a digit: 401, 4xx."""

    name = "status"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read a status as the lowest and the highest that it stands for."""
        if isinstance(value, tuple):
            return value
        found = _STATUS.match(value)
        if found is None:
            self.fail(f"{value!r} is not a status such as 401, or 4xx", param, ctx)
        first, rest = found[1], found[2]
        if rest == "xx":
            return int(f"{first}00"), int(f"{first}99")
        return int(value), int(value)


@click.group()
def requests() -> None:
    """See the requests that were refused, and those that failed."""


@requests.command("list")
@click.option("--application", metavar="APPLICATION", help="Only of this application.")
@click.option("--status", "statuses", type=Statuses(), help="Only with this status, or 4xx, 5xx.")
@click.option("--since", type=DURATION, help="Only of the last 90s, 15m, 12h, 7d.")
@click.option("--limit", type=Whole(1, _LONGEST), default=50, show_default=True, help="How many.")
@click.option("--follow", is_flag=True, help="Go on, and print each as it comes.")
@json_option
@database_options
def list_(
    command: CommandContext,
    application: str | None,
    statuses: tuple[int, int] | None,
    since: timedelta | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """List the newest refused requests, the newest last; `satsuma explain REQUEST_ID` says why.

    With --follow, JSON is one line a request.
    """
    since = _KEPT if since is None else since
    statuses = statuses or _ANY_STATUS

    async def work(context: ManagementContext) -> list[LoggedRequest]:
        client_id = await _client_id(context, application)

        async def look(back: timedelta, most: int) -> Sequence[LoggedRequest]:
            return await context.store.read(
                lambda reader: reader.list_logged_requests(now() - back, client_id, statuses, most)
            )

        found = list(await look(since, limit))
        if follow:
            await _follow(found, look, lambda row: show_line(asdict(row), _COLUMNS, as_json))
        return found

    found = command.run(work)
    show_listing([asdict(row) for row in found], _COLUMNS, as_json, "No request was refused")


def newest_request_id(command: CommandContext, application: str | None) -> str:
    """The id of the newest refusal, of one application or of all; raises Failure where there is none."""

    async def work(context: ManagementContext) -> Sequence[LoggedRequest]:
        client_id = await _client_id(context, application)
        since = now() - _KEPT
        return await context.store.read(
            lambda reader: reader.list_logged_requests(since, client_id, _ANY_STATUS, 1)
        )

    found = command.run(work)
    if not found:
        raise Failure("No request was refused in the last 7 days")
    return found[0].request_id


async def _client_id(context: ManagementContext, application: str | None) -> str | None:
    from satsuma.management.applications import find_client

    return (
        None
        if application is None
        else (await find_client(context, application)).application.client_id
    )


async def _follow(
    first: Sequence[LoggedRequest],
    look: Callable[[timedelta, int], Awaitable[Sequence[LoggedRequest]]],
    show: Callable[[LoggedRequest], None],
) -> None:
    """Show each row once, for ever: rows come in the order in which processes write them, a little late."""
    import asyncio

    seen: dict[str, datetime] = {}
    rows = first
    while True:
        for row in rows:
            if row.request_id not in seen:
                show(row)
            seen[row.request_id] = row.at
        forgotten = now() - 2 * _LATE
        seen = {request_id: at for request_id, at in seen.items() if at > forgotten}
        await asyncio.sleep(_EVERY)
        rows = await look(_LATE, _LONGEST)
