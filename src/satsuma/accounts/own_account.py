"""What a person does with the own account: password, address, language, sessions, data, its end.

Each changes and tells in one commit. Whoever calls has checked that the login is fresh where it must be.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from satsuma.accounts.connected_applications import end_of_tokens, ended_access
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.letters import new_link, notice, request_letter
from satsuma.accounts.mail_links import find_linked, move_by_link
from satsuma.domain.accounts import (
    Account,
    ChangeEmail,
    DeleteAccount,
    EndUndos,
    SetLocale,
    SetPassword,
)
from satsuma.domain.applications import Application
from satsuma.domain.sessions import EndSession, EndSessions, Session
from satsuma.store.port import Conflict, Reader
from satsuma_client.protocol.secret import Secret

_TRIES: Final = 5
_APPLICATIONS: Final = 200


async def change_password(
    accounts: AccountContext,
    account: Account,
    session: Session,
    password: Secret,
    end_access: bool = False,
) -> Account:
    """Set a new password and end every other session and live link, with `end_access` every application's access.

    Raises BadPassword or Busy.
    """
    password_hash = await accounts.hashing.hash_new(password, account.email, account.account_id)
    await accounts.store.commit(
        SetPassword(account.account_id, password_hash),
        EndSessions(account.account_id, keep=session.digest),
        *ended_access(accounts, account, end_access),
        notice(accounts, "password-changed", account.email, account.locale),
        accounts.audit(account.account_id, "account.change-password"),
    )
    return replace(account, password_hash=password_hash)


async def ask_email(
    accounts: AccountContext, account: Account, session: Session, email: str, source: str
) -> None:
    """Ask the new address to confirm while this session lives; the old one stands until then."""
    wait = await accounts.attempts.letters_from(source)
    if wait:
        raise Declined("letters-too-often", wait)
    at = accounts.clock().isoformat()
    asking = {"account": account.account_id, "session": session.sid, "at": at}
    asked = request_letter(accounts, "email", email, account.locale, **asking)
    await accounts.store.commit(
        asked, accounts.audit(account.account_id, "account.ask-email", work=asked.work.work_id)
    )


async def change_email(accounts: AccountContext, account_id: str, token: str) -> Account:
    """Change the address of who is logged in by the link that the new one received; raises Declined.

    The link alone, which proves the mailbox, is not enough: else a stranger who follows it would join his mailbox to
    the account of whoever typed his address, and lose what he puts there to that one's undo. The old address is told
    at once, with a link that takes the change back; without one where an earlier change can still be taken back, since
    it may have come to the account by that one.
    """
    link, account = await find_linked(accounts, "email", token)
    if account.account_id != account_id:
        raise Declined("link-of-another")
    life = accounts.policy.undo_life
    undo, added = new_link(accounts, "undo", account, account.email, life)
    await move_by_link(
        accounts,
        link,
        added,
        ChangeEmail(account.account_id, link.email, account.email),
        notice(accounts, "email-changed", account.email, account.locale, undo),
        accounts.audit(account.account_id, "account.change-email"),
    )
    return account


async def undo_email(accounts: AccountContext, token: str) -> str:
    """Take a change of address back by the link that the old one received; give that address. Raises Declined.

    Who changed it may know the password, be logged in, have links and have connected applications: all of these end,
    and the next password comes by a link to the address. A later change, of whoever had it meanwhile, cannot be
    taken back any more; an earlier one can, so that the first who had it has the last word. Whoever changes the address
    at the same moment delays that, and cannot prevent it.
    """
    for _ in range(_TRIES):
        try:
            return await _undone(accounts, token)
        except Declined as declined:
            if declined.slug != "email-moved":
                raise
    raise Declined("email-moved")


async def _undone(accounts: AccountContext, token: str) -> str:
    link, account = await find_linked(accounts, "undo", token)
    account_id = account.account_id
    await move_by_link(
        accounts,
        link,
        ChangeEmail(account_id, link.email, account.email),
        SetPassword(account_id, ""),
        EndSessions(account_id),
        EndUndos(account_id, link.expires_at),
        *ended_access(accounts, account, True),
        notice(accounts, "email-restored", account.email, account.locale),
        accounts.audit(account_id, "account.undo-email"),
    )
    return link.email


async def set_language(accounts: AccountContext, account: Account, locale: str) -> None:
    """Set the language of mails."""
    await accounts.store.commit(
        SetLocale(account.account_id, locale),
        accounts.audit(account.account_id, "account.set-language", locale=locale),
    )


async def end_session(accounts: AccountContext, account: Account, sid: str) -> None:
    """End one session of a person's own; raises Declined where the person has none of that name."""
    account_id = account.account_id
    sessions = await accounts.store.read(lambda reader: reader.list_sessions(account_id))
    found = next((each for each in sessions if each.sid == sid), None)
    if found is None:
        raise Declined("session-unknown")
    await accounts.store.commit(
        EndSession(found.digest), accounts.audit(account_id, "account.end-session", session=sid)
    )


