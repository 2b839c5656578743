"""Login sessions of resource owners."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class Session:
    """A login on one browser, by the digest of its cookie; no application learns `sid`.

    `authenticated_at` is the last time that a factor was shown, `amr` the factors, space separated.
    """

    digest: bytes
    sid: str
    account_id: str
    created_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    amr: str
    user_agent: str
    source: str

    def sid_for(self, client_id: str) -> str:
        """What ID tokens for one client call this session: two clients cannot tell that theirs is the same.

        Spec: OIDC Core §17.3; OIDC RP-Initiated Logout §2.
        """
        digest = hashlib.sha256(f"sid:{client_id}:{self.sid}".encode()).hexdigest()
        return f"sid_{digest[:32]}"

    def is_called(self, sid: str | None, client_id: str) -> bool:
        """Whether an ID token for a client means this session; those of earlier releases called it by its own id."""
        return sid in (self.sid_for(client_id), self.sid)


@dataclass(frozen=True, slots=True)
class StartSession(Effect):
    """Add a session; conflicts `account-unknown`, or `account-blocked` while its account is.

    With the hash of the password that was proven, `password-moved` where another has been set since.
    """

    session: Session
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SeeSession(Effect):
    """Note that a session was seen; never moves backwards, and no conflict where it is gone."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class EndSession(Effect):
    """Remove a session; no conflict where it is gone. Announces ("session", sid)."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class EndSessions(Effect):
    """Remove every session of an account but `keep`; its live links end."""

    account_id: str
    keep: bytes | None = None
