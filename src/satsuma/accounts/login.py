"""Login by e-mail and password."""

from __future__ import annotations

from satsuma.accounts.attempts import TooManyAttempts, network
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.emails import find_by_email, one_form
from satsuma.domain.accounts import Account
from satsuma.store.port import Reader
from satsuma_client.protocol.secret import Secret

WRONG = "login-wrong"
TOO_OFTEN = "login-too-often"


async def log_in(accounts: AccountContext, email: str, password: Secret, source: str) -> Account:
    """The account whose address and password these are; raises Declined, or Busy.

    `email` is as it was written. An address that nobody has takes as long, and is declined in the same words, as a
    wrong password; so are accounts that are blocked, not confirmed, or have no password yet.
    """

    def look(reader: Reader) -> tuple[Account | None, bool]:
        account = find_by_email(reader, email)
        sessions = reader.list_sessions("" if account is None else account.account_id)
        return account, any(network(each.source) == network(source) for each in sessions)

    account, is_known = await accounts.store.read(look)
    may = account is not None and account.confirmed_at is not None and not account.blocked
    password_hash = account.password_hash if account is not None and may else None
    try:
        async with accounts.attempts.attempt(one_form(email), source, is_known) as attempt:
            attempt.missed = not await accounts.hashing.matches(password, password_hash)
    except TooManyAttempts as refused:
        raise Declined(TOO_OFTEN, refused.wait) from None
    if attempt.missed or account is None:
        raise Declined(WRONG)
    return account
