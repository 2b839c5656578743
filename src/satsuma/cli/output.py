"""What a command prints: JSON when asked, a table of rich on a terminal, plain columns elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from satsuma.management.edits import Changed

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show_listing(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool, nothing: str
) -> None:
    """Print rows: all their members as JSON, or `columns` as a table."""
    if as_json:
        click.echo(json.dumps([_plain(row) for row in rows], indent=2))
    elif not rows:
        click.echo(nothing, err=True)
    elif sys.stdout is not None and sys.stdout.isatty():
        _show_rich(rows, columns)
    else:
        _show_columns([[_cell(row.get(name)) for name in columns] for row in rows], columns)


def show_change(record: Mapping[str, Any], changed: Changed, dry_run: bool, as_json: bool) -> None:
    """Print what a change makes of a thing, each field as it was and as it is, and what stops working."""
    if as_json:
        more = {"changed": changed.fields, "stops": list(changed.ends)}
        show_record({**record, **more, "dry_run": dry_run}, as_json)
        return
    if not changed.fields:
        click.echo("Nothing changes: all of it is so already")
    for name, values in changed.fields.items():
        click.echo(f"{name}: {_cell(values['was'])} -> {_cell(values['is'])}")
    for line in changed.ends:
        click.echo(f"stops: {line}")
    if dry_run:
        click.echo("Nothing was done (--dry-run)", err=True)


def show_line(row: Mapping[str, Any], columns: Sequence[str], as_json: bool) -> None:
    """Print one of many rows as it comes: a line of JSON, or of its columns."""
    if as_json:
        click.echo(json.dumps(_plain(row)))
    else:
        click.echo("  ".join(_cell(row.get(name)) for name in columns))
    sys.stdout.flush()


def show_record(record: Mapping[str, Any], as_json: bool) -> None:
    """Print one thing with all its members."""
    if as_json:
        click.echo(json.dumps(_plain(record), indent=2))
        return
    width = max(len(name) for name in record)
    for name, value in record.items():
        if value is not None and value != []:
            click.echo(f"{name:<{width}}  {_cell(value)}")


def _show_columns(cells: list[list[str]], columns: Sequence[str]) -> None:
    table = [list(columns), *cells]
    widths = [max(len(row[at]) for row in table) for at in range(len(columns))]
    for row in table:
        padded = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _show_rich(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(escape(_cell(row.get(name))) for name in columns))
    Console().print(table)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json_value(value) for name, value in record.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, (list, tuple)):
        return [_json_value(each) for each in value]
    return value


def say(line: str = "") -> None:
    """Print one line in which nothing moves the terminal or begins another line, whoever wrote its parts."""
    click.echo(printable(line))


def printable(text: str) -> str:
    """A text with each character that is none to look at in its escaped form."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _cell(value: Any) -> str:
    return printable(_text_of(value))


def _text_of(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return json.dumps(_plain(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(each) for each in value)
    return str(value)
