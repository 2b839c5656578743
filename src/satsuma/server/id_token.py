"""The ID token: who logged in, how, and when, signed for one client."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from satsuma.protocol.base64url import b64
from satsuma.rules.facts import Account

ID_TOKEN_LIFE: Final = 3600
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
) -> dict[str, Any]:
    """Give the claims of an ID token; `context` is what the login left: nonce, acr, amr, auth_time, sid.

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
        "at_hash": at_hash(access_token),
    }
    if context.get("nonce") is not None:
        claims["nonce"] = context["nonce"]
    return claims


def at_hash(access_token: str) -> str:
    """Give the left half of the token's SHA-256, by which an ID token is tied to it.

    Spec: OIDC Core §3.1.3.6.
    """
    return b64(hashlib.sha256(access_token.encode("ascii")).digest()[:16]).decode()


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
    """Give those claims about a person that are asked for and known.

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
