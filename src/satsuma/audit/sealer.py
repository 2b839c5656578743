"""The sealer: gives audit rows their chain values, in bounded batches, on whichever node has the lease.

A value depends on the rows and the key alone, so two sealers at once write the same; the lease only
spares the second one's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from satsuma.audit.chain import START, chain_key, chain_values
from satsuma.domain.audit import AuditRecord, SealAudit
from satsuma.keys.vault import Vault
from satsuma.store.port import Conflict, Reader, Store

WORK: Final = "audit-sealer"
_BATCH: Final = 500


class Sealer:
    """Seals what commits have appended since the last sealed row."""

    def __init__(self, store: Store, vault: Vault, batch: int = _BATCH) -> None:
        """Seal at most `batch` rows in a commit."""
        self._store = store
        self._key = chain_key(vault)
        self._batch = batch

    async def is_due(self) -> bool:
        """Say whether a row waits for its value."""
        _, rows = await self._store.read(lambda reader: _unsealed(reader, 1))
        return bool(rows)

    async def step(self) -> int:
        """Seal one batch; give how many rows that were, 0 when another sealer came first."""
        head, rows = await self._store.read(lambda reader: _unsealed(reader, self._batch))
        if not rows:
            return 0
        try:
            await self._store.commit(SealAudit(tuple(chain_values(self._key, head, rows))))
        except Conflict:
            return 0
        return len(rows)


def _unsealed(reader: Reader, limit: int) -> tuple[bytes, Sequence[AuditRecord]]:
    head = reader.audit_sealed_head()
    if head is None or head.mac is None:
        return START, reader.audit_since(0, limit)
    return head.mac, reader.audit_since(head.seq, limit)
