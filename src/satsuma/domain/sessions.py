"""Login sessions of resource owners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class Session:
    """A login on one browser, by the digest of its cookie; `sid` is what ID tokens call it.

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
