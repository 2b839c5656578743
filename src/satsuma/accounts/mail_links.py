"""Links sent by mail: for one purpose, used once, within their time, and while what they rest on stands.

A link rests on the session that asked for it, where one did, and one that confirms or resets on the address that it was
sent to. Whatever puts an account into other hands or out of them (a new password, another address, a block, logging out
everywhere) ends all that live, in its own commit; what undoes a change of address outlives these.
"""

from __future__ import annotations

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.unconfirmed import take_address
from satsuma.domain.accounts import Account, LinkPurpose, MailLink, UseLink
from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict, Reader

SPENT = "link-spent"
_OF_THE_ADDRESS = ("confirm", "reset")


async def find_linked(
    accounts: AccountContext, purpose: LinkPurpose, token: str
) -> tuple[MailLink, Account] | None:
    """Find what a link is for; None for one that is unknown, of another purpose, used or too old."""
    digest = accounts.links(token)

    def look(reader: Reader) -> tuple[MailLink, Account] | None:
        link = reader.find_link(digest)
        account = None if link is None else reader.find_account(link.account_id)
        if link is None or account is None:
            return None
        sessions = reader.list_sessions(link.account_id) if link.sid is not None else ()
        rests = link.sid is None or any(session.sid == link.sid for session in sessions)
        return (link, account) if rests else None

    found = await accounts.store.read(look)
    if found is None:
        return None
    link, account = found
    is_live = link.used_at is None and accounts.clock() < link.expires_at
    is_sent_there = purpose not in _OF_THE_ADDRESS or link.email == account.email
    is_good = link.purpose == purpose and is_live and is_sent_there
    return found if is_good and not account.blocked else None


async def use_link(accounts: AccountContext, link: MailLink, *effects: Effect) -> None:
    """Commit what a link leads to together with its use; raises Declined where it was used meanwhile."""
    try:
        await accounts.store.commit(UseLink(link.digest, accounts.clock()), *effects)
    except Conflict as conflict:
        raise _declined(conflict) from None


async def move_by_link(accounts: AccountContext, link: MailLink, *effects: Effect) -> None:
    """Commit what gives an account the address that a link was sent to, as `use_link` does.

    Whoever follows the link has that mailbox, so an account that only waits to be confirmed there gives way.
    """
    now, account_id = accounts.clock(), link.account_id
    used, actor = UseLink(link.digest, now), f"account:{account_id}"
    try:
        await take_address(accounts.store, link.email, account_id, now, actor, used, *effects)
    except Conflict as conflict:
        raise _declined(conflict) from None


def _declined(conflict: Conflict) -> Declined:
    return Declined(SPENT if conflict.slug == "link-used" else conflict.slug)
