"""Grants: what a resource owner granted a client, with its authorization code and its refresh token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code by its digest; marked when used, kept until it expires so that a replay is seen.

    `scope`, `resource` and `context` are its grant's, and read there: they are written for one release more, then their
    columns go.
    """

    digest: bytes
    grant_id: str
    client_id: str
    issuer: str
    redirect_uri: str
    scope: str
    resource: str | None
    code_challenge: str | None
    context: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted an application, and its one row of refreshing.

    `generation` is the refresh token's: 0 where none was given. `answer` is the sealed last token response, which the
    predecessor may ask for again until `answer_until`.
    `context` is JSON of what its ID tokens need: nonce, claims asked, acr, amr, auth_time, sid. `expires_at` is when
    refreshing ends, by idleness or at `ends_at`. `blocked` while the account is. `predecessor` is the generation that
    the present one was given for, None where that is the one before.
    """

    grant_id: str
    application_id: str
    client_id: str
    account_id: str
    sub: str
    issuer: str
    scope: str
    context: str
    created_at: datetime
    used_at: datetime
    generation: int
    expires_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None = None
    revoked_because: str | None = None
    answer: bytes | None = None
    answer_until: datetime | None = None
    blocked: bool = False
    predecessor: int | None = None

    @property
    def is_trial(self) -> bool:
        """Whether it comes of a login that the guide's own page began: its end is set before anything was refreshed."""
        return self.ends_at is not None and not self.generation


@dataclass(frozen=True, slots=True)
class IssueCode(Effect):
    """Add a code together with its grant; conflicts `account-unknown` where the grant's account is gone.

    Conflicts `account-blocked` where it is blocked.
    """

    code: AuthorizationCode
    grant: Grant


@dataclass(frozen=True, slots=True)
class UseCode(Effect):
    """Mark a code as used; conflicts `code-used` unless it is unused, and `grant-revoked` unless its grant goes on."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class StartRefreshing(Effect):
    """Start a grant's refresh tokens: generation 1; conflicts `refresh-moved` unless it is 0 and goes on."""

    grant_id: str
    expires_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UseGrant(Effect):
    """Note a refresh that does not rotate: the idle end moves; conflicts `refresh-moved` unless the generation still is
    `generation` and the grant is neither revoked nor blocked."""

    grant_id: str
    generation: int
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RotateRefresh(Effect):
    """Raise a grant's refresh generation by one and keep the sealed answer for `predecessor`, the token shown for it.

    Conflicts `refresh-moved` unless the generation still is `expected` and the grant is neither revoked nor blocked.
    """

    grant_id: str
    expected: int
    at: datetime
    expires_at: datetime
    answer: bytes
    answer_until: datetime
    predecessor: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeGrant(Effect):
    """Revoke a grant and drop its kept answer; no conflict where it is revoked already (the first cause stands)."""

    grant_id: str
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class EndGrants(Effect):
    """Revoke every grant of an application and drop the kept answers. Announces ("grants", application_id).

    The access tokens made under them end with the client's generation, which is another effect's.
    """

    application_id: str
    at: datetime
    because: str
