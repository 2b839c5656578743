"""The refresh token grant: whether this token may be refreshed, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from satsuma.domain.errors import grants as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.grants.grant import Grant, RevokeGrant

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
    """Yes, and the refresh token is replaced by its successor."""

    scope: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerAgain:
    """The answer that this token was exchanged for is given again, byte for byte, if it opens for this request."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, by a row of the catalogue; with `revoke`, the whole family ends."""

    row: ErrorRow
    revoke: RevokeGrant | None = None


def decide(
    presented: Presented, grant: Grant | None, rotates: bool, now: datetime
) -> Refresh | Rotate | AnswerAgain | Refuse:
    """Say whether a refresh token is good, once, or again.

    A predecessor may ask again while its successor is unused and 30 seconds have not passed: an answer was lost. Every
    other reuse ends the family, since two hold what one should; it comes last, so only its client can cause it.

    Spec: RFC 6749 §6; RFC 9700 §4.14.2.
    """
    if grant is None or grant.generation == 0:
        return Refuse(errors.REFRESH_UNKNOWN)
    if grant.client_id != presented.client_id or grant.issuer != presented.issuer:
        return Refuse(errors.REFRESH_OF_OTHER_CLIENT)
    if grant.revoked_at is not None:
        return Refuse(errors.GRANT_REVOKED)
    if grant.blocked:
        return Refuse(errors.REFRESH_OF_BLOCKED_ACCOUNT)
    if grant.expires_at is None or grant.expires_at <= now:
        return Refuse(errors.REFRESH_EXPIRED)
    granted = tuple(grant.scope.split())
    scope = granted if presented.scope is None else presented.scope
    if not set(scope) <= set(granted):
        return Refuse(errors.SCOPE_WIDER)
    if presented.generation == grant.generation:
        ends = min(now + IDLE, grant.ends_at or now + IDLE)
        return Rotate(scope, ends) if rotates else Refresh(scope, ends)
    if _may_ask_again(presented, grant, now) and grant.answer is not None:
        return AnswerAgain(grant.answer)
    return reused(grant.grant_id, now)


def reused(grant_id: str, now: datetime) -> Refuse:
    """Refuse an earlier token and end its family; also where it asks again with other parameters."""
    row = errors.REFRESH_REUSED
    return Refuse(row, RevokeGrant(grant_id, now, row.slug))


def _may_ask_again(presented: Presented, grant: Grant, now: datetime) -> bool:
    until = grant.answer_until
    return presented.generation == grant.generation - 1 and until is not None and now <= until
