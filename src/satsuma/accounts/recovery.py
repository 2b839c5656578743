"""A forgotten password: a link to the address, and a new password by it."""

from __future__ import annotations

from dataclasses import replace

from satsuma.accounts.connected_applications import ended_access
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.letters import notice, request_letter
from satsuma.accounts.mail_links import find_linked, use_link
from satsuma.domain.accounts import Account, SetPassword
from satsuma.domain.sessions import EndSessions
from satsuma_client.protocol.secret import Secret


async def ask_reset(accounts: AccountContext, email: str, locale: str, source: str) -> None:
    """Ask for the link; raises Declined where a source asks too often."""
    wait = await accounts.attempts.letters_from(source)
    if wait:
        raise Declined("letters-too-often", wait)
    await accounts.store.commit(request_letter(accounts, "reset", email, locale))


async def reset(
    accounts: AccountContext, token: str, password: Secret, end_access: bool
) -> Account:
    """Take a new password by a link and end every session and live link, with `end_access` every application's access.

    Raises Declined, BadPassword or Busy.
    """
    link, account = await find_linked(accounts, "reset", token)
    password_hash = await accounts.hashing.hash_new(password, account.email, account.account_id)
    await use_link(
        accounts,
        link,
        SetPassword(account.account_id, password_hash),
        EndSessions(account.account_id),
        *ended_access(accounts, account, end_access),
        notice(accounts, "password-changed", account.email, account.locale),
        accounts.audit(account.account_id, "account.reset-password"),
    )
    return replace(account, password_hash=password_hash)
