"""The revision: where the schema stands, told without importing the migrations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from satsuma.store.port import SchemaTooNew, SchemaTooOld
from satsuma.store.schema import migrations

HEAD = max(file.name[1:5] for file in (Path(migrations.__file__).parent / "versions").glob("m*.py"))
"""The revision that this release works with: the newest migration's, by the name of its file."""

Query = Callable[[str], list[tuple[Any, ...]]]


def find_revision(query: Query, is_there: str) -> str | None:
    """Find the revision of a database; None where there is no schema yet.

    `is_there` is the engine's own question for the table that holds the revision.
    """
    if not query(is_there)[0][0]:
        return None
    rows = query("SELECT version_num FROM alembic_version")
    return str(rows[0][0]) if rows else None


def check_revision(query: Query, is_there: str) -> None:
    """Refuse a database that stands too low for this release, or too high to be read by it."""
    revision = find_revision(query, is_there)
    if revision is None or revision < HEAD:
        raise SchemaTooOld(
            f"The database stands at revision {revision or 'none'}, this release needs {HEAD}: "
            "run `satsuma db upgrade`."
        )
    if revision == HEAD:
        return
    min_reader = query("SELECT value FROM meta WHERE name = 'min_reader'")[0][0]
    if min_reader > HEAD:
        raise SchemaTooNew(
            f"The database stands at revision {revision} and can be read by releases that know "
            f"{min_reader}; this release knows {HEAD}: install a newer release."
        )