async def log_out_everywhere(accounts: AccountContext, account: Account) -> None:
    """End every session, this one too, and every live link."""
    await accounts.store.commit(
        EndSessions(account.account_id),
        accounts.audit(account.account_id, "account.log-out-everywhere"),
    )


async def delete_account(accounts: AccountContext, account: Account) -> None:
    """Delete an account and end what applications hold of it; raises Declined.

    So it does where its space is in use, and while a change of its address can be taken back: who changed it might be
    a thief, and a deletion cannot be undone.
    """
    account_id, now = account.account_id, accounts.clock()
    try:
        await accounts.store.commit(
            DeleteAccount(account_id, now, end_of_tokens(now)),
            notice(accounts, "deleted", account.email, account.locale),
            accounts.audit(account_id, "account.delete"),
        )
    except Conflict as conflict:
        raise Declined(conflict.slug) from None


async def own_data(accounts: AccountContext, account: Account) -> dict[str, Any]:
    """All that is kept about a person, without what proves who the person or an application is."""
    account_id = account.account_id

    def look(reader: Reader) -> dict[str, Any]:
        return {
            "account": {
                "account_id": account_id,
                "email": account.email,
                "role": account.role,
                "language": account.locale,
                "created_at": _text(account.created_at),
                "confirmed_at": _text(account.confirmed_at),
            },
            "sessions": [_told(each) for each in reader.list_sessions(account_id)],
            "connected_applications": [
                {
                    "application": application.name,
                    "known_to_it_as": grant.sub,
                    "scope": grant.scope,
                    "since": _text(grant.created_at),
                    "used_at": _text(grant.used_at),
                }
                for grant, application in reader.list_grants(account_id)
            ],
            "client_spaces": _spaces(reader, account_id),
            "remembered_consents": [
                {"application_id": each.application_id, "scope": each.scope, "at": _text(each.at)}
                for each in reader.list_consents(account_id)
            ],
            "own_applications": _own_applications(reader, account_id),
        }

    return await accounts.store.read(look)


def _told(session: Session) -> dict[str, Any]:
    return {
        "started_at": _text(session.created_at),
        "seen_at": _text(session.seen_at),
        "from": session.source,
        "browser": session.user_agent,
    }


def _own_applications(reader: Reader, account_id: str) -> list[dict[str, Any]]:
    """What the person registered, the deleted ones included while they are kept."""
    space, found = reader.find_space_of(account_id), list[Application]()
    while space is not None:
        after = found[-1].application_id if found else ""
        page = reader.list_applications(space.space_id, after, _APPLICATIONS)
        found += page
        if len(page) < _APPLICATIONS:
            break
    return [
        {
            "application_id": each.application_id,
            "client_id": each.client_id,
            "name": each.name,
            "description": each.description,
            "state": each.state,
            "created_at": _text(each.created_at),
            "redirect_uris": list(each.redirect_uris),
            "web_origins": list(each.web_origins),
            "logout_addresses": list(each.logout_addresses),
        }
        for each in found
    ]


def _spaces(reader: Reader, account_id: str) -> list[dict[str, Any]]:
    return [
        {
            "space_id": space.space_id,
            "name": space.name,
            "role": each.role,
            "since": _text(each.joined_at),
        }
        for each, space in reader.list_memberships(account_id)
    ]


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
