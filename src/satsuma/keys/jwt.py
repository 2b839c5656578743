"""JSON Web Tokens as access tokens, and the signed header that upstreams can verify.

Two profiles: `rfc9068` (typ at+jwt), and `orange`, the claims observed on that platform's wire.

Spec: RFC 7519 §7; RFC 9068 §2.
"""

from __future__ import annotations

import binascii
import json
from typing import Any, Literal

import msgspec

from satsuma.domain.scopes import ALL_SCOPES
from satsuma.keys import algorithms
from satsuma.keys.claims import MAX_TOKEN, AccessTokenClaims
from satsuma_client.protocol.base64url import b64, unb64

Profile = Literal["rfc9068", "orange"]
_json = msgspec.json.Encoder().encode
_parse = msgspec.json.Decoder(dict[str, Any]).decode


class JwtKey:
    """One signing key: mints and verifies compact JWTs under its kid and its one algorithm."""

    __slots__ = ("_heads", "_sign", "_verify", "alg", "kid")

    def __init__(self, kid: str, alg: str, private_key: algorithms.PrivateKey) -> None:
        self.kid = kid
        self.alg = alg
        self._sign = algorithms.signer(alg, private_key)
        self._verify = algorithms.verifier(alg, private_key)
        self._heads: dict[str, bytes] = {}

    def sign_claims(self, claims: dict[str, Any], typ: str, ver: str = "") -> bytes:
        """Make a compact JWT of any claims under a `typ`; `ver` is a header that the observed profile has."""
        head = self._heads.get(typ + ver)
        if head is None:
            head = self._heads[typ + ver] = b64(self._header(typ, ver)) + b"."
        signing_input = head + b64(_json(claims))
        return signing_input + b"." + b64(self._sign(signing_input))

    def _header(self, typ: str, ver: str) -> bytes:
        header = {"typ": typ, "alg": self.alg, "kid": self.kid}
        if ver:
            header = {"ver": ver, **header}
        return json.dumps(header, separators=(",", ":")).encode()

    def mint(
        self, claims: AccessTokenClaims, profile: Profile, application: tuple[str, str]
    ) -> bytes:
        """Make an access token; `application` is its (id, name), which the `orange` profile shows."""
        if profile == "orange":
            return self.sign_claims(_orange_claims(claims, application), "JWT", "1.0")
        return self.sign_claims(_rfc9068_claims(claims), "at+jwt")

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Say whether this key signed the input."""
        return self._verify(signature, signing_input)


def _rfc9068_claims(claims: AccessTokenClaims) -> dict[str, Any]:
    """The claims; one for all has no `scope`, so that one of none has it empty and is never read as one for all."""
    body: dict[str, Any] = {
        "iss": claims.iss,
        "sub": claims.sub or claims.client_id,
        "aud": claims.aud[0] if len(claims.aud) == 1 else list(claims.aud),
        "client_id": claims.client_id,
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
        "gen": claims.generation,
    }
    if claims.scope != ALL_SCOPES:
        body["scope"] = claims.scope
    if claims.grant_id is not None:
        body["grant_id"] = claims.grant_id
    if claims.acr is not None:
        body["acr"] = claims.acr
    if claims.auth_time is not None:
        body["auth_time"] = claims.auth_time
    if claims.cnf is not None:
        body["cnf"] = {"jkt": claims.cnf}
    return body


def _orange_claims(claims: AccessTokenClaims, application: tuple[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "app_name": application[1],
        "sub": claims.client_id,
        "iss": claims.iss,
        "exp": claims.exp,
        "app_id": application[0],
        "iat": claims.iat,
        "client_id": claims.client_id,
        "jti": claims.jti,
        "gen": claims.generation,
    }
    if claims.scope != ALL_SCOPES:
        body["scope"] = claims.scope
    return body


def split(token: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes] | None:
    """Header, claims, signing input and signature of what has the form of a JWT; nothing in it is proven.

    Spec: RFC 7515 §5.2.
    """
    if len(token) > MAX_TOKEN or token.count(b".") != 2:
        return None
    signing_input, _, signature = token.rpartition(b".")
    header, _, payload = signing_input.partition(b".")
    try:
        claims = _parse(unb64(header)), _parse(unb64(payload))
        return *claims, signing_input, _exactly(signature)
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _exactly(text: bytes) -> bytes:
    """Decode what is spelled as we would: else one token had many, and a list of tokens would not know it again."""
    data = unb64(text)
    if b64(data) != text:
        raise ValueError("another spelling")
    return data


def access_token_claims(unproven: dict[str, Any], audience: str) -> AccessTokenClaims | None:
    """Read the claims of one of our access tokens, in either profile; `audience` stands where none is said."""
    aud = unproven.get("aud", audience)
    client_id = unproven.get("client_id")
    sub = unproven.get("sub")
    cnf = unproven.get("cnf")
    try:
        claims = AccessTokenClaims(
            iss=unproven["iss"],
            jti=unproven["jti"],
            client_id=unproven["client_id"],
            generation=unproven["gen"],
            iat=unproven["iat"],
            exp=unproven["exp"],
            aud=(aud,) if isinstance(aud, str) else tuple(aud),
            scope=unproven.get("scope", ALL_SCOPES),
            grant_id=unproven.get("grant_id"),
            sub=None if sub == client_id else sub,
            acr=unproven.get("acr"),
            auth_time=unproven.get("auth_time"),
            cnf=cnf.get("jkt") if isinstance(cnf, dict) else None,
        )
        return msgspec.convert(claims, AccessTokenClaims)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None
