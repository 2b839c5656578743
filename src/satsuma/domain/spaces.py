"""Client spaces: whose the applications are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class Space:
    """A client space: one per e-mail address, holding applications."""

    space_id: str
    owner_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CreateSpace(Effect):
    """Add a client space; conflicts `space-exists` where the owner has one, or `account-unknown`."""

    space: Space
