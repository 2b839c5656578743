"""`satsuma samples`: the steps of the flows as programs, in every language of the guides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import click

from satsuma.cli.failures import Failure
from satsuma.cli.output import json_option, show_listing, show_record

if TYPE_CHECKING:
    from satsuma.samples import Level, Sample, Step

_STEPS: Final = ("token-header", "token-body", "authorize", "exchange", "refresh", "call", "revoke")
_LEVELS: Final = ("one-request", "robust", "production")
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
