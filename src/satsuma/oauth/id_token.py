"""The ID token: who logged in, how, and when, signed for one client."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from satsuma.domain.accounts import Account
from satsuma_client.protocol.base64url import b64

ID_TOKEN_LIFE: Final = 3600
# The hash is the one that the algorithm's name says. EdDSA's says none: Ed25519 hashes by SHA-512
# (RFC 8032 §5.1), and so do oidc-provider and openid-client for an ID token's hashes.
_HASHES: Final = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}
CLAIMS_OF_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "profile": ("name", "preferred_username", "locale", "updated_at"),
    "email": ("email", "email_verified"),
}


def id_token_claims(
    issuer: str,
    sub: str,
    client_id: str,
    access_token: str,
    context: dict[str, Any],
    now: int,
    alg: str,
) -> dict[str, Any]:
    """The claims of an ID token; `context` is what the login left: nonce, acr, amr, auth_time, sid.

    Spec: OIDC Core §2, §3.1.3.6.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": sub,
        "aud": client_id,
        "exp": now + ID_TOKEN_LIFE,
        "iat": now,
        "auth_time": context["auth_time"],
        "acr": context["acr"],
        "amr": context["amr"],
        "sid": context["sid"],
        "at_hash": at_hash(access_token, alg),
    }
    if context.get("nonce") is not None:
        claims["nonce"] = context["nonce"]
    return claims


def at_hash(access_token: str, alg: str) -> str:
    """The left half of the token's hash, by which an ID token of that algorithm is tied to it.

    Spec: OIDC Core §3.1.3.6.
    """
    digest = _HASHES[alg](access_token.encode("ascii")).digest()
    return b64(digest[: len(digest) // 2]).decode()


def asked_claims(scope: str, claims: str | None, member: str) -> tuple[str, ...]:
    """Name the claims about the person that scope and the `claims` parameter ask for in `member`.

    Scopes fill userinfo only; `claims` fills what it names.

    Spec: OIDC Core §5.4, §5.5.
    """
    named: list[str] = []
    if member == "userinfo":
        for each in scope.split():
            named.extend(CLAIMS_OF_SCOPES.get(each, ()))
    if claims is not None:
        named.extend(json.loads(claims).get(member, {}))
    return tuple(dict.fromkeys(named))


def person_claims(account: Account, names: tuple[str, ...]) -> dict[str, Any]:
    """Those claims about a person that are asked for and known.

    Spec: OIDC Core §5.1.
    """
    local_part = account.email.partition("@")[0]
    known: dict[str, Any] = {
        "name": local_part,
        "preferred_username": account.email,
        "locale": account.locale,
        "updated_at": int((account.confirmed_at or account.created_at).timestamp()),
        "email": account.email,
        "email_verified": account.confirmed_at is not None,
    }
    return {name: known[name] for name in names if name in known}
