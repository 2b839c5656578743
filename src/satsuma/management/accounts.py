"""Operations on accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from satsuma.accounts import emails
from satsuma.accounts.emails import BadEmail, as_written, canonical_email
from satsuma.accounts.unconfirmed import take_address
from satsuma.domain.accounts import (
    Account,
    ChangeEmail,
    CreateAccount,
    EndUndos,
    MailLink,
    Role,
    SetBlocked,
)
from satsuma.domain.applications import Application
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import Grant
from satsuma.domain.sessions import EndSessions, Session
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.keys.randomness import public_id
from satsuma.management.context import ManagementContext, NotPossible, as_not_possible
from satsuma.store.port import Conflict, Reader

_PAGE = 200


def canonical(email: str) -> str:
    """The one form of an e-mail address; raises NotPossible."""
    try:
        return canonical_email(email)
    except BadEmail as problem:
        raise NotPossible("email-malformed", str(problem)) from None


def _written(email: str) -> str:
    """An e-mail address as it is looked up; raises NotPossible."""
    try:
        return as_written(email)
    except BadEmail as problem:
        raise NotPossible("email-malformed", str(problem)) from None


async def create_account(
    context: ManagementContext,
    email: str,
    role: Role = "developer",
    password_hash: str | None = None,
) -> Account:
    """Create a confirmed account with its client space; raises NotPossible where the address is taken or held.

    An account that only waits for this address to be confirmed gives way.
    """
    now = context.clock()
    account = Account(
        public_id("acc", context.draw), canonical(email), role, "en", now, now, password_hash
    )
    space = Space(public_id("spc", context.draw), account.account_id, now)
    row = context.audit("account.create", f"account:{account.account_id}", role=role)
    await _take_address(context, account, CreateAccount(account), CreateSpace(space), row)
    return account


async def _take_address(context: ManagementContext, account: Account, *effects: Effect) -> None:
    """Commit what gives an account its address; raises NotPossible where another has it or may have it back."""
    email, now = account.email, context.clock()
    try:
        await take_address(context.store, email, account.account_id, now, context.actor, *effects)
    except Conflict as conflict:
        says = {
            "account-exists": f"{email} has an account already",
            "space-in-use": f"{email} has an account already, with applications in use",
            "email-moved": "The address of that account was changed meanwhile: look again, then try again",
        }
        if conflict.slug == "address-held":
            says[conflict.slug] = await why_held(context, email, account.account_id)
        raise as_not_possible(conflict, says) from None


async def why_held(context: ManagementContext, email: str, account_id: str = "") -> str:
    """Say which account an address is held for, until when, and what an operator can do about it."""
    now = context.clock()

    def look(reader: Reader) -> tuple[MailLink | None, Account | None]:
        link = emails.find_held(reader, email, account_id, now)
        return link, None if link is None else reader.find_account(link.account_id)

    link, holder = await context.store.read(look)
    if link is None or holder is None:
        return f"{email} was held for another account and is no more: try again"
    return (
        f"{email} was the address of {holder.email}, and can take that change back until "
        f"{link.expires_at:%Y-%m-%d %H:%M} UTC. Wait, or give that account the address it is to have, after which "
        f"nothing can be taken back: satsuma accounts change {holder.email} --email ADDRESS"
    )


async def find_by_email(context: ManagementContext, email: str) -> Account:
    """Find an account by e-mail; raises NotPossible."""
    wanted = _written(email)
    account = await context.store.read(lambda reader: emails.find_by_email(reader, wanted))
    if account is None:
        raise NotPossible(
            "account-unknown", f"No account has {wanted}: satsuma accounts create {wanted}"
        )
    return account


async def find_account(context: ManagementContext, email: str) -> tuple[Account, Space]:
    """Find an account and its space by e-mail; raises NotPossible."""
    account = await find_by_email(context, email)
    account_id = account.account_id
    space = await context.store.read(lambda reader: reader.find_space_of(account_id))
    if space is None:
        raise NotPossible("space-unknown", f"{account.email} has no client space")
    return account, space


async def open_space(context: ManagementContext, account_id: str) -> None:
    """Give a person the client space that applications stand in, where there is none yet."""
    if await context.store.read(lambda reader: reader.find_space_of(account_id)) is not None:
        return
    space = Space(public_id("spc", context.draw), account_id, context.clock())
    try:
        await context.store.commit(
            CreateSpace(space), context.audit("space.open", f"account:{account_id}")
        )
    except Conflict as conflict:
        if conflict.slug != "space-exists":
            raise as_not_possible(conflict, {}) from None


@dataclass(frozen=True, slots=True)
class AccountOverview:
    """An account, where it is logged in, and what applications hold of it."""

    account: Account
    sessions: Sequence[Session]
    grants: Sequence[tuple[Grant, Application]]


async def list_accounts(context: ManagementContext) -> list[Account]:
    """List all accounts."""
    found: list[Account] = []

    def next_page(reader: Reader) -> Sequence[Account]:
        return reader.list_accounts(found[-1].account_id if found else "", _PAGE)

    while page := await context.store.read(next_page):
        found.extend(page)
    return found


async def look_at_account(context: ManagementContext, email: str) -> AccountOverview:
    """Look at one account; raises NotPossible."""
    account = await find_by_email(context, email)
    account_id = account.account_id

    def look(reader: Reader) -> AccountOverview:
        return AccountOverview(
            account, reader.list_sessions(account_id), reader.list_grants(account_id)
        )

    return await context.store.read(look)


async def change_email(context: ManagementContext, email: str, wanted: str) -> Account:
    """Give an account another address, without a letter: whoever runs the server knows it; raises NotPossible.

    Nobody who had an address of it before takes it back any more, also where it is the one that the account has. An
    account that only waits for the new address to be confirmed gives way.
    """
    account = await find_by_email(context, email)
    changed = replace(account, email=canonical(wanted))
    await _take_address(
        context,
        changed,
        ChangeEmail(account.account_id, changed.email, account.email),
        EndUndos(account.account_id, context.clock()),
        context.audit("account.change-email", f"account:{account.account_id}"),
    )
    return changed


async def block_account(context: ManagementContext, email: str) -> Account:
    """Block an account: its sessions end, and what applications hold of it rests; raises NotPossible."""
    account = await find_by_email(context, email)
    account_id = account.account_id
    await context.store.commit(
        SetBlocked(account_id, True),
        EndSessions(account_id),
        context.audit("account.block", f"account:{account_id}"),
    )
    return replace(account, blocked=True)


async def unblock_account(context: ManagementContext, email: str) -> Account:
    """Lift the block of an account: its applications go on, its person logs in again; raises NotPossible."""
    account = await find_by_email(context, email)
    account_id = account.account_id
    await context.store.commit(
        SetBlocked(account_id, False), context.audit("account.unblock", f"account:{account_id}")
    )
    return replace(account, blocked=False)
