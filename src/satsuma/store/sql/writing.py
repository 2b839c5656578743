"""Effects become statements: each holds whole or its commit conflicts."""

from __future__ import annotations

from collections.abc import Iterable

from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict
from satsuma.store.sql import (
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
from satsuma.store.sql.audit import ADD_AUDIT
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.revocations import ADD_CHANGE
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers

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


def apply(transaction: Transaction, effects: Iterable[Effect], at: int) -> bool:
    """Write all effects, then their feed and audit rows; give whether the feed has anything new."""
    return number(transaction, [write(transaction, effects, at)])


def write(transaction: Transaction, effects: Iterable[Effect], at: int) -> Changes:
    """Write all effects but the rows that bear numbers; give what these are to say."""
    changes = Changes(at)
    for effect in effects:
        writer = WRITERS[type(effect)]
        try:
            writer.write(transaction, effect, changes)
        except transaction.integrity_error:
            if not writer.taken:
                raise
            raise Conflict(writer.taken) from None
    return changes


def number(transaction: Transaction, told: Iterable[Changes]) -> bool:
    """Write the feed and audit rows of one or many commits; give whether the feed has anything new.

    They come last, when the transaction's turn to commit has come: they are few, and no other lock
    is waited for after that.
    """
    told = [changes for changes in told if changes.changes or changes.audits]
    if not told:
        return False
    transaction.take_turn()
    for changes in told:
        for kind, changed, until in changes.changes:
            change = {"kind": kind, "id": changed, "until": until, "at": changes.at}
            transaction.run(ADD_CHANGE, change)
        for row in changes.audits:
            transaction.run(ADD_AUDIT, row)
    is_new = any(changes.changes for changes in told)
    if is_new:
        transaction.announce()
    return is_new
