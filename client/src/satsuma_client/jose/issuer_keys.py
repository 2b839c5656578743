"""An issuer's keys: fetched when they are first needed, kept while it is away, asked for again when one is missing."""

from __future__ import annotations

import threading
from typing import Any, Final

from satsuma_client.http.clock import Clock
from satsuma_client.http.errors import OAuthError
from satsuma_client.http.exchange import exchange, get_json
from satsuma_client.http.transport import Transport
from satsuma_client.jose.signed import NotSigned, is_key_for
from satsuma_client.jose.weak_keys import is_weak
from satsuma_client.protocol.base64url import unb64
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object

COOL_DOWN: Final = 30.0
"""Seconds in which the keys are asked for once at most, however many unknown ones are named."""
FRESH: Final = 3600.0
"""Seconds after which the keys are asked for again, so that one that was withdrawn is believed no longer."""
MOST: Final = 100
"""Keys that are read from a document."""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had, and none are kept."""


class IssuerKeys:
    """The keys that an issuer publishes at its `jwks_uri`.

    A `kid` that is unknown makes them be fetched anew, once in a while; keys that cannot be fetched stay as they were.

    Spec: RFC 7517 §5; OIDC Core §10.1.1.
    """

    def __init__(self, jwks_uri: str, transport: Transport, clock: Clock) -> None:
        self._url = jwks_uri
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[tuple[dict[str, Any], Any]] | None = None
        self._tried: float | None = None
        self._fetched = 0.0

    def find(self, kid: str | None, alg: str) -> list[Any]:
        """The keys of this `kid`, or all where a token names none; raises NotSigned, KeysUnavailable."""
        now = self._clock().monotonic
        if self._kept is None:
            self._refresh()
        elif now - self._fetched > FRESH and not self._lock.locked():
            threading.Thread(target=self._refresh, name="satsuma-keys", daemon=True).start()
        found = self._matching(kid, alg)
        if not found:
            self._refresh()
            found = self._matching(kid, alg)
        if not found:
            raise NotSigned("its key is none of the issuer's")
        return found

    def _matching(self, kid: str | None, alg: str) -> list[Any]:
        kept = self._kept
        if kept is None:
            raise KeysUnavailable
        return [
            key
            for members, key in kept
            if (kid is None or members.get("kid") == kid) and is_key_for(members, alg)
        ]

    def _refresh(self) -> None:
        """Fetch, unless somebody did within the cool-down; those who come meanwhile wait for it."""
        with self._lock:
            now = self._clock().monotonic
            if self._tried is not None and now - self._tried < COOL_DOWN:
                return
            self._tried = now
            try:
                answer = exchange(self._transport, get_json(self._url))
                keys = keys_of(answer.body) if answer.status == 200 else None
            except (OAuthError, Malformed):
                keys = None
            if keys is not None:
                self._kept, self._fetched = keys, now


def keys_of(document: bytes) -> list[tuple[dict[str, Any], Any]]:
    """Read a key set: each public key that can be read, with its members; raises Malformed.

    Spec: RFC 7517 §5.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    listed = parse_object(document).get("keys")
    if not isinstance(listed, list):
        raise Malformed("member-malformed", member="keys")
    found = []
    for members in listed[:MOST]:
        if not isinstance(members, dict) or members.get("kty") not in ("RSA", "EC", "OKP"):
            continue  # a kind that we do not know, or a secret: neither verifies anything
        if members["kty"] == "RSA" and is_weak(_modulus(members)):
            continue
        public = {name: value for name, value in members.items() if name not in _PRIVATE}
        try:
            found.append((public, JWKRegistry.import_key(public)))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def _modulus(members: dict[str, Any]) -> int:
    """The modulus of an RSA key, 0 where there is none."""
    number = members.get("n")
    try:
        return int.from_bytes(unb64(number.encode())) if isinstance(number, str) else 0
    except ValueError:
        return 0


_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
