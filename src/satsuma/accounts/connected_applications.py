"""Connected applications: what each may do for a person, and the end of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from satsuma.accounts.context import AccountContext, Declined
from satsuma.domain.accounts import Account
from satsuma.domain.applications import Application
from satsuma.domain.consents import Consent, EndAccess, EndEveryAccess
from satsuma.domain.grants.context import allowed_of
from satsuma.domain.grants.grant import Grant
from satsuma.domain.issuers import TOKEN_MEMORY
from satsuma.store.port import Reader

REMOVED: Final = "removed-by-user"


@dataclass(frozen=True, slots=True)
class Connected:
    """An application with access: every scope it has, since when, and when it last used it."""

    application: Application
    scopes: tuple[str, ...]
    since: datetime
    used_at: datetime


async def list_connected(accounts: AccountContext, account: Account) -> Sequence[Connected]:
    """List the applications with access, the one used last first."""
    grants, _ = await _granted(accounts, account.account_id)
    by_application: dict[str, list[tuple[Grant, Application]]] = {}
    now = accounts.clock()
    for grant, application in grants:
        if _is_alive(grant, now):
            by_application.setdefault(application.application_id, []).append((grant, application))
    found = [_connected(each) for each in by_application.values()]
    return sorted(found, key=lambda each: each.used_at, reverse=True)


async def remove_access(accounts: AccountContext, account: Account, application_id: str) -> None:
    """End everything that an application has of a person: tokens, refreshing, remembered consent.

    Raises Declined where it has nothing.
    """
    grants, consents = await _granted(accounts, account.account_id)
    theirs = [grant for grant, each in grants if each.application_id == application_id]
    if not theirs and all(each.application_id != application_id for each in consents):
        raise Declined("nothing-granted")
    now = accounts.clock()
    await accounts.store.commit(
        EndAccess(account.account_id, application_id, now, REMOVED, end_of_tokens(now)),
        accounts.audit(
            account.account_id, "access.remove", application=application_id, grants=len(theirs)
        ),
    )


def ended_access(
    accounts: AccountContext, account: Account, is_wanted: bool
) -> tuple[EndEveryAccess, ...]:
    """What ends every application's access to an account, where that is wanted."""
    now = accounts.clock()
    every = EndEveryAccess(account.account_id, now, REMOVED, end_of_tokens(now))
    return (every,) if is_wanted else ()


def end_of_tokens(now: datetime) -> datetime:
    """When the last token made before `now` has expired."""
    return now + TOKEN_MEMORY


async def _granted(
    accounts: AccountContext, account_id: str
) -> tuple[Sequence[tuple[Grant, Application]], Sequence[Consent]]:
    def look(reader: Reader) -> tuple[Sequence[tuple[Grant, Application]], Sequence[Consent]]:
        return reader.list_grants(account_id), reader.list_consents(account_id)

    return await accounts.store.read(look)


def _is_alive(grant: Grant, now: datetime) -> bool:
    """Say whether a grant can still be used: by refreshing, or by a token of its first day."""
    if grant.expires_at is not None and grant.generation:
        return grant.expires_at > now
    return end_of_tokens(grant.created_at) > now


def _connected(granted: list[tuple[Grant, Application]]) -> Connected:
    scopes = dict.fromkeys(scope for grant, _ in granted for scope in allowed_of(grant))
    return Connected(
        application=granted[0][1],
        scopes=tuple(scopes),
        since=min(grant.created_at for grant, _ in granted),
        used_at=max(grant.used_at for grant, _ in granted),
    )
