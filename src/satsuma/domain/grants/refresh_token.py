"""The refresh token grant: whether this token may be refreshed, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from satsuma.domain.errors import grants as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.grants.grant import Grant, RevokeGrant, StartRefreshing
from satsuma.domain.issuers import IssuerPolicy

IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=180)
ASK_AGAIN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Presented:
    """A refresh token that opened: its grant and generation, shown by a client that proved itself or is public."""

    client_id: str
    issuer: str
    grant_id: str
    generation: int
    scope: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """Yes, and the refresh token stays as it is."""

    scope: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rotate:
    """Yes, and the refresh token is replaced by its successor; an unused successor of it ends, if it had one."""

    scope: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerAgain:
    """The answer that this token was exchanged for is given again, byte for byte, if it opens for this request."""

    answer: bytes


def decide(
    presented: Presented, grant: Grant | None, rotates: bool, now: datetime
) -> Refresh | Rotate | AnswerAgain | Refusal:
    """Say whether a refresh token is good, once, or again.

    A predecessor may ask again while its successor is unused: an answer was lost. For 30 seconds it gets that very
    answer, later another in its place, and the successor that was lost ends: should it turn up, two hold what one
    should. That, as every other reuse, ends the family; it comes last, so only its client can cause it.

    Deviation: ADR-0018.
    Spec: RFC 6749 §6; RFC 9700 §4.14.2.
    """
    if grant is None:
        return Refusal(errors.REFRESH_UNKNOWN)
    row = _why_ended(presented, grant, now)
    if row is not None:
        return Refusal(row)
    granted = tuple(grant.scope.split())
    scope = granted if presented.scope is None else presented.scope
    if not set(scope) <= set(granted):
        return Refusal(errors.SCOPE_WIDER)
    ends = min(now + IDLE, grant.ends_at or now + IDLE)
    if presented.generation == grant.generation:
        return Rotate(scope, ends) if rotates else Refresh(scope, ends)
    if presented.generation != predecessor_of(grant):
        return reused(grant.grant_id, now)
    if grant.answer is not None and grant.answer_until is not None and now <= grant.answer_until:
        return AnswerAgain(grant.answer)
    return Rotate(scope, ends)


def predecessor_of(grant: Grant) -> int:
    """The generation of the token that the newest one was given for."""
    return grant.generation - 1 if grant.predecessor is None else grant.predecessor


def reused(grant_id: str, now: datetime) -> Refusal:
    """Refusal an earlier token and end its family; also where it asks again with other parameters."""
    row = errors.REFRESH_REUSED
    return Refusal(row, effects=(RevokeGrant(grant_id, now, row.slug),))


def is_live(presented: Presented, grant: Grant, now: datetime) -> bool:
    """Say whether a refresh token would be good now: the newest of a grant of this client that goes on.

    A predecessor that may ask again is not live: nothing but its own lost answer is given for it.

    Spec: RFC 7662 §2.2.
    """
    is_newest = presented.generation == grant.generation
    return is_newest and _why_ended(presented, grant, now) is None


def _why_ended(presented: Presented, grant: Grant, now: datetime) -> ErrorRow | None:
    if grant.generation == 0:
        return errors.REFRESH_UNKNOWN
    if grant.client_id != presented.client_id or grant.issuer != presented.issuer:
        return errors.REFRESH_OF_OTHER_CLIENT
    if grant.revoked_at is not None:
        return errors.REFRESH_REVOKED
    if grant.blocked:
        return errors.REFRESH_OF_BLOCKED_ACCOUNT
    if grant.expires_at is None or grant.expires_at <= now:
        return errors.REFRESH_EXPIRED
    return None


def start(policy: IssuerPolicy, grant: Grant, now: datetime) -> StartRefreshing | None:
    """Start a grant's refresh tokens where the issuer always gives one, or the person granted `offline_access`.

    Spec: RFC 6749 §5.1; OIDC Core §11.
    """
    if policy.refresh_by != "always" and "offline_access" not in grant.scope.split():
        return None
    ends = grant.ends_at or now + ABSOLUTE
    return StartRefreshing(grant.grant_id, min(now + IDLE, ends), ends)
