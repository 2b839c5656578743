"""The authorization code grant: whether this code may become tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from satsuma.domain.audit import Audit
from satsuma.domain.errors import grants as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.grants.grant import AuthorizationCode, Grant, RevokeGrant, UseCode
from satsuma_client.protocol import pkce

DOUBLE_CLICK: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, by a row of the catalogue, with what must be done all the same."""

    row: ErrorRow
    effects: tuple[RevokeGrant | Audit, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """Yes: tokens for this grant, with what must be committed first."""

    grant: Grant
    effects: tuple[UseCode | Audit, ...]


@dataclass(frozen=True, slots=True)
class Redemption:
    """A request to redeem a code, by a client that proved itself or is public.

    Spec: RFC 6749 §4.1.3; RFC 7636 §4.5; RFC 8707 §2.2.
    """

    client_id: str
    issuer: str
    redirect_uri: str | None
    code_verifier: str | None
    resource: str | None


def decide(
    asked: Redemption, code: AuthorizationCode | None, grant: Grant | None, now: datetime
) -> Issue | Refuse:
    """Say whether this code may become tokens.

    The order is part of the rule: the one answer that destroys something comes last, so only the code's rightful
    holder can reach it. A replay within ten seconds is denied without revoking: a double click must not kill the
    winner's tokens.

    Deviation: ADR-0007.
    Spec: RFC 6749 §4.1.2, §4.1.3; RFC 7636 §4.6; RFC 9700 §2.1.1.
    """
    if code is None or grant is None or code.expires_at <= now:
        return Refuse(errors.CODE_UNKNOWN)
    if code.client_id != asked.client_id or code.issuer != asked.issuer:
        return Refuse(errors.CODE_OF_OTHER_CLIENT)
    if code.redirect_uri != asked.redirect_uri:
        return Refuse(errors.REDIRECT_URI_MISMATCH)
    if not pkce.verifier_matches(asked.code_verifier, code.code_challenge):
        return Refuse(errors.PKCE_MISMATCH)
    if asked.resource is not None and asked.resource != code.resource:
        return Refuse(errors.RESOURCE_MISMATCH)
    if grant.revoked_at is not None:
        return Refuse(errors.GRANT_REVOKED)
    if grant.blocked:
        return Refuse(errors.CODE_OF_BLOCKED_ACCOUNT)
    if code.used_at is not None:
        if now - code.used_at <= DOUBLE_CLICK:
            return Refuse(errors.CODE_REUSED)
        return Refuse(errors.CODE_REUSED, (RevokeGrant(grant.grant_id, now, "code-reused"),))
    return Issue(grant, (UseCode(code.digest, now),))
