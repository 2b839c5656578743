"""Checking an ID token: who says that who logged in, to whom, when, and in answer to which request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from satsuma_client.jose.signed import Keys, NotSigned, verify
from satsuma_client.protocol.base64url import b64

LEEWAY: Final = 60.0
"""Seconds by which two clocks may differ."""
_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must say: whose it is, for whom, and in answer to what."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...] = ("RS256",)
    nonce: str | None = None
    max_age: int | None = None
    access_token: str | None = None
    subject: str | None = None


def check_id_token(
    token: str, keys: Keys, expected: Expected, server_now: float
) -> Mapping[str, Any]:
    """Give the claims of an ID token that holds; raises NotSigned.

    Spec: OIDC Core §3.1.3.7, §3.1.3.8, §12.2.
    """
    claims = verify(token, keys, expected.algorithms)
    said = claims.claims
    if said.get("iss") != expected.issuer:
        raise NotSigned("it is another issuer's")
    _check_audience(said, expected.client_id)
    _check_times(said, expected, server_now)
    if not isinstance(said.get("sub"), str) or not said["sub"]:
        raise NotSigned("it names no subject")
    if expected.subject is not None and said["sub"] != expected.subject:
        raise NotSigned("it is of another person than before")
    if expected.nonce is not None and not _same(said.get("nonce"), expected.nonce):
        raise NotSigned("its nonce is not that of the request: it answers another login")
    _check_access_token(said, str(claims.header["alg"]), expected.access_token)
    return said


def _check_audience(said: Mapping[str, Any], client_id: str) -> None:
    audience = said.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise NotSigned("it is for another application")
    party = said.get("azp")
    if party is not None and party != client_id:
        raise NotSigned("it was issued to another application")
    if len(named) > 1 and party is None:
        raise NotSigned("it is for several, and does not say to whom it was issued")


def _check_times(said: Mapping[str, Any], expected: Expected, now: float) -> None:
    if _number(said, "exp") + LEEWAY <= now:
        raise NotSigned("its time is over")
    if _number(said, "iat") - LEEWAY > now:
        raise NotSigned("it was issued in the future: one of two clocks is wrong")
    if (
        expected.max_age is not None
        and _number(said, "auth_time") + expected.max_age + LEEWAY < now
    ):
        raise NotSigned("the login is longer ago than max_age allows")


def _check_access_token(said: Mapping[str, Any], alg: str, access_token: str | None) -> None:
    given = said.get("at_hash")
    if given is None or access_token is None:
        return
    hashed = _HASHES["512" if alg.startswith("Ed") else alg[2:]](access_token.encode()).digest()
    if not _same(given, b64(hashed[: len(hashed) // 2]).decode()):
        raise NotSigned("it does not belong to the access token beside it")


def _number(said: Mapping[str, Any], name: str) -> float:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotSigned(f"it has no {name}")
    return float(value)


def _same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
