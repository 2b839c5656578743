"""Login sessions in SQL: what writes, finds and prunes them."""

from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, Session, StartSession
from satsuma.store import retention
from satsuma.store.sql.accounts import KEEP_ACCOUNT, end_links, keep_account
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.clauses import add, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, statement, steps

ADD_SESSION = add("session", Session)
# Nothing changes, but the row stays locked until the commit: meanwhile no other password is set.
KEEP_PASSWORD = (
    "UPDATE account SET locale = locale WHERE account_id = :account_id "
    "AND password_hash = :password_hash"
)
END_SESSIONS = (
    "DELETE FROM session WHERE account_id = :account_id AND digest IS DISTINCT FROM :keep "
    "RETURNING sid"
)
FIND_SESSION = select("session", Session) + " WHERE digest = :digest"
LIST_SESSIONS = (
    select("session", Session) + " WHERE account_id = :account_id ORDER BY seen_at DESC, sid"
)
PRUNE_OLD_SESSIONS = prune("session", "digest", "created_at")
PRUNE_IDLE_SESSIONS = prune("session", "digest", "seen_at")


def _start_session(transaction: Transaction, effect: StartSession, changes: Changes) -> None:
    values = values_of(effect.session)
    keep_account(transaction, values)
    if effect.password_hash is not None:
        kept = {"account_id": values["account_id"], "password_hash": effect.password_hash}
        require(transaction.run(KEEP_PASSWORD, kept), "password-moved")
    require(transaction.run(ADD_SESSION, values), "session-exists")


def _end_sessions(transaction: Transaction, effect: EndSessions, changes: Changes) -> None:
    """Hold the account first: no session begins and no link is added beside it."""
    values = values_of(effect)
    transaction.hold(KEEP_ACCOUNT, values)
    for (sid,) in sorted(transaction.rows(END_SESSIONS, values)):
        changes.announce("session", sid)
    end_links(transaction, effect.account_id, changes)


WRITERS: Writers = {
    StartSession: steps(_start_session, taken="account-unknown"),
    SeeSession: statement(
        "UPDATE session SET seen_at = :at WHERE digest = :digest AND seen_at < :at"
    ),
    EndSession: statement(
        "DELETE FROM session WHERE digest = :digest RETURNING sid", tells="session"
    ),
    EndSessions: steps(_end_sessions),
}


class SessionQueries(Query):
    def find_session(self, digest: bytes) -> Session | None:
        """Find a session by the digest of its cookie."""
        return self._one(Session, FIND_SESSION, digest=digest)

    def list_sessions(self, account_id: str) -> Sequence[Session]:
        """List an account's sessions, the one seen last first."""
        return self._all(Session, LIST_SESSIONS, account_id=account_id)


PRUNING = (
    (PRUNE_OLD_SESSIONS, retention.SESSION_AGE),
    (PRUNE_IDLE_SESSIONS, retention.SESSION_IDLE),
)
