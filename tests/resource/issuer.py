"""An issuer whose keys a test holds: it signs what no real one would."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from satsuma_client.protocol.base64url import b64
from tests.client.token_server import TokenServer, running_token_server

JSON = {"Content-Type": "application/json"}
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})
AUDIENCE = "https://api.example/shops"


class Issuer:
    """Metadata, keys and introspection of a server of a test."""

    def __init__(self, server: TokenServer) -> None:
        self.server = server
        self.url = server.url
        told = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "introspection_endpoint": f"{self.url}/introspect",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "grant_types_supported": ["authorization_code", "client_credentials"],
        }
        keys = {"keys": [key.as_dict(private=False) for key in (RSA, EC)]}
        server.documents["/.well-known/oauth-authorization-server"] = answer(told)
        server.documents["/jwks"] = answer(keys)

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = time.time()
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "client_id": "client",
            "scope": "shops:read shops:write",
            "iat": now,
            "exp": now + 300,
            "jti": "one",
        }
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def signed(
        self, claims: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any
    ) -> str:
        head = {"typ": "at+jwt", "alg": alg, "kid": key.kid, **header}
        head = {name: value for name, value in head.items() if value is not None}
        parts = b64(json.dumps(head).encode()) + b"." + b64(json.dumps(claims).encode())
        signature = jws.JWSRegistry.algorithms[alg].sign(parts, key)
        return (parts + b"." + b64(signature)).decode()

    def sealed(self, told: Any) -> str:
        """A token that only the issuer can read, and what it says of it."""
        token = f"opaque-{len(self.server.introspections)}"
        self.server.introspections[token] = told
        return token


def answer(members: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    return 200, dict(JSON), json.dumps(members).encode()


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    with running_token_server() as server:
        yield Issuer(server)
