"""Facts about the database itself."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class SetMeta(Effect):
    """Set a fact about the database itself; conflicts `meta-moved` unless it still is `expected` (None: absent)."""

    name: str
    expected: str | None
    value: str
