"""The SQLite file: how it is opened, created, locked and brought to this release's schema."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from satsuma.store.files import Taken, create_privately, whole_file
from satsuma.store.port import Unavailable
from satsuma.store.schema.revision import HEAD, check_revision, find_revision
from satsuma.store.schema.whole import missing_statements
from satsuma.store.sql.rows import Values

PATIENCE = 15.0
"""Seconds that a writer waits in all for other processes' transactions."""

_IS_THERE = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"


class SqliteTransaction:
    """A session on SQLite: one writer at a time, so every transaction's turn has come once it has
    begun.
    """

    integrity_error: type[Exception] = sqlite3.IntegrityError

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def run(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; give how many it changed."""
        return self.connection.execute(statement, values).rowcount

    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        """Run it once for each of many; give how many rows were changed in all."""
        return self.connection.executemany(statement, values).rowcount

    def rows(self, statement: str, values: Values) -> list[tuple[Any, ...]]:
        """Run a statement that gives rows; give them all."""
        return self.connection.execute(statement, values).fetchall()

    def hold(self, statement: str, values: Values) -> None:
        """Go on: nobody else writes."""

    def take_turn(self) -> None:
        """Go on: nobody else writes."""

    def announce(self) -> None:
        """Other processes look at `data_version`; nothing is to be done."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection: durable at each commit, foreign keys held, transactions begun by hand
    only.
    """
    connection = sqlite3.connect(
        path, timeout=5.0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for pragma in ("busy_timeout = 5000", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement that waits for other processes, again until `PATIENCE` has passed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether an error only means that another process holds the lock."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextlib.contextmanager
def as_unavailable(path: Path) -> Iterator[None]:
    """Turn SQLite's errors, and those of files, into `Unavailable` with the file's name."""
    try:
        yield
    except Taken:
        raise
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            why = f"The file {error.filename} cannot be used: {error.strerror}."
        else:
            why = f"The database file {path} cannot be used: {error}.{_full(path)}"
        raise Unavailable(why) from error


def _full(path: Path) -> str:
    """The sentence that says why, where the disk has no room: SQLite speaks of an error of input or output."""
    try:
        free = os.statvfs(path.parent).f_bavail
    except OSError:
        return ""
    return "" if free else " The disk is full: make room on it."


def prepare(path: Path, upgrade: bool) -> None:
    """Bring the file to this release's schema, or refuse it.

    An existing file is copied to `PATH.before-<revision>` first. Whoever comes at the same time
    waits, then finds the work done.
    """
    with as_unavailable(path):
        if upgrade:
            create_privately(path)
        elif not path.exists():
            raise FileNotFoundError("it does not exist")
        with contextlib.closing(connect(path)) as connection:
            patiently(connection, "PRAGMA journal_mode = WAL")
            if upgrade:
                bring_up(connection, path)
            check(connection)


def check(connection: sqlite3.Connection) -> None:
    """Refuse a file whose schema this release cannot work with."""
    check_revision(lambda text: connection.execute(text).fetchall(), _IS_THERE)


def revision_of(connection: sqlite3.Connection) -> str | None:
    """Find the revision at which the file stands."""
    return find_revision(lambda text: connection.execute(text).fetchall(), _IS_THERE)


def bring_up(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Run the missing migrations under the exclusive lock, all or none; give their statements."""
    if (revision_of(connection) or "") >= HEAD:
        return []
    connection.execute("PRAGMA foreign_keys = OFF")
    patiently(connection, "BEGIN EXCLUSIVE")
    try:
        statements = pending(connection)
        if statements and revision_of(connection) is not None:
            copy(path, path.with_name(f"{path.name}.before-{HEAD}"), replaces=True)
        for statement in statements:
            connection.execute(statement)
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            raise Unavailable(f"The upgrade of {path} would break references; nothing was changed.")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("PRAGMA foreign_keys = ON")
    return statements


def pending(connection: sqlite3.Connection) -> list[str]:
    """The statements that the file still needs."""
    revision = revision_of(connection)
    if revision is not None and revision >= HEAD:
        return []
    return missing_statements(revision, "sqlite")


def copy(source: Path, target: Path, replaces: bool = False) -> None:
    """Copy a database as one consistent whole, readable by its owner alone, whoever writes
    meanwhile.
    """
    with (
        whole_file(target, replaces) as part,
        contextlib.closing(sqlite3.connect(source, timeout=5.0)) as here,
        contextlib.closing(sqlite3.connect(part)) as there,
    ):
        here.backup(there)
        there.execute("PRAGMA journal_mode = DELETE")
