"""How much a sample takes care of."""

from __future__ import annotations

from typing import Final, Literal

Level = Literal["one-request", "robust", "production"]

LEVELS: Final[tuple[Level, ...]] = ("one-request", "robust", "production")
