"""The audit trail in memory: what seals and finds its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.audit import Audit, AuditRecord, SealAudit
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _audit(t: Tables, effect: Audit, changes: Changes) -> None:
    changes.audits.append(effect)


def _seal_audit(t: Tables, effect: SealAudit, changes: Changes) -> None:
    for seq, mac in effect.macs:
        row = known(t.audit.get(seq), "already-sealed")
        require(row.mac in (None, mac), "already-sealed")
        t.put(t.audit, seq, replace(row, mac=mac))


WRITERS: Writers = {
    Audit: _audit,
    SealAudit: _seal_audit,
}


class AuditQueries(Query):
    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Audit rows after `seq` in order."""
        audit = self._tables.audit
        return [audit[n] for n in range(seq + 1, min(seq + limit, len(audit)) + 1)]

    def audit_sealed_head(self) -> AuditRecord | None:
        """The newest row that has its chain value."""
        return next((r for r in reversed(self._tables.audit.values()) if r.mac is not None), None)
