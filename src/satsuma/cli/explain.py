"""`satsuma explain`: why a request was refused."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, say, show_record
from satsuma.cli.requests import newest_request_id

if TYPE_CHECKING:
    from satsuma.diagnostics.explanation import Explanation
    from satsuma.diagnostics.refused import Found
    from satsuma.domain.request_log import LoggedRequest
    from satsuma.store.port import Store


@click.command()
@click.argument("request_id", required=False)
@click.option("--last", is_flag=True, help="The newest one, in place of an id.")
@click.option("--application", metavar="APPLICATION", help="With --last: of this application.")
@click.option("--as-test", is_flag=True, help="As a pytest that sends the same, and fails.")
@json_option
@database_options
def explain(
    command: CommandContext,
    request_id: str | None,
    last: bool,
    application: str | None,
    as_test: bool,
    as_json: bool,
) -> None:
    """Say why a request was refused, and how to mend it.

    REQUEST_ID is X-OAPI-Request-Id of the answer, or the id that the caller supplied.
    """
    if as_test and as_json:
        raise click.UsageError("--as-test prints a program, and --json none")
    if (request_id is None) != last or (application is not None and not last):
        raise click.UsageError("Give a REQUEST_ID or --last, and --application with --last alone")
    from satsuma.diagnostics.refused import explanation_of, find_request

    if request_id is None:
        request_id = newest_request_id(command, application)

    async def work(store: Store) -> Found | None:
        return await store.read(lambda reader: find_request(reader, request_id))

    found = command.run_on_store(command.settings(), work)
    if found is None:
        raise Failure(
            f"The request log has no {request_id[:64]!r}: it keeps refused requests, for 7 days, "
            "at most 20 a minute of one client, source and cause"
        )
    if as_test:
        for line in _test_of(found[0]):
            say(line)
        return
    explanation = explanation_of(found)
    if as_json:
        show_record(asdict(explanation), as_json)
    else:
        _print(explanation)


def _test_of(logged: LoggedRequest) -> list[str]:
    from satsuma.diagnostics.as_test import NotATest
    from satsuma.diagnostics.refused import pytest_of

    try:
        return pytest_of(logged).splitlines()
    except NotATest as reason:
        raise Failure(str(reason)) from None


def _print(explanation: Explanation) -> None:
    times = f", and {explanation.repeated - 1} times more" if explanation.repeated > 1 else ""
    say(explanation.happened)
    for line in explanation.compared:
        say(f"  - {line}")
    say("")
    say(f"mend     {explanation.help}")
    if explanation.command:
        say(f"command  {explanation.command}")
    say("")
    say(f"when     {explanation.at:%Y-%m-%d %H:%M:%S} UTC{times}")
    say(f"from     {explanation.source}")
    say(f"asked    {explanation.endpoint}")
    say(f"answer   {explanation.status} {explanation.slug}: {explanation.shown}")
    say(f"request  {explanation.request_id}")
    if explanation.supplied_id:
        say(f"caller's {explanation.supplied_id}")
    for line in explanation.now:
        say(f"now      {line}")
