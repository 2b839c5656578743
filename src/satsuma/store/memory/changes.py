"""What a commit to memory tells, and the conditions by which it conflicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from satsuma.domain.audit import Audit
from satsuma.store.port import Conflict

V = TypeVar("V")


@dataclass(slots=True)
class Changes:
    """What a commit at `at` tells the feed and the audit, written last."""

    at: datetime
    changes: dict[tuple[str, str, datetime | None], None] = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)

    def announce(self, kind: str, changed: str, until: datetime | None = None) -> None:
        """Announce a change; the same one only once in a commit."""
        self.changes[kind, changed, until] = None


def require(held: bool, slug: str) -> None:
    """Conflict unless a condition held."""
    if not held:
        raise Conflict(slug)


def known(row: V | None, slug: str) -> V:
    """A row, or conflict where there is none."""
    if row is None:
        raise Conflict(slug)
    return row
