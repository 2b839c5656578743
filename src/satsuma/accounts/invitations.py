"""Invitations: an operator's way to let somebody in, also where sign-up is not open."""

from __future__ import annotations

from collections.abc import Callable

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.letters import new_link, request_letter, unconfirmed_account
from satsuma.domain.accounts import Account, Role
from satsuma.domain.audit import Audit

AuditOf = Callable[..., Audit]


async def invite(
    people: AccountContext, audit: AuditOf, email: str, role: Role, locale: str
) -> None:
    """Ask for the letter that invites a person; raises Declined where the address has a confirmed account.

    `audit` gives the row of the operator who invites.
    """
    await _invited(people, email)
    asked = request_letter(people, "invite", email, locale, role=role)
    row = audit("account.invite", f"work:{asked.work.work_id}", role=role)
    await people.store.commit(asked, row)


async def make_invitation(
    people: AccountContext, audit: AuditOf, email: str, role: Role, locale: str
) -> str:
    """Give the token of an invitation that the operator brings to the person by hand; raises Declined."""
    known = await _invited(people, email)
    account, effects = unconfirmed_account(people, known, email, role, locale)
    life = people.policy.invitation_life
    token, added = new_link(people, "confirm", account, email, life)
    what = f"account:{account.account_id}"
    await people.store.commit(
        *effects, added, audit("account.invite", what, role=account.role, printed=True)
    )
    return token


async def _invited(people: AccountContext, email: str) -> Account | None:
    """Find the account that waits for its address to be confirmed; raises Declined where it waits no more."""
    known = await people.store.read(lambda reader: reader.find_account_by_email(email))
    if known is not None and (known.confirmed_at is not None or known.blocked):
        raise Declined("account-exists")
    return known
