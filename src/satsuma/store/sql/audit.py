"""The audit trail in SQL: what seals and finds its rows, and the row that a commit writes last."""

from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.audit import Audit, AuditRecord, SealAudit
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.clauses import select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

ADD_AUDIT = (
    "INSERT INTO audit (seq, at, actor, action, object, detail) "
    "SELECT (SELECT coalesce(max(seq), 0) + 1 FROM audit), :at, :actor, :action, :object, :detail"
)
SEAL_AUDIT = "UPDATE audit SET mac = :mac WHERE seq = :seq AND (mac IS NULL OR mac = :mac)"
AUDIT_SINCE = select("audit", AuditRecord) + " WHERE seq > :seq ORDER BY seq LIMIT :limit"
AUDIT_SEALED_HEAD = (
    select("audit", AuditRecord) + " WHERE mac IS NOT NULL ORDER BY seq DESC LIMIT 1"
)


def _audit(transaction: Transaction, effect: Audit, changes: Changes) -> None:
    changes.audits.append(values_of(effect))


def _seal_audit(transaction: Transaction, effect: SealAudit, changes: Changes) -> None:
    rows = [{"seq": seq, "mac": mac} for seq, mac in effect.macs]
    require(transaction.run_many(SEAL_AUDIT, rows) == len(rows), "already-sealed")


WRITERS: Writers = {
    Audit: steps(_audit),
    SealAudit: steps(_seal_audit, taken="already-sealed"),
}


class AuditQueries(Query):
    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Audit rows after `seq` in order."""
        return self._all(AuditRecord, AUDIT_SINCE, seq=seq, limit=limit)

    def audit_sealed_head(self) -> AuditRecord | None:
        """The newest row that has its chain value."""
        return self._one(AuditRecord, AUDIT_SEALED_HEAD)
