"""Sandboxes: an application and a made-up person for whoever tries the platform without an account.

A sandbox lives a day, calls the APIs that are marked for it, and is gone with all that it has; or somebody who signs up
on the same browser keeps its application. No more than MOST live at once: each has one of so many addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from satsuma.accounts.connected_applications import end_of_tokens
from satsuma.accounts.emails import MADE_UP
from satsuma.domain.accounts import Account, CreateAccount, DeleteAccount
from satsuma.domain.applications import Application, MoveApplication
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.keys.randomness import alphanumeric, public_id
from satsuma.management.apis import list_apis
from satsuma.management.applications import (
    Credentials,
    create_application,
    revoke_application,
)
from satsuma.management.context import (
    ManagementContext,
    NotPossible,
    as_not_possible,
    attempt,
)
from satsuma.store.port import Conflict, Reader

LIFE: Final = timedelta(days=1)
MOST: Final = 1000
"""How many sandboxes live at once."""
_GRACE: Final = timedelta(minutes=5)
"""Between the end of what a sandbox may do and its removal: as far as clocks may be apart."""
_APPLICATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A made-up person, and the application that is theirs alone."""

    account: Account
    credentials: Credentials


def time_left(account: Account, now: datetime) -> timedelta:
    """How much of a made-up person's day is left; none of anybody else."""
    left = account.created_at + LIFE - now
    return left if account.is_made_up else timedelta(0)


def is_over(account: Account, now: datetime) -> bool:
    """Whether a made-up person's day has passed."""
    return account.is_made_up and time_left(account, now) <= timedelta(0)


async def find_triable(context: ManagementContext) -> list[str]:
    """The APIs that a sandbox may call; raises NotPossible where there is none."""
    found = [
        f"{api.name}:{api.version}"
        for api in await list_apis(context)
        if api.sandbox and api.life_cycle == "live"
    ]
    if not found:
        raise NotPossible("sandbox-empty", "No API may be tried here without an account")
    return found


async def open_sandbox(context: ManagementContext) -> Sandbox:
    """Make a sandbox with credentials, subscribed to every API that is marked; raises NotPossible where none is left.

    Raises NotPossible, too, where no API is marked: there would be nothing to try.
    """
    apis = await find_triable(context)
    account = await attempt(lambda: _make_up(context))
    name = f"Sandbox {alphanumeric(6, context.draw)}"
    return Sandbox(account, await create_application(context, name, account.email, apis=apis))


async def _make_up(context: ManagementContext) -> Account:
    """A person at an address that nobody has; raises Conflict where another process takes it first."""
    now = context.clock()
    living = await context.store.read(
        lambda reader: reader.list_sandboxes(now + timedelta(days=1), MOST)
    )
    taken = {account.email for account in living}
    free = [email for n in range(MOST) if (email := f"sandbox-{n:03}@{MADE_UP}") not in taken]
    if not free:
        says = (
            "As many people as may are trying this at the moment: sign up, or come back in an hour"
        )
        raise NotPossible("sandbox-full", says)
    email = free[int.from_bytes(context.draw(4), "big") % len(free)]
    account = Account(public_id("acc", context.draw), email, "sandbox", "en", now, now)
    space = Space(public_id("spc", context.draw), account.account_id, now)
    row = context.audit("sandbox.open", f"account:{account.account_id}")
    await context.store.commit(CreateAccount(account), CreateSpace(space), row)
    return account


async def application_of(context: ManagementContext, account: Account) -> Application | None:
    """The application of a sandbox; None where it was claimed or deleted."""
    found = await context.store.read(lambda reader: _applications(reader, account))
    return next(iter(found), None)


async def claim_sandbox(
    context: ManagementContext, sandbox: Account, owner: Account, most: int | None = None
) -> Application:
    """Move the application of a sandbox into the space of an account, once; raises NotPossible.

    Its client_id, secret, tokens and subscriptions go on. Whoever calls has seen that both are of one browser.
    """
    application = await application_of(context, sandbox)
    space = await context.store.read(lambda reader: reader.find_space_of(owner.account_id))
    if application is None or not sandbox.is_made_up or is_over(sandbox, context.clock()):
        raise NotPossible("sandbox-gone", "That sandbox has ended, or somebody keeps it already")
    if owner.is_made_up or space is None:
        raise NotPossible("space-unknown", "Sign up first: the application needs an owner")
    moved = MoveApplication(application.application_id, space.space_id, application.space_id, most)
    what = f"application:{application.application_id}"
    try:
        await context.store.commit(
            moved, context.audit("sandbox.claim", what, owner=owner.account_id)
        )
    except Conflict as conflict:
        says = {
            "application-moved": "Somebody keeps that sandbox already",
            "space-full": f"You have {most} applications already",
            "application-exists": f"You have an application named {application.name!r} already",
        }
        raise as_not_possible(conflict, says) from None
    return application


async def end_sandboxes(context: ManagementContext, limit: int) -> int:
    """Remove up to `limit` sandboxes whose day has passed, with their applications and tokens; give how many."""
    before = context.clock() - LIFE - _GRACE
    due = await context.store.read(lambda reader: reader.list_sandboxes(before, limit))
    for account in due:
        try:
            await _end(context, account)
        except (Conflict, NotPossible):
            continue  # another process is at it, and whoever comes next finds what is left
    return len(due)


async def _end(context: ManagementContext, account: Account) -> None:
    for each in await context.store.read(lambda reader: _applications(reader, account)):
        await revoke_application(context, each.application_id)
    now = context.clock()
    await context.store.commit(
        DeleteAccount(account.account_id, now, end_of_tokens(now)),
        context.audit("sandbox.end", f"account:{account.account_id}"),
    )


def _applications(reader: Reader, account: Account) -> list[Application]:
    space = reader.find_space_of(account.account_id)
    found = () if space is None else reader.list_applications(space.space_id, "", _APPLICATIONS)
    return [each for each in found if each.state != "revoked"]
