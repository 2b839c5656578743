"""`satsuma samples`: the steps of the flows as programs, in every language of the guides."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, show_listing, show_record
from satsuma_client.cli.whole import Whole

if TYPE_CHECKING:
    from satsuma.samples import Level, Reading, Sample, Shell, Step

_STEPS: Final = ("token-header", "token-body", "authorize", "exchange", "refresh", "call", "revoke")
_LEVELS: Final = ("one-request", "robust", "production")
_NOT_UTF8: Final = "The text is not UTF-8"
_MOST_READ: Final = 64 * 1024
_COLUMNS: Final = ("target", "label", "recommended", "cells", "why")
_TEXTS: Final = (
    ("token_url", "The token endpoint."),
    ("authorize_url", "The authorization endpoint."),
    ("revoke_url", "The revocation endpoint."),
    ("api_url", "What the step call asks for, with its query."),
    ("client_id", "The application's client_id."),
    ("redirect_uri", "Where the person comes back to."),
    ("scope", "The scopes, in one text."),
)


@click.group()
def samples() -> None:
    """Show the steps of the flows as programs. Nothing secret is written into one: it reads its environment."""


@samples.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the targets, the recommended one of a language first, and how many cells each has."""
    from satsuma.samples import LEVELS, STEPS, Sample, Values, show, targets

    values = Values()
    rows: list[dict[str, Any]] = []
    for row in targets():
        offered = [
            f"{step} {level}"
            for step in STEPS
            for level in LEVELS
            if isinstance(show(step, row, level, values), Sample)
        ]
        told: dict[str, Any] = {"target": row.slug, "language": row.language, "label": row.label}
        told |= {"recommended": row.recommended, "why": row.why}
        rows.append(told | {"cells": offered if as_json else len(offered)})
    show_listing(rows, _COLUMNS, as_json, "No target")


def _value_options(command: Callable[..., None]) -> Callable[..., None]:
    for name, sentence in reversed(_TEXTS):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, name, metavar="TEXT", help=sentence)(command)
    return command


@samples.command("show")
@click.argument("step", type=click.Choice(_STEPS))
@click.argument("target")
@click.option("--level", type=click.Choice(_LEVELS), default="one-request", show_default=True)
@_value_options
@click.option("--public", is_flag=True, help="A public client: no secret, and PKCE.")
@click.option("--pkce", is_flag=True, help="The issuer asks for PKCE of clients with a secret too.")
@json_option
def show_(
    step: Step,
    target: str,
    level: Level,
    as_json: bool,
    **given: Any,
) -> None:
    """Print the program of a STEP for a TARGET of `satsuma samples list`.

    What is not secret is written into it; what is, it reads from SATSUMA_CLIENT_SECRET, SATSUMA_CLIENT_CODE,
    SATSUMA_CLIENT_VERIFIER and SATSUMA_CLIENT_TOKEN. On standard error stands how it is installed and started.
    """
    from satsuma.samples import NotOffered, Values, show

    try:
        values = Values(**{name: value for name, value in given.items() if value is not None})
        sample = show(step, target, level, values)
    except KeyError:
        raise click.UsageError(
            f"No target is called {target!r}: see `satsuma samples list`"
        ) from None
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    if isinstance(sample, NotOffered):
        raise Failure(sample.sentence)
    if as_json:
        show_record({each.name: getattr(sample, each.name) for each in fields(sample)}, as_json)
    else:
        _print(sample)


def _read_options(command: Callable[..., None]) -> Callable[..., None]:
    level = click.Choice(("one-request", "robust"))
    leveled = click.option("--level", type=level, default="one-request", show_default=True)
    which = Whole(1, 50)
    numbered = click.option("--number", type=which, default=1, help="Which of several requests.")
    return json_option(numbered(leveled(command)))


@samples.command("from-curl")
@click.argument("target")
@click.argument("command", required=False)
@click.option("--shell", type=click.Choice(("bash", "cmd", "powershell")), default="bash")
@_read_options
def from_curl(
    target: str, command: str | None, shell: Shell, level: Level, number: int, as_json: bool
) -> None:
    """Print the program for a TARGET that sends what a curl COMMAND sends; without one it is read from standard input.

    The command is not run. What is secret in it is not in the program, which reads it from its environment; nothing of
    it is kept. Browsers give one as *Copy as cURL*: say --shell where it is one of cmd or PowerShell.
    """
    from satsuma.samples import read_curl

    _show_read(lambda: read_curl(_pasted(command), shell), target, level, number, as_json)


