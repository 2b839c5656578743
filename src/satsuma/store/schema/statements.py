"""Migrating: Alembic's steps as a list of plain statements, which the drivers run in one
transaction.

The one place besides the tables that needs SQLAlchemy and Alembic; import it only when there is
something to upgrade.
"""

from __future__ import annotations

from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from satsuma.store.schema.whole import DIRECTORY


class _Statements:
    """Collect what Alembic would print, statement by statement."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def write(self, text: str) -> None:
        """Keep one statement."""
        statement = "\n".join(
            line.rstrip()
            for line in text.splitlines()
            if line.strip() and not line.startswith("--")
        )
        if statement:
            self.found.append(statement.strip().removesuffix(";"))

    def flush(self) -> None:
        """Nothing is held back."""


def statements_from(revision: str | None, dialect: str) -> list[str]:
    """The statements that lead from a revision (None: an empty database) to the newest one."""
    script = ScriptDirectory(str(DIRECTORY))
    found = _Statements()

    def steps(_current: object, _context: object) -> Any:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]

    context = MigrationContext.configure(
        dialect_name=dialect,
        opts={
            "as_sql": True,
            "output_buffer": found,
            "literal_binds": True,
            "starting_rev": revision,
            "fn": steps,
        },
    )
    with Operations.context(context):
        context.run_migrations()
    return found.found
