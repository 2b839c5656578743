"""Tokens that were never issued: signed with the server's own key, with another, or with none."""

import base64
import json
import time
from typing import Any

from satsuma.app.clock import utc_now
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.ring import KeyRing
from satsuma.management.context import ManagementContext
from tests.oauth.flow import claims_of
from tests.wire.server import Server


def ring_of(server: Server) -> KeyRing:
    """The server's own keys: what only it can sign, a test can sign wrongly."""

    async def load(context: ManagementContext) -> KeyRing:
        ring = KeyRing(context.vault)
        ring.load(await context.store.read(lambda reader: reader.list_keys()), utc_now())
        return ring

    found: KeyRing = server.manage(load)
    return found


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    head = token.partition(".")[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return found


def signed(
    server: Server, token: str, typ: str = "at+jwt", alg: str = "ES256", **claims: Any
) -> str:
    """A token of these claims that the server's own key signed; None leaves a claim out."""
    body = {k: v for k, v in (claims_of(token) | claims).items() if v is not None}
    return ring_of(server).signing_key(alg).sign_claims(body, typ).decode()


def expired(server: Server, token: str) -> str:
    now = int(time.time())
    return signed(server, token, iat=now - 700, exp=now - 100)


def expired_opaque(server: Server, claims: dict[str, Any]) -> str:
    """A sealed token of an hour ago."""
    aud = claims["aud"]
    now = int(time.time())
    made = AccessTokenClaims(
        iss=claims["iss"],
        jti="jti-of-a-test",
        client_id=claims["client_id"],
        generation=1,
        iat=now - 3700,
        exp=now - 100,
        aud=(aud,) if isinstance(aud, str) else tuple(aud),
        scope=claims["scope"],
    )
    return ring_of(server).seal(made, b"sat_").decode()
