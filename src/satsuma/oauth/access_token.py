"""Making an access token as its issuer makes them, and no longer than whoever reads it reads."""

from __future__ import annotations

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.keys.claims import MAX_TOKEN, AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord


def mint_access_token(
    context: IssuerContext, claims: AccessTokenClaims, client: ClientRecord, prefix: bytes
) -> bytes:
    """The token of the claims; raises Refused where it would be longer than it could be read.

    Spec: RFC 6749 §3.3, §5.2.
    """
    policy = context.issuer.policy
    if policy.token_format == "sealed":
        token = context.ring.seal(claims, prefix)
    else:
        key = context.ring.signing_key(policy.signing_alg)
        token = key.mint(claims, policy.jwt_profile, (client.application_id, client.name))
    if len(token) > MAX_TOKEN:
        raise Refused(Refusal(errors.SCOPE_TOO_LONG, {"length": len(claims.scope)}))
    return token
