"""Inviting a person from the command line, with or without a server that runs."""

from __future__ import annotations

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.invitations import invite, make_invitation
from satsuma.accounts.password_hashing import Hashing
from satsuma.accounts.policy import AccountPolicy
from satsuma.accounts.stored_costs import StoredCosts
from satsuma.app.clock import SYSTEM
from satsuma.app.settings import Settings
from satsuma.counters.memory import MemoryCounter
from satsuma.domain.accounts import Role
from satsuma.management.accounts import canonical, why_held
from satsuma.management.context import ManagementContext, NotPossible


async def invite_person(
    context: ManagementContext,
    settings: Settings,
    email: str,
    role: Role,
    locale: str,
    by_hand: bool,
) -> str | None:
    """Invite a person by mail, or give the link that the operator brings by hand; raises NotPossible."""
    policy = AccountPolicy()
    attempts = LoginAttempts(policy, MemoryCounter(), None, SYSTEM.monotonic)
    costs = StoredCosts(context.store, SYSTEM.monotonic)
    accounts = AccountContext(
        context.store, context.vault, policy, Hashing(), attempts, context.clock, costs
    )
    wanted = canonical(email)
    try:
        if not by_hand:
            await _check_mail(context, settings)
            await invite(accounts, context.audit, wanted, role, locale)
            return None
        token = await make_invitation(accounts, context.audit, wanted, role, locale)
    except Declined as declined:
        held = await why_held(context, wanted) if declined.slug == "address-held" else ""
        raise NotPossible(declined.slug, held or f"{wanted} has an account already") from None
    return f"{settings.pages_url}/confirm/{token}"


async def _check_mail(context: ManagementContext, settings: Settings) -> None:
    """Refuse where no mail would leave; a demo and a test show it on a page."""
    mode = await context.store.read(lambda reader: reader.find_meta("mode"))
    if (mode or settings.mode) == "production" and settings.smtp_url is None:
        raise NotPossible(
            "mail-unset",
            "No mail leaves: set SATSUMA_SMTP_URL_FILE, or bring the link yourself with --print-link",
        )
