"""Accounts whose address nobody confirmed: they go after a week, so that nobody holds an address by typing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from satsuma.accounts.connected_applications import end_of_tokens
from satsuma.domain.accounts import DeleteAccount
from satsuma.domain.audit import Audit
from satsuma.store.port import Conflict, Store

KEPT: Final = timedelta(days=7)


async def drop_unconfirmed(store: Store, now: datetime, limit: int) -> int:
    """Delete up to `limit` accounts that waited too long; give how many were looked at.

    Each goes in a commit of its own, by the rules of a deletion; one that was confirmed meanwhile stays.
    """
    found = await store.read(lambda reader: reader.list_unconfirmed(now - KEPT, now, limit))
    for account in found:
        gone = DeleteAccount(account.account_id, now, end_of_tokens(now), only_unconfirmed=True)
        row = Audit(now, "housekeeping", "account.drop", f"account:{account.account_id}")
        try:
            await store.commit(gone, row)
        except Conflict:
            continue
    return len(found)
