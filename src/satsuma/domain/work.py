"""Durable background work, and the leases by which one process at a time does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class Lease(Effect):
    """Take or renew a lease on a named work until `until`; conflicts `leased` where another holds it at `now`."""

    work: str
    holder: str
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of durable work; `payload` is sealed under the vault where it holds anything personal."""

    work_id: str
    kind: str
    payload: bytes
    due_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Enqueue(Effect):
    """Add durable work."""

    work: Work


@dataclass(frozen=True, slots=True)
class TakeWork(Effect):
    """Take a piece of work until `until`, counting the attempt; conflicts `work-taken` unless it is due at `at`."""

    work_id: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class FinishWork(Effect):
    """Remove a piece of work; no conflict where it is gone."""

    work_id: str
