"""Sessions: a login on one browser, by a random cookie whose digest alone is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from satsuma.accounts.context import Declined
from satsuma.accounts.login import WRONG
from satsuma.domain.accounts import Account
from satsuma.domain.sessions import EndSession, SeeSession, Session, StartSession
from satsuma.keys.opaque import Digests
from satsuma.keys.randomness import public_id, url_safe
from satsuma.keys.vault import Vault
from satsuma.store import retention
from satsuma.store.port import Conflict, Store

IDLE: Final = retention.SESSION_IDLE
ABSOLUTE: Final = retention.SESSION_AGE
FRESH: Final = timedelta(minutes=5)
_SEEN_EVERY: Final = timedelta(minutes=1)


class Sessions:
    """Finds, starts and ends sessions."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        """Keep sessions in `store`."""
        self._store = store
        self._digest = Digests(vault, "session-digest")
        self._clock = clock
        self._draw = vault.draw

    async def find(self, cookie: str | None) -> Session | None:
        """Find the live session of a cookie; notes at most once a minute that it was seen."""
        if not cookie or len(cookie) > 100:
            return None
        digest = self._digest(cookie)
        session = await self._store.read(lambda reader: reader.find_session(digest))
        now = self._clock()
        if session is None or not is_live(session, now):
            return None
        if now - session.seen_at > _SEEN_EVERY:
            await self._store.commit(SeeSession(digest, now))
            session = replace(session, seen_at=now)
        return session

    async def start(
        self, account: Account, amr: str, user_agent: str, source: str, before: str | None
    ) -> str:
        """Start a session after a login and give its cookie; the browser's earlier one ends with it.

        The id is new at each login, so that a planted cookie is worth nothing. Raises Declined where the account was
        blocked or deleted, or got another password, since this one was compared.
        """
        cookie = url_safe(32, self._draw)
        now = self._clock()
        session = Session(
            digest=self._digest(cookie),
            sid=public_id("ses", self._draw),
            account_id=account.account_id,
            created_at=now,
            authenticated_at=now,
            seen_at=now,
            amr=amr,
            user_agent=user_agent[:200],
            source=source,
        )
        ended = [EndSession(self._digest(before))] if before and len(before) <= 100 else []
        try:
            await self._store.commit(*ended, StartSession(session, account.password_hash))
        except Conflict:
            raise Declined(WRONG) from None
        return cookie

    async def end(self, session: Session) -> None:
        await self._store.commit(EndSession(session.digest))

    def is_live(self, session: Session) -> bool:
        """Say whether a session still holds."""
        return is_live(session, self._clock())

    def is_fresh(self, session: Session) -> bool:
        """Say whether a factor was shown in the last five minutes, as sensitive steps ask."""
        return self._clock() - session.authenticated_at <= FRESH


def is_live(session: Session, now: datetime) -> bool:
    """Say whether a session is neither idle for eight hours nor thirty days old."""
    return now - session.seen_at <= IDLE and now - session.created_at <= ABSOLUTE
