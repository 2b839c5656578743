"""Accounts whose address nobody confirmed: they hold no address that somebody else proves to have.

They go after a week, and at once where an address is proved by a link or given by an operator: to type it is no claim.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from satsuma.accounts.connected_applications import end_of_tokens
from satsuma.accounts.emails import find_by_email, find_held
from satsuma.domain.accounts import Account, DeleteAccount
from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict, Reader, Store

KEPT: Final = timedelta(days=7)
_MOVED: Final = ("account-exists", "account-unknown", "account-confirmed")
_TRIES: Final = 5


async def drop_unconfirmed(store: Store, now: datetime, limit: int) -> int:
    """Delete up to `limit` accounts that waited too long; give how many were looked at.

    Each goes in a commit of its own, by the rules of a deletion; one that was confirmed meanwhile stays.
    """
    found = await store.read(lambda reader: reader.list_unconfirmed(now - KEPT, now, limit))
    for account in found:
        try:
            await store.commit(*_dropped(account, now, "housekeeping"))
        except Conflict:
            continue
    return len(found)


async def take_address(
    store: Store, email: str, account_id: str, now: datetime, actor: str, *effects: Effect
) -> None:
    """Commit what gives an address to an account, and drop in the same commit who only waits for it.

    Raises Conflict, `account-exists` where a confirmed account has it, `address-held` where another one may take it
    back. Who signs up or confirms between the look and the commit is looked at again.
    """

    def look(reader: Reader) -> tuple[Account | None, bool]:
        is_held = find_held(reader, email, account_id, now) is not None
        return find_by_email(reader, email), is_held

    tries = _TRIES
    while True:
        known, is_held = await store.read(look)
        others = known if known is not None and known.account_id != account_id else None
        if others is not None and others.confirmed_at is not None:
            raise Conflict("account-exists")
        if is_held:
            raise Conflict("address-held")
        dropped = () if others is None else _dropped(others, now, actor)
        try:
            await store.commit(*dropped, *effects)
        except Conflict as conflict:
            tries -= 1
            if conflict.slug in _MOVED and tries:
                continue
            raise
        return


def _dropped(account: Account, now: datetime, actor: str) -> tuple[Effect, Effect]:
    gone = DeleteAccount(account.account_id, now, end_of_tokens(now), only_unconfirmed=True)
    return gone, Audit(now, actor, "account.drop", f"account:{account.account_id}")
