"""The dump: our tables as JSON lines, the same from either database and for either.

A header with the revision; then for each table its columns and its rows; at last the number of
rows, so that a cut file is seen. Bytes stand as `{"base64": ...}`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final, Protocol, TextIO

from satsuma.store.schema.revision import HEAD
from satsuma.store.sql.meta import TABLES

KIND = "satsuma dump"
CHUNK = 500
_LONGEST: Final = 64 * 1024 * 1024

Rows = tuple[Sequence[str], Iterable[Sequence[Any]]]


class NotADump(ValueError):
    """The file is not a whole dump of this release's revision; the text says what is wrong."""


class Target(Protocol):
    """A database, in an open transaction, that takes a dump."""

    def columns(self, table: str) -> Sequence[str]:
        """Name the columns of a table."""

    def insert(self, table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        """Add rows to a table."""


def write_dump(table: Callable[[str], Rows], out: TextIO) -> None:
    """Write all tables, which `table` gives as columns and rows of one moment."""
    count = 0
    _write(out, {"kind": KIND, "revision": HEAD})
    for name in TABLES:
        columns, rows = table(name)
        _write(out, {"table": name, "columns": list(columns)})
        for row in rows:
            count += 1
            _write(out, [_text_of(value) for value in row])
    _write(out, {"rows": count})


def read_dump(lines: BinaryIO, target: Target) -> int:
    """Put a dump's rows into an empty database; give how many they were, or raise `NotADump`."""
    documents = _documents(lines)
    _check_header(next(documents, None))
    count, table, columns = 0, "", [""]
    rows: list[list[Any]] = []
    for document in documents:
        if isinstance(document, list):
            rows.append([_value_of(value) for value in document])
            count += 1
        if rows and (isinstance(document, dict) or len(rows) == CHUNK):
            target.insert(table, columns, rows)
            rows = []
        if isinstance(document, dict) and "rows" in document:
            if document["rows"] != count:
                raise NotADump(f"The dump holds {count} of {document['rows']} rows.")
            if next(documents, None) is not None:
                raise NotADump("The dump goes on after its end.")
            return count
        if isinstance(document, dict):
            table, columns = _place(document, target)
    raise NotADump("The dump has been cut off.")


def _check_header(header: Any) -> None:
    if not isinstance(header, dict) or header.get("kind") != KIND:
        raise NotADump("This is not a dump of a Satsuma database.")
    revision = header.get("revision")
    if revision != HEAD:
        raise NotADump(
            f"The dump is of revision {revision}, and this release restores those of {HEAD} alone: a dump is for the "
            "release that wrote it. Restore it with that release, then run `satsuma db upgrade` of this one."
        )


def _place(document: dict[str, Any], target: Target) -> tuple[str, list[str]]:
    table, columns = document.get("table"), document.get("columns")
    if table not in TABLES or sorted(columns or ()) != sorted(target.columns(table)):
        raise NotADump(f"The dump has a table {table!r} that this release does not have so.")
    return table, list(columns or ())


def _documents(lines: BinaryIO) -> Iterator[Any]:
    for number, line in enumerate(iter(lambda: lines.readline(_LONGEST), b""), 1):
        if len(line) == _LONGEST:
            raise NotADump(f"Line {number} of the dump is longer than any that is written.")
        try:
            document = json.loads(line.decode())
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict | list):
            raise NotADump(f"Line {number} of the dump cannot be read.")
        yield document


def _write(out: TextIO, document: object) -> None:
    out.write(json.dumps(document, separators=(",", ":")) + "\n")


def _text_of(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _value_of(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
