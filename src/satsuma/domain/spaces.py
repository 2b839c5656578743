"""Spaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Space:
    """A client space: one per e-mail address, holding applications."""

    space_id: str
    owner_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CreateSpace:
    """Add a client space; conflicts `space-exists` where the owner has one, or `account-unknown`."""

    space: Space
