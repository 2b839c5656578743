"""What a commit tells, and the conditions by which it conflicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from satsuma.store.port import Conflict
from satsuma.store.sql.rows import Values


@dataclass(slots=True)
class Changes:
    """What a commit at `at` tells the feed and the audit, written last."""

    at: int
    changes: dict[tuple[str, str, int | None], None] = field(default_factory=dict)
    audits: list[Values] = field(default_factory=list)

    def announce(self, kind: str, changed: str, until: int | None = None) -> None:
        """Announce a change; the same one only once in a commit."""
        self.changes[kind, changed, until] = None


def require(held: object, slug: str) -> None:
    """Conflict unless a condition held."""
    if not held:
        raise Conflict(slug)


def single_value(rows: list[tuple[Any, ...]], slug: str) -> Any:
    """The first value of the only row, or conflict where there is none."""
    if not rows:
        raise Conflict(slug)
    return rows[0][0]
