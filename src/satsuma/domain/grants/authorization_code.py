"""The authorization code grant: whether this code may become tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from satsuma.domain.errors import grants as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.grants.grant import AuthorizationCode, Grant, RevokeGrant, UseCode
from satsuma_client.protocol import pkce
from satsuma_client.protocol.redirect_uri import registered_match

DOUBLE_CLICK: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Issue:
    """Yes: tokens for this grant, with what must be committed first."""

    grant: Grant
    effects: tuple[UseCode, ...]


@dataclass(frozen=True, slots=True)
class Redemption:
    """A request to redeem a code, by a client that proved itself or is public.

    `redirect_uris` are those that it has registered now; `native` where the port of a loopback one may differ.

    Spec: RFC 6749 §4.1.3; RFC 7636 §4.5.
    """

    client_id: str
    issuer: str
    redirect_uri: str | None
    code_verifier: str | None
    redirect_uris: tuple[str, ...]
    native: bool


def decide(
    asked: Redemption, code: AuthorizationCode | None, grant: Grant | None, now: datetime
) -> Issue | Refusal:
    """Say whether this code may become tokens.

    The order is part of the rule: the one answer that destroys something comes last, so only the code's rightful
    holder can reach it. A replay within ten seconds is denied without revoking: a double click must not kill the
    winner's tokens.

    Deviation: ADR-0007.
    Spec: RFC 6749 §4.1.2, §4.1.3; RFC 7636 §4.6; RFC 9700 §2.1.1.
    """
    if code is None or grant is None or code.expires_at <= now:
        return Refusal(errors.CODE_UNKNOWN)
    if code.client_id != asked.client_id or code.issuer != asked.issuer:
        return Refusal(errors.CODE_OF_OTHER_CLIENT)
    if code.redirect_uri != asked.redirect_uri:
        return Refusal(errors.REDIRECT_URI_MISMATCH)
    is_registered = registered_match(code.redirect_uri, asked.redirect_uris, asked.native)
    if not is_registered and not grant.is_trial:
        return Refusal(errors.REDIRECT_URI_REMOVED)
    if not pkce.verifier_matches(asked.code_verifier, code.code_challenge):
        return Refusal(errors.PKCE_MISMATCH)
    if grant.revoked_at is not None:
        return Refusal(errors.CODE_REVOKED)
    if grant.blocked:
        return Refusal(errors.CODE_OF_BLOCKED_ACCOUNT)
    if code.used_at is not None:
        if now - code.used_at <= DOUBLE_CLICK:
            return Refusal(errors.CODE_REUSED)
        return Refusal(
            errors.CODE_REUSED, effects=(RevokeGrant(grant.grant_id, now, "code-reused"),)
        )
    return Issue(grant, (UseCode(code.digest, now),))
