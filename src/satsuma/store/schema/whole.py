"""The schema as statements: whole from a file for a new database, step by step from Alembic for an
older one.

A new database is made without Alembic and SQLAlchemy, whose import alone takes half a second. The
files are what the migrations give, which a test compares; `python -m satsuma.store.schema.whole`
writes them anew.
"""

from __future__ import annotations

from pathlib import Path

from satsuma.store.schema import migrations

DIRECTORY = Path(migrations.__file__).parent
_BETWEEN = ";\n\n"


def whole_file(dialect: str) -> Path:
    """Name the file that holds the whole schema for a database of this dialect."""
    return DIRECTORY / f"whole_{dialect}.sql"


def missing_statements(revision: str | None, dialect: str) -> list[str]:
    """The statements that lead from a revision (None: an empty database) to this release's."""
    if revision is None:
        text = whole_file(dialect).read_text(encoding="utf-8")
        return text.removesuffix(_BETWEEN).split(_BETWEEN)
    from satsuma.store.schema.statements import (
        statements_from,  # half a second: only for an upgrade
    )

    return statements_from(revision, dialect)


def write_whole_files() -> None:
    """Write the whole schema's files from the migrations."""
    from satsuma.store.schema.statements import statements_from

    for dialect in ("sqlite", "postgresql"):
        statements = statements_from(None, dialect)
        text = "".join(statement + _BETWEEN for statement in statements)
        whole_file(dialect).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_whole_files()
