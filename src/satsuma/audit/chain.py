"""The audit chain: each row's value is a keyed hash over the row and the value before it.

Who can write the database but does not hold the master key can compute no value.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from satsuma.domain.audit import AuditRecord
from satsuma.keys.vault import Vault

START: Final = bytes(32)
"""What stands before the first row."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def chain_key(vault: Vault) -> bytes:
    """Derive the chain's key."""
    return vault.derive("audit-chain")


def chain_value(key: bytes, previous: bytes, row: AuditRecord, seq: int | None = None) -> bytes:
    """A row's value after `previous`; with `seq`, as if the row stood there.

    Spec: RFC 2104 §2.
    """
    return hmac.digest(key, previous + _canonical(row, row.seq if seq is None else seq), "sha256")


def chain_values(
    key: bytes, previous: bytes, rows: Iterable[AuditRecord]
) -> Iterator[tuple[int, bytes]]:
    """The number and value of each row in turn."""
    for row in rows:
        previous = chain_value(key, previous, row)
        yield row.seq, previous


def _canonical(row: AuditRecord, seq: int) -> bytes:
    """Give one row as bytes that no other row has: every text is led by its length."""
    at = (row.at - _EPOCH) // _MICROSECOND
    parts = [seq.to_bytes(8, "big", signed=True), at.to_bytes(8, "big", signed=True)]
    for text in (row.actor, row.action, row.object, row.detail):
        encoded = str(text).encode()
        parts += (len(encoded).to_bytes(4, "big"), encoded)
    return b"".join(parts)
