"""The PostgreSQL connection: opened durable and bounded in every wait, its failures told without
secrets.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from satsuma.store.port import Unavailable
from satsuma.store.schema.revision import HEAD, check_revision, find_revision
from satsuma.store.schema.whole import missing_statements
from satsuma.store.sql.rows import Values

Connection = psycopg.Connection[tuple[Any, ...]]

PATIENCE = 10.0
"""Seconds after which a caller is told that the server does not answer, whatever it waits for."""

PATIENCE_TO_PRUNE = 60.0
"""The same for pruning, which nobody waits for and which must get on under load."""

LOOK = 0.5
"""Seconds between two looks at whether a connection has been waited for too long."""

FEED_CHANNEL = "satsuma_feed"
_TURN = 0x5A750001
_UPGRADE = 0x5A750002
_IS_THERE = "SELECT to_regclass('alembic_version') IS NOT NULL"
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_BOUNDS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "satsuma",
}
_SETTINGS = (
    "SELECT set_config('statement_timeout', '30s', false),"
    " set_config('idle_in_transaction_session_timeout', '60s', false),"
    # Whoever acknowledges a commit has it on disk; a stricter choice of the operator stays.
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"
)


class PostgresTransaction:
    """A session on PostgreSQL, with statements prepared once a connection."""

    integrity_error: type[Exception] = psycopg.IntegrityError

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def run(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; give how many it changed."""
        return self._cursor.execute(translated(statement), values, prepare=True).rowcount

    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        """Run it once for each of many; give how many rows were changed in all."""
        self._cursor.executemany(translated(statement), values)
        return self._cursor.rowcount

    def rows(self, statement: str, values: Values) -> list[tuple[Any, ...]]:
        """Run a statement that gives rows; give them all."""
        return self._cursor.execute(translated(statement), values, prepare=True).fetchall()

    def hold(self, statement: str, values: Values) -> None:
        """Change nothing, and keep the locks of a change."""
        self.run(statement, values)

    def take_turn(self) -> None:
        """Wait for the one lock that every numbered row is written under, until the commit."""
        self.rows("SELECT pg_advisory_xact_lock(:turn)", {"turn": _TURN})

    def announce(self) -> None:
        """Ring the other processes' bells at the commit."""
        self.rows("SELECT pg_notify(:channel, '')", {"channel": FEED_CHANNEL})


@cache
def translated(statement: str) -> str:
    """A statement with the driver's own marks for parameters."""
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%"))


class Watch:
    """Cuts each connection on which a piece of work has waited for the server for too long.

    No bound of the server's holds where the network swallows what it says, so we keep one of our own.
    """

    def __init__(self) -> None:
        """Begin to watch, until `close`."""
        self._ends: dict[Connection, float] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._look, name="satsuma-watch", daemon=True).start()

    @contextlib.contextmanager
    def over(self, connection: Connection, patience: float) -> Iterator[None]:
        """Cut the connection should the block last for more than `patience` seconds."""
        with self._lock:
            self._ends[connection] = time.monotonic() + patience
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(connection, None)

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()

    def _look(self) -> None:
        while not self._closed.wait(LOOK):
            now = time.monotonic()
            with self._lock:
                for connection in [each for each, end in self._ends.items() if end < now]:
                    _cut(connection)


def _cut(connection: Connection) -> None:
    with contextlib.suppress(OSError, psycopg.Error):
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            twin.shutdown(socket.SHUT_RDWR)
        finally:
            twin.close()


def connect(
    url: str,
    *,
    reader: bool = False,
    autocommit: bool = False,
    watch: Watch | None = None,
) -> Connection:
    """Open a connection; a reader's transactions write nothing and see one moment."""
    connection = psycopg.connect(url, autocommit=True, **_bounds_for(url))
    try:
        with watch.over(connection, PATIENCE) if watch else contextlib.nullcontext():
            connection.execute(_SETTINGS)
        connection.autocommit = autocommit
        if reader:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        else:
            connection.isolation_level = IsolationLevel.READ_COMMITTED
    except BaseException:
        connection.close()
        raise
    return connection


def check_address(url: str) -> None:
    """Refuse an address that PostgreSQL's library cannot read, without repeating it."""
    try:
        conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeDecodeError):
        raise ValueError(
            "The PostgreSQL address cannot be read: use postgresql://USER:PASSWORD@HOST:PORT/NAME "
            "with only parameters that libpq knows."
        ) from None


def ports_of(url: str) -> list[str]:
    """The ports that an address names, one for each of its hosts."""
    return [port for port in str(conninfo_to_dict(url).get("port") or "").split(",") if port]


def unavailable(url: str, error: BaseException, what: str = "cannot be used") -> Unavailable:
    """Say that the database cannot be used, with the server's reason and without any secret."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    parts = conninfo_to_dict(url)
    for name in ("password", "sslpassword"):
        if parts.get(name):
            reason = reason.replace(str(parts[name]), "***")
    host, port = parts.get("host") or "localhost", parts.get("port") or 5432
    database = f"The PostgreSQL database {parts.get('dbname') or ''} at {host}:{port}"
    return Unavailable(f"{database} {what}: {reason.rstrip('.')}.")


def shown_address(url: str) -> str:
    """An address as it may be printed: without a password."""
    parts = conninfo_to_dict(url)
    user = f"{parts['user']}@" if parts.get("user") else ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return (
        f"postgresql://{user}{parts.get('host') or 'localhost'}{port}/{parts.get('dbname') or ''}"
    )


def query_on(connection: Connection) -> Callable[[str], list[tuple[Any, ...]]]:
    """A function that runs a plain text and gives its rows."""
    return lambda text: connection.execute(text).fetchall()


def check(connection: Connection) -> None:
    """Refuse a database whose schema this release cannot work with."""
    check_revision(query_on(connection), _IS_THERE)


def bring_up(connection: Connection) -> list[str]:
    """Run the missing migrations, one upgrade at a time, all or none; give their statements."""
    with connection.transaction():
        connection.execute("SELECT set_config('statement_timeout', '0', true)")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_UPGRADE,))
        statements = pending(connection)
        for statement in statements:
            connection.execute(statement)
    return statements


def pending(connection: Connection) -> list[str]:
    """The statements that the database still needs."""
    revision = find_revision(query_on(connection), _IS_THERE)
    if revision is not None and revision >= HEAD:
        return []
    return missing_statements(revision, "postgresql")


def _bounds_for(url: str) -> dict[str, Any]:
    chosen = conninfo_to_dict(url)
    return {name: value for name, value in _BOUNDS.items() if name not in chosen}
