"""Links sent by mail: for one purpose, used once, within their time, and while what they rest on stands.

A link rests on the session that asked for it, where one did, and one that confirms or resets on the address that it was
sent to. Whatever puts an account into other hands or out of them (a new password, another address, a block, logging out
everywhere) ends all that live, in its own commit; what undoes a change of address outlives these.
"""

from __future__ import annotations

from datetime import datetime

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.unconfirmed import take_address
from satsuma.domain.accounts import Account, LinkPurpose, MailLink, UseLink
from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict, Reader

_OF_THE_ADDRESS = ("confirm", "reset")


async def find_linked(
    accounts: AccountContext, purpose: LinkPurpose, token: str
) -> tuple[MailLink, Account]:
    """Find what a link is for; raises Declined, which names the cause.

    Who has the token has proved a mailbox of the account, so the cause tells nothing to strangers.
    """
    digest, now = accounts.links(token), accounts.clock()

    def look(reader: Reader) -> tuple[MailLink, Account] | str:
        link = reader.find_link(digest)
        account = None if link is None else reader.find_account(link.account_id)
        if link is None or account is None or link.purpose != purpose:
            return "link-unknown"
        sessions = reader.list_sessions(link.account_id) if link.sid is not None else ()
        rests = link.sid is None or any(session.sid == link.sid for session in sessions)
        return _why_not(link, account, rests, now) or (link, account)

    found = await accounts.store.read(look)
    if isinstance(found, str):
        raise Declined(found)
    return found


def _why_not(link: MailLink, account: Account, rests: bool, now: datetime) -> str:
    """Say by a slug why a link is not good; empty where it is."""
    if link.used_at is not None:
        return "link-used"
    if link.expires_at <= now:
        return "link-past"
    if account.blocked:
        return "account-blocked"
    if not rests:
        return "link-of-session"
    if link.purpose in _OF_THE_ADDRESS and link.email != account.email:
        return "link-of-address"
    return ""


async def use_link(accounts: AccountContext, link: MailLink, *effects: Effect) -> None:
    """Commit what a link leads to together with its use; raises Declined where it was used meanwhile."""
    try:
        await accounts.store.commit(UseLink(link.digest, accounts.clock()), *effects)
    except Conflict as conflict:
        raise Declined(conflict.slug) from None


async def move_by_link(accounts: AccountContext, link: MailLink, *effects: Effect) -> None:
    """Commit what gives an account the address that a link was sent to, as `use_link` does.

    Whoever follows the link has that mailbox, so an account that only waits to be confirmed there gives way.
    """
    now, account_id = accounts.clock(), link.account_id
    used, actor = UseLink(link.digest, now), f"account:{account_id}"
    try:
        await take_address(accounts.store, link.email, account_id, now, actor, used, *effects)
    except Conflict as conflict:
        raise Declined(conflict.slug) from None
