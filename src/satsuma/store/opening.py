"""Opening: from a database's address to a store, a schema upgrade, a backup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from satsuma.store.port import Store

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")
MEMORY = "memory:"


def _now() -> datetime:
    return datetime.now(UTC)


def open_store(
    url: str, *, upgrade: bool | None = None, clock: Callable[[], datetime] = _now
) -> Store:
    """Open the store at an address: `sqlite:///PATH`, `postgresql://...` or `memory:`.

    An SQLite file is created and upgraded by itself unless `upgrade` is False, a PostgreSQL
    database only where it is True. Raises `SchemaTooOld`, `SchemaTooNew`, `Unavailable`, or
    `ValueError` for an address that means nothing. `clock` dates the rows of the feed.
    """
    if url == MEMORY:
        from satsuma.store.memory.store import MemoryStore

        return MemoryStore(clock)
    if url.startswith(POSTGRESQL):
        from satsuma.store.postgresql.store import open_postgresql

        return open_postgresql(url, upgrade is True, clock)
    from satsuma.store.sqlite.file import prepare
    from satsuma.store.sqlite.store import SqliteStore

    path = sqlite_path(url)
    prepare(path, upgrade is not False)
    return SqliteStore(path, clock)


def sqlite_path(url: str) -> Path:
    """The file of an SQLite address: three slashes and a relative path, or four and an
    absolute one.
    """
    if not url.startswith(SQLITE):
        raise ValueError(  # nothing of it is repeated: a password may stand anywhere
            "Unknown kind of database: use sqlite:///PATH or postgresql://USER@HOST/NAME."
        )
    path = url.removeprefix(SQLITE)
    if path == ":memory:":
        raise ValueError(
            "sqlite:///:memory: is a different empty database for each connection: "
            "use sqlite:///PATH, or memory: for a store without a file."
        )
    if not path or path.startswith("file:") or "?" in path:
        raise ValueError("An SQLite address is sqlite:///PATH, without options.")
    return Path(path)
