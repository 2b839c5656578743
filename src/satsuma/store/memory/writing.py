"""Effects on the memory store's tables, with the conditions that the SQL statements have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from satsuma.domain.audit import AuditRecord
from satsuma.domain.effects import Effect
from satsuma.domain.revocations import Change
from satsuma.store.memory import (
    accounts,
    apis,
    applications,
    audit,
    consents,
    grants,
    keys,
    meta,
    plans,
    request_log,
    revocations,
    sessions,
    spaces,
    subscriptions,
    usage,
    usage_counts,
    work,
)
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers

WRITERS: Writers = {
    **accounts.WRITERS,
    **sessions.WRITERS,
    **spaces.WRITERS,
    **applications.WRITERS,
    **apis.WRITERS,
    **plans.WRITERS,
    **subscriptions.WRITERS,
    **usage.WRITERS,
    **usage_counts.WRITERS,
    **consents.WRITERS,
    **grants.WRITERS,
    **keys.WRITERS,
    **revocations.WRITERS,
    **audit.WRITERS,
    **request_log.WRITERS,
    **work.WRITERS,
    **meta.WRITERS,
}


def apply(tables: Tables, effects: Iterable[Effect], at: datetime) -> bool:
    """Write all effects, then their feed and audit rows; give whether there were any such rows."""
    changes = Changes(at)
    for effect in effects:
        WRITERS[type(effect)](tables, effect, changes)
    for kind, changed, until in changes.changes:
        seq = tables.head() + 1
        tables.put(tables.feed, seq, (Change(seq, kind, changed, until), at))
    for said in changes.audits:
        seq = len(tables.audit) + 1
        row = AuditRecord(seq, said.at, said.actor, said.action, said.object, said.detail)
        tables.put(tables.audit, seq, row)
    return bool(changes.changes or changes.audits)
