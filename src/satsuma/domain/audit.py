"""The audit trail: rows in commit order, sealed into a chain afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit row; `seq` and `mac` are given by the store and the sealer. `detail` is JSON."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: str
    mac: bytes | None = None


@dataclass(frozen=True, slots=True)
class Audit(Effect):
    """Append an audit row in commit order; `detail` is JSON without secrets."""

    at: datetime
    actor: str
    action: str
    object: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class SealAudit(Effect):
    """Write the chain values of rows `(seq, mac)`.

    Conflicts `already-sealed` where a row has a different value, or is missing.
    """

    macs: tuple[tuple[int, bytes], ...]
