"""A client that proves itself by a key that never leaves it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Final

from satsuma_client.client.token_endpoint import Proof
from satsuma_client.http.clock import Clock, nonce, system_clock
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.messages.client_authentication import Parameters
from satsuma_client.protocol.parameters import FormMessage, render_parameters
from satsuma_client.protocol.secret import Secret

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE: Final = 60
"""Seconds for which an assertion is good: it is made for one request."""
_ALGORITHMS: Final = {"RSA": "PS256", "EC": "ES256", "OKP": "Ed25519"}
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class PrivateKeyJwt:
    """Proves the client by a signed assertion whose audience is the issuer alone, so that no other server can use it.

    `private_key` is a PEM or JWK text, or the path of a file with one. Needs the extra `jwt`.

    Spec: RFC 7523 §2.2, §3; OIDC Core §9.
    """

    def __init__(
        self,
        client_id: str,
        private_key: str | bytes | Secret | os.PathLike[str],
        issuer: str,
        *,
        kid: str | None = None,
        alg: str | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Take a key; raises ValueError for what is none, OSError for a file that cannot be read."""
        self.client_id = client_id
        self._issuer = issuer
        self._clock = clock
        self._key = _key_of(private_key)
        members = self._key.as_dict(private=False)
        self._kid = kid or members.get("kid")
        self._alg = alg or _CURVES.get(members.get("crv", "")) or _ALGORITHMS[self._key.key_type]

    def each(self) -> Sequence[tuple[str, Proof]]:
        """The one proof, made anew for each request."""
        return [(self._key.thumbprint(), _Assertion(self.client_id, self._assertion()))]

    def __repr__(self) -> str:
        return f"PrivateKeyJwt(client_id={self.client_id!r}, alg={self._alg!r})"

    def _assertion(self) -> Secret:
        from joserfc.jws import JWSRegistry

        now = int(self._clock().wall)
        header = {"alg": self._alg, "typ": "client-authentication+jwt"}
        header |= {"kid": self._kid} if self._kid else {}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self._issuer,
            "jti": nonce(),
            "iat": now,
            "exp": now + LIFE,
        }
        parts = b".".join(b64(json.dumps(each).encode()) for each in (header, claims))
        signature = JWSRegistry.algorithms[self._alg].sign(parts, self._key)
        return Secret((parts + b"." + b64(signature)).decode())


class _Assertion:
    """One assertion, for one request."""

    def __init__(self, client_id: str, assertion: Secret) -> None:
        self.client_id = client_id
        self._assertion = assertion

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters.

        Spec: RFC 7523 §2.2.
        """
        proof = [
            ("client_id", self.client_id),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", self._assertion.reveal()),
        ]
        return FormMessage(render_parameters([*parameters, *proof]))


def _key_of(given: str | bytes | Secret | os.PathLike[str]) -> Any:
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

    text = given.reveal() if isinstance(given, Secret) else given
    if isinstance(text, os.PathLike):
        with open(text, "rb") as file:
            text = file.read()
    data = text.encode() if isinstance(text, str) else text
    try:
        if data.lstrip().startswith(b"{"):
            key = JWKRegistry.import_key(json.loads(data))
        else:
            key = _from_pem(data, (RSAKey, ECKey, OKPKey))
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("this is no private key: a PEM or a JWK is wanted") from None
    if not key.is_private or key.key_type not in _ALGORITHMS:
        raise ValueError("this key is public, or none that signs: the private one is wanted")
    return key


def _from_pem(data: bytes, kinds: Sequence[Any]) -> Any:
    from joserfc.errors import InvalidKeyTypeError

    for kind in kinds:
        try:
            return kind.import_key(data)
        except InvalidKeyTypeError:  # a key, of another kind
            continue
    raise ValueError("no PEM")
