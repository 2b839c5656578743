"""Making an access token as its issuer makes them, and no longer than whoever reads it reads."""

from __future__ import annotations

from typing import Final

from satsuma.domain.applications import AccessTokenFormat
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.keys.claims import MAX_TOKEN, AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord

RFC9068_ALGORITHM: Final = "RS256"
"""The algorithm that every reader of access tokens as JWTs knows."""


def mint_access_token(
    context: IssuerContext, claims: AccessTokenClaims, client: ClientRecord, prefix: bytes
) -> bytes:
    """The token of the claims, as its client chose it or its issuer makes it; raises Refused where it would be longer
    than it could be read.

    Spec: RFC 6749 §3.3, §5.2.
    """
    policy = context.issuer.policy
    if client.access_tokens is not None:
        token = _mint_chosen(context, claims, client, prefix, *client.access_tokens)
    elif policy.token_format == "sealed":
        token = context.ring.seal(claims, prefix)
    else:
        key = context.ring.signing_key(policy.signing_alg)
        token = key.mint(claims, policy.jwt_profile, (client.application_id, client.name))
    if len(token) > MAX_TOKEN:
        raise Refused(Refusal(errors.SCOPE_TOO_LONG, {"length": len(claims.scope)}))
    return token


def _mint_chosen(
    context: IssuerContext,
    claims: AccessTokenClaims,
    client: ClientRecord,
    prefix: bytes,
    form: AccessTokenFormat,
    alg: str,
) -> bytes:
    """The token in the form that its client chose; a JWT that the issuer would not make is one of the standard's.

    Spec: RFC 9068 §2.1, §2.2.
    """
    policy = context.issuer.policy
    signs = policy.token_format == "jwt"
    if form == "opaque" or (form == "issuer" and not signs):
        return context.ring.seal(claims, prefix)
    if alg == "issuer":
        alg = policy.signing_alg if signs else RFC9068_ALGORITHM
    profile = policy.jwt_profile if form == "issuer" else "rfc9068"
    return context.ring.signing_key(alg).mint(claims, profile, (client.application_id, client.name))
