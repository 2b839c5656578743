"""Login sessions in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, Session, StartSession
from satsuma.store.memory.accounts import end_links, keep_account
from satsuma.store.memory.changes import Changes, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _start_session(t: Tables, effect: StartSession, changes: Changes) -> None:
    session = effect.session
    keep_account(t, session.account_id)
    if effect.password_hash is not None:
        found = t.account[session.account_id].password_hash
        require(found == effect.password_hash, "password-moved")
    taken = session.digest in t.session or any(
        other.sid == session.sid for other in t.session.values()
    )
    require(not taken, "session-exists")
    t.put(t.session, session.digest, session)


def _see_session(t: Tables, effect: SeeSession, changes: Changes) -> None:
    session = t.session.get(effect.digest)
    if session and session.seen_at < effect.at:
        t.put(t.session, effect.digest, replace(session, seen_at=effect.at))


def _end_session(t: Tables, effect: EndSession, changes: Changes) -> None:
    session = t.session.get(effect.digest)
    if session:
        t.remove(t.session, effect.digest)
        changes.announce("session", session.sid)


def _end_sessions(t: Tables, effect: EndSessions, changes: Changes) -> None:
    found = [s for s in t.session.values() if s.account_id == effect.account_id]
    for session in sorted(found, key=lambda s: s.sid):
        if session.digest != effect.keep:
            t.remove(t.session, session.digest)
            changes.announce("session", session.sid)
    end_links(t, effect.account_id, changes)


WRITERS: Writers = {
    StartSession: _start_session,
    SeeSession: _see_session,
    EndSession: _end_session,
    EndSessions: _end_sessions,
}


class SessionQueries(Query):
    def find_session(self, digest: bytes) -> Session | None:
        """Find a session by the digest of its cookie."""
        return self._tables.session.get(digest)

    def list_sessions(self, account_id: str) -> Sequence[Session]:
        """List an account's sessions, the one seen last first."""
        found = [s for s in self._tables.session.values() if s.account_id == account_id]
        found.sort(key=lambda s: s.sid)
        return sorted(found, key=lambda s: s.seen_at, reverse=True)
