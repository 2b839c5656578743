"""Links sent by mail: for one purpose, used once, within their time."""

from __future__ import annotations

from satsuma.accounts.context import AccountContext, Declined
from satsuma.domain.accounts import Account, LinkPurpose, MailLink, UseLink
from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict, Reader

SPENT = "link-spent"


async def find_linked(
    accounts: AccountContext, purpose: LinkPurpose, token: str
) -> tuple[MailLink, Account] | None:
    """Find what a link is for; None for one that is unknown, of another purpose, used or too old."""
    digest = accounts.links(token)

    def look(reader: Reader) -> tuple[MailLink, Account] | None:
        link = reader.find_link(digest)
        account = None if link is None else reader.find_account(link.account_id)
        return None if link is None or account is None else (link, account)

    found = await accounts.store.read(look)
    if found is None:
        return None
    link, account = found
    is_live = link.used_at is None and accounts.clock() < link.expires_at
    return found if link.purpose == purpose and is_live and not account.blocked else None


async def use_link(accounts: AccountContext, link: MailLink, *effects: Effect) -> None:
    """Commit what a link leads to together with its use; raises Declined where it was used meanwhile."""
    try:
        await accounts.store.commit(UseLink(link.digest, accounts.clock()), *effects)
    except Conflict as conflict:
        slug = SPENT if conflict.slug == "link-used" else conflict.slug
        raise Declined(slug) from None
