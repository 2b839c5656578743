"""Meta."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetMeta:
    """Set a fact about the database itself; conflicts `meta-moved` unless it still is `expected` (None: absent)."""

    name: str
    expected: str | None
    value: str
