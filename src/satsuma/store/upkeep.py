"""Keeping a database: upgrade its schema, back it up, restore it, move it to the other engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from satsuma.store.dump import NotADump, Rows, read_dump, write_dump
from satsuma.store.files import check_free, whole_file
from satsuma.store.opening import POSTGRESQL, sqlite_path

_SQLITE_MAGIC = b"SQLite format 3\0"
DUMP = ".jsonl"


def upgrade(url: str, dry_run: bool = False) -> list[str]:
    """Bring a database to this release's schema; give the statements, which a dry run only gives.

    One upgrade at a time: whoever comes second finds nothing left to do.
    """
    if url.startswith(POSTGRESQL):
        from satsuma.store.postgresql import upkeep as postgresql_keeping

        return postgresql_keeping.upgrade(url, dry_run)
    from satsuma.store.sqlite import upkeep as sqlite_keeping

    return sqlite_keeping.upgrade(sqlite_path(url), dry_run)


def backup(url: str, path: Path) -> None:
    """Write one consistent moment of a database to a new file; never overwrites.

    PostgreSQL, and SQLite where the name ends in `.jsonl`, give a dump that either engine restores;
    SQLite otherwise gives a database file. The master key is not in it.
    """
    check_free(path)
    if url.startswith(POSTGRESQL):
        from satsuma.store.postgresql import upkeep as postgresql_keeping

        with whole_file(path) as part, postgresql_keeping.tables(url) as table:
            _dump(table, part)
        return
    from satsuma.store.sqlite import file as sqlite_file
    from satsuma.store.sqlite import upkeep as sqlite_keeping

    source = sqlite_path(url)
    with sqlite_file.as_unavailable(source):
        if path.suffix != DUMP:
            sqlite_file.prepare(source, upgrade=False)
            sqlite_file.copy(source, path)
            return
        with whole_file(path) as part, sqlite_keeping.tables(source) as table:
            _dump(table, part)


def restore(path: Path, url: str) -> None:
    """Put a backup where no database is yet: a new SQLite file, or an empty PostgreSQL database.

    Raises `FileExistsError` where something is there, and `NotADump` for a file that is damaged or
    of another kind.
    """
    with path.open("rb") as start:
        is_sqlite = start.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    if url.startswith(POSTGRESQL):
        from satsuma.store.postgresql import upkeep as postgresql_keeping

        if is_sqlite:
            raise NotADump(
                f"{path} is an SQLite database: back it up to a name that ends in {DUMP}, "
                "which PostgreSQL restores."
            )
        with path.open("rb") as lines, postgresql_keeping.target(url) as target:
            read_dump(lines, target)
        return
    from satsuma.store.sqlite import upkeep as sqlite_keeping

    goal = sqlite_path(url)
    check_free(goal)
    if is_sqlite:
        sqlite_keeping.restore_file(path, goal)
        return
    with path.open("rb") as lines, sqlite_keeping.target(goal) as target:
        read_dump(lines, target)


def _dump(table: Callable[[str], Rows], part: Path) -> None:
    with part.open("w", encoding="utf-8") as out:
        write_dump(table, out)
