"""The ID token: who logged in, how, and when, signed for one client."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from satsuma.domain.grants.context import GrantContext
from satsuma_client.protocol.base64url import b64

ID_TOKEN_LIFE: Final = 3600
# The hash is the one that the algorithm's name says. EdDSA's says none: Ed25519 hashes by SHA-512
# (RFC 8032 §5.1), and so do oidc-provider and openid-client for an ID token's hashes.
_HASHES: Final = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


def id_token_claims(
    issuer: str,
    sub: str,
    client_id: str,
    access_token: str,
    context: GrantContext,
    now: int,
    alg: str,
) -> dict[str, Any]:
    """The claims of an ID token; `context` is what the login left.

    Spec: OIDC Core §2, §3.1.3.6.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": sub,
        "aud": client_id,
        "exp": now + ID_TOKEN_LIFE,
        "iat": now,
        "auth_time": context.auth_time,
        "acr": context.acr,
        "amr": list(context.amr),
        "sid": context.sid,
        "at_hash": at_hash(access_token, alg),
    }
    if context.nonce is not None:
        claims["nonce"] = context.nonce
    return claims


def at_hash(access_token: str, alg: str) -> str:
    """The left half of the token's hash, by which an ID token of that algorithm is tied to it.

    Spec: OIDC Core §3.1.3.6.
    """
    digest = _HASHES[alg](access_token.encode("ascii")).digest()
    return b64(digest[: len(digest) // 2]).decode()
