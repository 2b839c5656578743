"""Who calls, for the upstream: plain headers, and one signed header that it can verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from satsuma.domain.apis import Api
from satsuma.gateway.access import Pass
from satsuma.http.known import Known
from satsuma.http.messages import Field
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.jwt import JwtKey
from satsuma.keys.randomness import pooled
from satsuma.keys.ring import KeyRing
from satsuma_client.protocol.base64url import b64

TYP: Final = "satsuma-identity+jwt"
ALG: Final = "EdDSA"
LIFE: Final = 60
_KEPT = 30
_JTI_BYTES = 18

CLIENT_ID: Final = b"x-satsuma-client-id"
APPLICATION_ID: Final = b"x-satsuma-application-id"
SCOPE: Final = b"x-satsuma-scope"
SUBJECT: Final = b"x-satsuma-subject"
GRANT_ID: Final = b"x-satsuma-grant-id"
IDENTITY: Final = b"x-satsuma-identity"


class Identity(NamedTuple):
    """The identity headers of one token at one API, as fields and as they stand in a request."""

    fields: tuple[Field, ...]
    wire: bytes


class _Signed(NamedTuple):
    until: float
    key: JwtKey | None
    identity: Identity


class CallerIdentity:
    """Makes identity headers; a signed one is used again for 30 of its 60 seconds, for at most 4096 tokens at once.

    None outlives its key's turn: after a roll for a leak no upstream is shown the leaked key's signature.
    """

    def __init__(
        self, ring: KeyRing, api_url: str, clock: Callable[[], float], capacity: int = 4096
    ) -> None:
        """Sign with the ring's EdDSA key as `api_url`."""
        self._ring = ring
        self._api_url = api_url
        self._clock = clock
        self._known: Known[tuple[str, str, str], _Signed] = Known(capacity)
        self._draw = pooled(ring.draw)

    def of(self, passed: Pass) -> Identity:
        """The identity headers of a call; raises NoKey where no EdDSA key is active."""
        now = self._clock()
        claims = passed.claims
        known = (claims.iss, claims.jti, passed.api.api_id)
        kept = self._known.get(known)
        key = self._ring.find_signing_key(ALG)
        if kept is not None and kept.until > now and kept.key is key:
            return kept.identity
        identity = self._make(passed, int(now))
        self._known.keep(known, _Signed(now + _KEPT, key, identity))
        return identity

    def _make(self, passed: Pass, now: int) -> Identity:
        claims, api = passed.claims, passed.api
        scope = scope_at(api, claims)
        fields = [
            (CLIENT_ID, claims.client_id.encode()),
            (APPLICATION_ID, passed.client.application_id.encode()),
            (SCOPE, scope.encode()),
        ]
        if claims.sub is not None:
            fields.append((SUBJECT, claims.sub.encode()))
        if claims.grant_id is not None:
            fields.append((GRANT_ID, claims.grant_id.encode()))
        fields.append((IDENTITY, self._sign(passed, scope, now)))
        return Identity(tuple(fields), b"".join(b"%b: %b\r\n" % field for field in fields))

    def _sign(self, passed: Pass, scope: str, now: int) -> bytes:
        """Sign who calls, for this API alone.

        Spec: RFC 7519 §4.1; RFC 8725 §3.8, §3.11.
        """
        claims, api = passed.claims, passed.api
        body: dict[str, Any] = {
            "iss": self._api_url,
            "aud": f"{self._api_url}/{api.name}/v{api.version}",
            "sub": claims.sub or claims.client_id,
            "client_id": claims.client_id,
            "application_id": passed.client.application_id,
            "scope": scope,
            "iat": now,
            "exp": now + LIFE,
            "jti": b64(self._draw(_JTI_BYTES)).decode(),
        }
        if claims.grant_id is not None:
            body["grant_id"] = claims.grant_id
        return self._ring.signing_key(ALG).sign_claims(body, TYP)


def scope_at(api: Api, claims: AccessTokenClaims) -> str:
    """The scope that an upstream is told: all of the API's own where the token says all."""
    if not claims.is_for_all:
        return claims.scope
    return " ".join(dict.fromkeys(rule.scope for rule in api.scopes))
