"""Keeping an SQLite file: upgrade, copy, dump, restore."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from satsuma.store.dump import NotADump, Rows
from satsuma.store.files import create_privately, whole_file
from satsuma.store.sqlite.file import (
    as_unavailable,
    bring_up,
    check,
    connect,
    copy,
    patiently,
    pending,
    prepare,
)


def upgrade(path: Path, dry_run: bool) -> list[str]:
    """Bring the file to this release's schema, made where it is missing; give the statements."""
    with as_unavailable(path):
        if not dry_run:
            create_privately(path)
        elif not path.exists():
            return _for_nothing()
        with contextlib.closing(connect(path)) as connection:
            if dry_run:
                return pending(connection)
            patiently(connection, "PRAGMA journal_mode = WAL")
            return bring_up(connection, path)


def _for_nothing() -> list[str]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return pending(connection)


@contextlib.contextmanager
def tables(path: Path) -> Iterator[Callable[[str], Rows]]:
    """Columns and rows of each table as of one moment."""
    prepare(path, upgrade=False)
    with contextlib.closing(connect(path)) as connection:
        connection.execute("BEGIN")

        def table(name: str) -> Rows:
            rows = connection.execute(f"SELECT * FROM {name}")  # noqa: S608 (one of ours)
            return [column[0] for column in rows.description], rows

        yield table


@contextlib.contextmanager
def target(path: Path) -> Iterator[SqliteTarget]:
    """A new database to fill, which appears at `path` when it is whole."""
    with as_unavailable(path), whole_file(path) as part:
        prepare(part, upgrade=True)
        with contextlib.closing(connect(part)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM meta")
            yield SqliteTarget(connection)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = DELETE")


class SqliteTarget:
    """An SQLite database that takes a dump."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def columns(self, table: str) -> Sequence[str]:
        """Name the columns of a table."""
        found = self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
        return [name for (name,) in found]

    def insert(self, table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        """Add rows to a table."""
        marks = ", ".join("?" for _ in columns)
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (ours)
        try:
            self._connection.executemany(text, rows)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError) as error:
            raise NotADump(f"The dump's table {table} does not hold together: {error}.") from None


def restore_file(source: Path, goal: Path) -> None:
    """Copy a database file to a new place, if it is sound and this release can read it."""
    with as_unavailable(source):
        with contextlib.closing(connect(source)) as connection:
            (found,) = connection.execute("PRAGMA quick_check").fetchone()
            if found != "ok":
                raise NotADump(f"{source} is damaged: {found}.")
            check(connection)
        copy(source, goal)
