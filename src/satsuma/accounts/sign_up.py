"""Sign-up: an address first, a password only by the link that its mailbox received.

So nobody can take an address by being first, nor leave a password behind for its owner to confirm.
"""

from __future__ import annotations

from dataclasses import replace

from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.letters import request_letter
from satsuma.accounts.mail_links import find_linked, use_link
from satsuma.domain.accounts import Account, ConfirmAccount, SetPassword
from satsuma_client.protocol.secret import Secret


async def sign_up(accounts: AccountContext, email: str, locale: str, source: str) -> None:
    """Ask for the letter that goes on with a sign-up; raises Declined where a source asks too often."""
    if accounts.policy.sign_up != "open":
        raise Declined("sign-up-closed")
    wait = await accounts.attempts.letters_from(source)
    if wait:
        raise Declined("letters-too-often", wait)
    await accounts.store.commit(request_letter(accounts, "sign-up", email, locale))


async def confirm(
    accounts: AccountContext, token: str, password: Secret, end_access: bool = False
) -> Account:
    """Take the first password by a link; raises Declined, BadPassword or Busy. No application has access yet."""
    link, account = await find_linked(accounts, "confirm", token)
    password_hash = await accounts.hashing.hash_new(password, account.email, account.account_id)
    await use_link(
        accounts,
        link,
        SetPassword(account.account_id, password_hash),
        ConfirmAccount(account.account_id, accounts.clock()),
        accounts.audit(account.account_id, "account.confirm"),
    )
    return replace(account, password_hash=password_hash)
