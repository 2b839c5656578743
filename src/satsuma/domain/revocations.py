"""Revocations, and the feed that tells every process what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.domain.effects import Effect

RevocationKind = Literal["token", "grant", "client", "subject"]


@dataclass(frozen=True, slots=True)
class Revocation:
    """Something revoked, remembered until the last token it concerns has expired.

    `id` is a `jti`, a grant id, `client_id.generation`, or a subject.
    """

    kind: RevocationKind
    id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the feed: what changed, numbered in commit order."""

    seq: int
    kind: str
    id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revoke(Effect):
    """Remember a revocation until `until`; idempotent, the later `until` stands."""

    kind: RevocationKind
    id: str
    until: datetime
