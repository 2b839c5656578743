"""Invitations: an operator's way to let somebody in, also where sign-up is not open."""

from __future__ import annotations

from collections.abc import Callable

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.emails import find_by_email
from satsuma.accounts.letters import new_link, request_letter, unconfirmed_account
from satsuma.domain.accounts import Account, Role
from satsuma.domain.audit import Audit

AuditOf = Callable[..., Audit]


async def invite(
    accounts: AccountContext, audit: AuditOf, email: str, role: Role, locale: str
) -> None:
    """Ask for the letter that invites a person; raises Declined where the address has a confirmed account.

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
    known = await _invited(accounts, email)
    account, effects = unconfirmed_account(accounts, known, email, role, locale)
    life = accounts.policy.invitation_life
    token, added = new_link(accounts, "confirm", account, email, life)
    what = f"account:{account.account_id}"
    await accounts.store.commit(
        *effects, added, audit("account.invite", what, role=account.role, printed=True)
    )
    return token


async def _invited(accounts: AccountContext, email: str) -> Account | None:
    """Find the account that waits for its address to be confirmed; raises Declined where it waits no more."""
    known = await accounts.store.read(lambda reader: find_by_email(reader, email))
    if known is not None and (known.confirmed_at is not None or known.blocked):
        raise Declined("account-exists")
    return known
