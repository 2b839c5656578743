"""Facts of a person's side: sessions, codes, grants, consents, links sent by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LinkPurpose = Literal["confirm", "reset", "email"]


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
class AuthorizationCode:
    """A code by its digest; marked when used, kept until it expires so that a replay is seen.

    `context` is JSON of what the ID token needs: nonce, claims asked, acr, amr, auth_time, sid.
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
    `context` is JSON of what later ID tokens need. `expires_at` is when refreshing ends, by idleness or at `ends_at`.
    `blocked` while the account is.
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


@dataclass(frozen=True, slots=True)
class Consent:
    """Scopes that a person allowed an application at an issuer, to be asked again only for what is new."""

    account_id: str
    application_id: str
    issuer: str
    scope: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailLink:
    """A link sent by mail, by the digest of its token: used once, within its time. `email` is where it was sent."""

    digest: bytes
    purpose: LinkPurpose
    account_id: str
    email: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of durable work; `payload` is sealed under the vault where it holds anything personal."""

    work_id: str
    kind: str
    payload: bytes
    due_at: datetime
    attempts: int = 0
