"""Keeping a PostgreSQL database: upgrade, dump, restore."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from satsuma.store.dump import NotADump, Rows
from satsuma.store.postgresql.connection import (
    Connection,
    bring_up,
    check,
    check_address,
    connect,
    pending,
    unavailable,
)
from satsuma.store.sql.meta import COUNT_ROWS


def upgrade(url: str, dry_run: bool) -> list[str]:
    """Bring the database to this release's schema; a dry run only gives the statements."""
    with _connected(url) as connection:
        return pending(connection) if dry_run else bring_up(connection)


@contextlib.contextmanager
def tables(url: str) -> Iterator[Callable[[str], Rows]]:
    """Columns and rows of each table as of one moment."""
    with _connected(url) as connection:
        check(connection)
        with connection.transaction(), contextlib.ExitStack() as cursors:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SELECT set_config('statement_timeout', '0', true)")

            def table(name: str) -> Rows:
                rows = cursors.enter_context(connection.cursor(name=f"dump_{name}"))
                rows.execute(f"SELECT * FROM {name}")  # noqa: S608 (one of ours)
                return [column.name for column in rows.description or ()], rows

            yield table


@contextlib.contextmanager
def target(url: str) -> Iterator[PostgresTarget]:
    """An empty database to fill, with the schema made where it is missing; all or nothing
    stands.
    """
    with _connected(url) as connection:
        bring_up(connection)
        with connection.transaction():
            connection.execute("SELECT set_config('statement_timeout', '0', true)")
            connection.execute("LOCK TABLE meta IN EXCLUSIVE MODE")
            for table, count in connection.execute(COUNT_ROWS).fetchall():
                if count and table != "meta":
                    raise FileExistsError(
                        f"The database has rows in {table} already; a restore overwrites nothing."
                    )
            connection.execute("DELETE FROM meta")
            yield PostgresTarget(connection)


class PostgresTarget:
    """A PostgreSQL database that takes a dump."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def columns(self, table: str) -> Sequence[str]:
        """Name the columns of a table."""
        rows = self._connection.execute(f"SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608 (ours)
        return [column.name for column in rows.description or ()]

    def insert(self, table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
        """Add rows to a table."""
        marks = ", ".join("%s" for _ in columns)
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (ours)
        try:
            self._connection.cursor().executemany(text, rows)
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
            raise NotADump(f"The dump's table {table} does not hold together: {error}") from None


@contextlib.contextmanager
def _connected(url: str) -> Iterator[Connection]:
    check_address(url)
    try:
        with connect(url, autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        raise unavailable(url, error) from None
