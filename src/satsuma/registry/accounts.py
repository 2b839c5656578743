"""Operations on accounts."""

from __future__ import annotations

import re
import unicodedata

from satsuma.keys.randomness import public_id
from satsuma.registry.desk import Desk, NotPossible
from satsuma.rules.effects import CreateAccount, CreateSpace
from satsuma.rules.facts import Account, Role, Space
from satsuma.store.port import Conflict

_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f.]+(?:\.[^\s@\x00-\x1f.]+)*\Z")


def canonical_email(text: str) -> str:
    """Give the one form of an e-mail address by which accounts are told apart; raises NotPossible."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > 254 or not _EMAIL.match(email):
        raise NotPossible("email-malformed", f"{text[:80]!r} is not an e-mail address")
    return email


async def create_account(
    desk: Desk, email: str, role: Role = "developer", password_hash: str | None = None
) -> Account:
    """Create a confirmed account with its client space; raises NotPossible where the address is taken."""
    now = desk.clock()
    account = Account(public_id("acc"), canonical_email(email), role, "en", now, now, password_hash)
    space = Space(public_id("spc"), account.account_id, now)
    what = f"account:{account.account_id}"
    try:
        await desk.store.commit(
            CreateAccount(account),
            CreateSpace(space),
            desk.audit("account.create", what, role=role),
        )
    except Conflict as conflict:
        raise NotPossible(conflict.slug, f"{account.email} has an account already") from None
    return account


async def find_account(desk: Desk, email: str) -> tuple[Account, Space]:
    """Find an account and its space by e-mail; raises NotPossible."""
    wanted = canonical_email(email)
    account = await desk.store.read(lambda reader: reader.find_account_by_email(wanted))
    if account is None:
        raise NotPossible(
            "account-unknown", f"No account has {wanted}: satsuma accounts create {wanted}"
        )
    account_id = account.account_id
    space = await desk.store.read(lambda reader: reader.find_space_of(account_id))
    if space is None:
        raise NotPossible("space-unknown", f"{wanted} has no client space")
    return account, space
