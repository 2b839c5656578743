"""Invitations: an operator's way to let somebody in, also where sign-up is not open."""

from __future__ import annotations

from collections.abc import Callable

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.emails import find_held
from satsuma.accounts.letters import (
    Waiting,
    invited_account,
    look_for_waiting,
    new_link,
    request_letter,
)
from satsuma.domain.accounts import Role
from satsuma.domain.audit import Audit
from satsuma.store.port import Reader

AuditOf = Callable[..., Audit]


async def invite(
    accounts: AccountContext, audit: AuditOf, email: str, role: Role, locale: str
) -> None:
    """Ask for the letter that invites a person; raises Declined where the address has a confirmed account or is held.

    `audit` gives the row of the operator who invites.
    """
    await _invited(accounts, email)
    asked = request_letter(accounts, "invite", email, locale, role=role)
    row = audit("account.invite", f"work:{asked.work.work_id}", role=role)
    await accounts.store.commit(asked, row)


async def make_invitation(
    accounts: AccountContext, audit: AuditOf, email: str, role: Role, locale: str
) -> str:
    """The token of an invitation that the operator brings to the person by hand; raises Declined."""
    waiting = await _invited(accounts, email)
    account, effects = invited_account(accounts, waiting, email, role, locale)
    life = accounts.policy.invitation_life
    token, added = new_link(accounts, "confirm", account, email, life)
    what = f"account:{account.account_id}"
    await accounts.store.commit(
        *effects, added, audit("account.invite", what, role=account.role, printed=True)
    )
    return token


async def _invited(accounts: AccountContext, email: str) -> Waiting:
    """Look who waits for an address to be confirmed; raises Declined where it waits no more, or others hold it."""
    now = accounts.clock()

    def look(reader: Reader) -> tuple[Waiting, bool]:
        return look_for_waiting(reader, email), find_held(reader, email, "", now) is not None

    waiting, is_held = await accounts.store.read(look)
    known = waiting.account
    if known is not None and (known.confirmed_at is not None or known.blocked):
        raise Declined("account-exists")
    if is_held:
        raise Declined("address-held")
    return waiting