@samples.command("from-har")
@click.argument("target")
@click.argument("file", type=click.File(encoding="utf-8"), default="-")
@_read_options
def from_har(target: str, file: TextIO, level: Level, number: int, as_json: bool) -> None:
    """Print the program for a TARGET that sends what a HAR FILE of a browser says; without one it is standard input."""
    from satsuma.samples import read_har

    _show_read(lambda: read_har(file.read()), target, level, number, as_json)


@samples.command("from-openapi")
@click.argument("target")
@click.argument("operation", required=False)
@click.option(
    "--file", type=click.File(encoding="utf-8"), default="-", help="The document, in JSON."
)
@click.option("--server", metavar="URL", help="Where the API is, if the document does not say.")
@click.option("--level", type=click.Choice(("one-request", "robust")), default="one-request")
@json_option
def from_openapi(
    target: str,
    operation: str | None,
    file: TextIO,
    server: str | None,
    level: Level,
    as_json: bool,
) -> None:
    """Print the program for a TARGET that asks for an OPERATION of an OpenAPI document; without one they are listed.

    Its parameters and its body are the document's own examples, or made from its schemas.
    """
    from satsuma.samples import Unreadable, read_openapi

    try:
        found = read_openapi(file.read(), server)
    except (Unreadable, UnicodeDecodeError) as problem:
        raise Failure(str(problem) if isinstance(problem, Unreadable) else _NOT_UTF8) from None
    if operation is None:
        rows = [
            {"operation": each.name, "method": each.method, "path": each.path} for each in found
        ]
        show_listing(rows, ("operation", "method", "path"), as_json, "No operation")
        return
    named = [each.reading for each in found if each.name == operation]
    if not named:
        raise click.UsageError(f"No operation is called {operation!r}: without one they are listed")
    _show_read(lambda: named[0], target, level, 1, as_json)


def _pasted(command: str | None) -> str:
    if command is not None:
        return command
    return sys.stdin.buffer.read(_MOST_READ).decode()


def _show_read(
    read: Callable[[], Reading], target: str, level: Level, number: int, as_json: bool
) -> None:
    from satsuma.samples import NotOffered, Unreadable

    try:
        reading = read()
        cells = reading.programs(target, level)
    except (Unreadable, UnicodeDecodeError) as problem:
        told = str(problem) if isinstance(problem, Unreadable) else _NOT_UTF8
        raise Failure(told) from None
    except KeyError:
        raise click.UsageError(
            f"No target is called {target!r}: see `satsuma samples list`"
        ) from None
    if number > len(cells):
        raise click.UsageError(f"There are {len(cells)} requests: --number is one of them")
    cell = cells[number - 1]
    if isinstance(cell, NotOffered):
        raise Failure(cell.sentence)
    named = [{"name": each.env.name, "where": each.where} for each in reading.named]
    if as_json:
        told_cell = {each.name: getattr(cell, each.name) for each in fields(cell)}
        more = {"requests": len(cells), "named": named, "notes": list(reading.notes)}
        show_record(told_cell | more, as_json)
        return
    _print(cell)
    for each in named:
        click.echo(f"{each['name']}: {each['where']}", err=True)
    for note in reading.notes:
        click.echo(f"Note: {note}", err=True)
    if len(cells) > 1:
        click.echo(f"Request {number} of {len(cells)}: --number shows another", err=True)


def _print(sample: Sample) -> None:
    click.echo(sample.text, nl=False)
    told = asdict(sample)
    lines = {
        "File": sample.file_name,
        "Beside it": ", ".join(sample.project_files),
        "Install": sample.install,
        "Run": sample.run,
        "Environment": ", ".join(told["environment"]),
        "Warning": sample.warning or "",
    }
    for name, text in lines.items():
        if text:
            click.echo(f"{name}: {text}", err=True)
