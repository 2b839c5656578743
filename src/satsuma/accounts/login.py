"""Login by e-mail and password."""

from __future__ import annotations

from dataclasses import replace

from satsuma.accounts.attempts import TooManyAttempts
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.emails import find_by_email, one_form
from satsuma.accounts.password_hashing import Busy, Compared, ShareUsed
from satsuma.accounts.passwords import BadPassword
from satsuma.domain.accounts import Account, RenewPasswordHash
from satsuma.http.sources import network
from satsuma.store.port import Conflict, Reader
from satsuma_client.protocol.secret import Secret

WRONG = "login-wrong"
TOO_OFTEN = "login-too-often"
SOON = 2.0
"""When a source may come again that has more tries waiting than any other."""


async def log_in(accounts: AccountContext, email: str, password: Secret, source: str) -> Account:
    """The account whose address and password these are; raises Declined, or Busy.

    `email` is as it was written. An address that nobody has takes as long, and is declined in the same words, as a
    wrong password; so are accounts that are blocked, not confirmed, or have no password yet. A hash of another cost
    than the present one is made anew.
    """

    def look(reader: Reader) -> tuple[Account | None, bool]:
        account = find_by_email(reader, email)
        sessions = reader.list_sessions("" if account is None else account.account_id)
        return account, any(network(each.source) == network(source) for each in sessions)

    account, is_known = await accounts.store.read(look)
    may = account is not None and account.confirmed_at is not None and not account.blocked
    password_hash = account.password_hash if account is not None and may else None
    counted = one_form(email if account is None else account.email)
    stored, share = await accounts.costs(), network(source)
    found: Compared = "wrong"
    try:
        async with accounts.attempts.attempt(counted, source, is_known) as attempt:
            found = await accounts.hashing.compare(password, password_hash, share, stored)
            attempt.missed = found == "wrong"
    except TooManyAttempts as refused:
        raise Declined(TOO_OFTEN, refused.wait) from None
    except ShareUsed:
        raise Declined(TOO_OFTEN, SOON) from None
    if account is None or found == "wrong":
        raise Declined(WRONG)
    return account if found == "right" else await _renewed(accounts, account, password, share)


async def _renewed(
    accounts: AccountContext, account: Account, password: Secret, share: str
) -> Account:
    """Make the hash anew; where that cannot be now, the one that was compared serves on."""
    before = account.password_hash or ""
    try:
        made = await accounts.hashing.hash_again(password, share)
        await accounts.store.commit(RenewPasswordHash(account.account_id, before, made))
    except (BadPassword, Busy):
        return account
    except Conflict:
        raise Declined(WRONG) from None  # another password was set at this moment
    return replace(account, password_hash=made)
