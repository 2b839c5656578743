"""Effects on a person's side; each condition is part of the one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.rules.person_facts import AuthorizationCode, Consent, Grant, MailLink, Session, Work


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Set an account's password hash; conflicts `account-unknown`."""

    account_id: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """Mark an account's e-mail as confirmed at `at`; conflicts `account-unknown`."""

    account_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeEmail:
    """Give an account another canonical e-mail; conflicts `account-exists` where it is taken."""

    account_id: str
    email: str


@dataclass(frozen=True, slots=True)
class SetLocale:
    """Set the language of an account's pages and mails; conflicts `account-unknown`."""

    account_id: str
    locale: str


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Remove an account with its sessions, consents, links, space and memberships; its id and subjects become tombs.

    Its grants end, and with them, remembered until `until`, every token made under them. Conflicts `account-unknown`,
    or `space-in-use` where its space still has applications that are not revoked; with `only_unconfirmed`,
    `account-confirmed` where its e-mail has been confirmed.
    """

    account_id: str
    at: datetime
    until: datetime
    only_unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class SetBlocked:
    """Block an account and its grants, or let them go on; conflicts `account-unknown`.

    Announces ("blocked", account_id). While it is blocked no session starts, no code is issued or used, and nothing is
    refreshed.
    """

    account_id: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class StartSession:
    """Add a session; conflicts `account-unknown`, or `account-blocked` while its account is."""

    session: Session


@dataclass(frozen=True, slots=True)
class SeeSession:
    """Note that a session was seen; never moves backwards, and no conflict where it is gone."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class EndSession:
    """Remove a session; no conflict where it is gone. Announces ("session", sid)."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Remove every session of an account but `keep`."""

    account_id: str
    keep: bytes | None = None


@dataclass(frozen=True, slots=True)
class PutSubject:
    """Keep the pairwise subject of an account at an application; conflicts `subject-exists` where there is one."""

    account_id: str
    application_id: str
    sub: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutConsent:
    """Remember consent; the scopes add to those remembered for the same account, application and issuer."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class RelyOnConsent:
    """Hold the consent that is remembered; conflicts `consent-moved` unless it covers the scope at this moment."""

    account_id: str
    application_id: str
    issuer: str
    scope: str


@dataclass(frozen=True, slots=True)
class EndAccess:
    """Forget every consent of an account for an application, and end every grant that it has at this moment.

    The tokens made under them are revoked until `until`. Conflicts `account-unknown`.
    """

    account_id: str
    application_id: str
    at: datetime
    because: str
    until: datetime


@dataclass(frozen=True, slots=True)
class IssueCode:
    """Add a code together with its grant; conflicts `account-unknown` where the grant's account is gone.

    Conflicts `account-blocked` where it is blocked.
    """

    code: AuthorizationCode
    grant: Grant


@dataclass(frozen=True, slots=True)
class UseCode:
    """Mark a code as used; conflicts `code-used` unless it is unused, and `grant-revoked` unless its grant goes on."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class StartRefreshing:
    """Give a grant its first refresh token: generation 1; conflicts `refresh-moved` unless it is 0 and goes on."""

    grant_id: str
    expires_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UseGrant:
    """Note a refresh that does not rotate: the idle end moves; conflicts `refresh-moved` unless the generation still is
    `generation` and the grant is neither revoked nor blocked."""

    grant_id: str
    generation: int
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RotateRefresh:
    """Raise a grant's refresh generation by one and keep the sealed answer for the predecessor.

    Conflicts `refresh-moved` unless the generation still is `expected` and the grant is neither revoked nor blocked.
    """

    grant_id: str
    expected: int
    at: datetime
    expires_at: datetime
    answer: bytes
    answer_until: datetime


@dataclass(frozen=True, slots=True)
class RevokeGrant:
    """Revoke a grant and drop its kept answer; no conflict where it is revoked already (the first cause stands)."""

    grant_id: str
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class AddLink:
    """Add a link; earlier unused links of the same purpose and account end."""

    link: MailLink


@dataclass(frozen=True, slots=True)
class UseLink:
    """Mark a link as used; conflicts `link-used` unless it is unused and not past `at`."""

    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Add durable work."""

    work: Work


@dataclass(frozen=True, slots=True)
class TakeWork:
    """Take a piece of work until `until`, counting the attempt; conflicts `work-taken` unless it is due at `at`."""

    work_id: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class FinishWork:
    """Remove a piece of work; no conflict where it is gone."""

    work_id: str


PersonEffect = (
    SetPassword
    | ConfirmAccount
    | ChangeEmail
    | SetLocale
    | DeleteAccount
    | SetBlocked
    | StartSession
    | SeeSession
    | EndSession
    | EndSessions
    | PutSubject
    | PutConsent
    | RelyOnConsent
    | EndAccess
    | IssueCode
    | UseCode
    | StartRefreshing
    | UseGrant
    | RotateRefresh
    | RevokeGrant
    | AddLink
    | UseLink
    | Enqueue
    | TakeWork
    | FinishWork
)
