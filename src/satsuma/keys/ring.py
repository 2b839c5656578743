"""The key ring: every live key opened once, chosen by id, never tried in turn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from satsuma.domain.keys import Key
from satsuma.keys import algorithms, jwt, sealed
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.randomness import pooled
from satsuma.keys.vault import Vault

_CACHE = 8192


class NoKey(Exception):
    """No key is active for what was asked; the text names the purpose."""


class KeyRing:
    """Makes and opens tokens with the keys it was last given.

    `turn(now)` must run at each change of keys and about once a second: it picks the active keys and drops those gone.
    An algorithm's only key is active before its time: the clock that made it was ahead of this one.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._keys: tuple[Key, ...] = ()
        self._opened: dict[str, sealed.SealingKey | jwt.JwtKey] = {}
        self._usable: dict[str, sealed.SealingKey | jwt.JwtKey] = {}
        self._sealing: sealed.SealingKey | None = None
        self._signing: dict[str, jwt.JwtKey] = {}
        self._verified: dict[bytes, AccessTokenClaims] = {}
        self.draw = vault.draw
        self._draw = pooled(vault.draw)
        self.uses: dict[str, int] = {}

    def load(self, keys: Iterable[Key], now: datetime) -> None:
        """Take the keys as the store has them now; of those that a newer release made, none is used or opened."""
        self._keys = tuple(keys)
        self._opening = tuple(key for key in self._keys if is_known(key))
        for key in self._opening:
            if key.kid not in self._opened:
                self._opened[key.kid] = open_key(key, self._vault)
        self.turn(now, changed=True)

    def turn(self, now: datetime, *, changed: bool = False) -> None:
        """Pick the active keys for `now`; forget verified tokens when the set of usable keys changed."""
        live = [key for key in self._opening if key.gone_at is None or key.gone_at > now]
        usable = {key.kid: self._opened[key.kid] for key in live}
        if changed or usable.keys() != self._usable.keys():
            self._verified.clear()
        self._usable = usable
        self._signing = {}
        self._sealing = None
        for key in sorted(live, key=lambda each: each.active_at):
            if key.retires_at is not None and key.retires_at <= now:
                continue
            opened, waits = self._opened[key.kid], key.active_at > now
            if isinstance(opened, sealed.SealingKey):
                if not waits or self._sealing is None:
                    self._sealing = opened
            elif not waits or key.alg not in self._signing:
                self._signing[key.alg] = opened

    def seal(self, claims: AccessTokenClaims, prefix: bytes) -> bytes:
        """Make a sealed token with the active sealing key; raises NoKey."""
        key = self._sealing
        if key is None:
            raise NoKey("no sealing key is active")
        self.uses[key.kid] = self.uses.get(key.kid, 0) + 1
        return key.seal(claims, prefix, self._draw)

    def signing_key(self, alg: str) -> jwt.JwtKey:
        """The active signing key of an algorithm; raises NoKey."""
        key = self._signing.get(alg)
        if key is None:
            raise NoKey(f"no signing key is active for {alg}")
        self.uses[key.kid] = self.uses.get(key.kid, 0) + 1
        return key

    def find_signing_key(self, alg: str) -> jwt.JwtKey | None:
        """Find the active signing key of an algorithm, without counting a use."""
        return self._signing.get(alg)

    def verify(self, token: bytes, prefix: bytes, audience: str) -> AccessTokenClaims | None:
        """Open or verify an access token of ours; None for anything else. Expiry and revocation are the caller's.

        A verified token is remembered until the keys change, at most 8192 of them.
        """
        claims = self._verified.get(token)
        if claims is not None:
            return claims
        claims = self._open_sealed(token, prefix) or self._verify_jwt(token, audience)
        if claims is not None:
            if len(self._verified) >= _CACHE:
                del self._verified[next(iter(self._verified))]
            self._verified[token] = claims
        return claims

    def remembers(self, token: bytes, claims: AccessTokenClaims) -> bool:
        """Say whether `verify` gave these very claims for a token and would give them again."""
        return self._verified.get(token) is claims

    def _open_sealed(self, token: bytes, prefix: bytes) -> AccessTokenClaims | None:
        parts = sealed.split(token, prefix)
        if parts is None:
            return None
        key = self._usable.get(parts[0])
        return key.unseal(parts[1], prefix) if isinstance(key, sealed.SealingKey) else None

    def _verify_jwt(self, token: bytes, audience: str) -> AccessTokenClaims | None:
        parts = jwt.split(token)
        if parts is None:
            return None
        header, unproven, signing_input, signature = parts
        key = self.verifying_key(header.get("kid"), header.get("alg"))
        if key is None or header.get("typ") not in ("at+jwt", "JWT") or "crit" in header:
            return None
        if not key.verify(signing_input, signature):
            return None
        return jwt.access_token_claims(unproven, audience)

    def verifying_key(self, kid: object, alg: object) -> jwt.JwtKey | None:
        """The usable signing key of that id, if it is of that algorithm: never one chosen by the token.

        Spec: RFC 8725 §3.1.
        """
        key = self._usable.get(kid) if isinstance(kid, str) else None
        return key if isinstance(key, jwt.JwtKey) and key.alg == alg else None

    def jwks(self, now: datetime) -> dict[str, list[dict[str, Any]]]:
        """The public keys that a verifier may meet: announced, signing, or retired with tokens still alive.

        Spec: RFC 7517 §5.
        """
        listed = [
            json.loads(key.public)
            for key in self._keys
            if key.purpose == "sign" and (key.gone_at is None or key.gone_at > now)
        ]
        return {"keys": listed}


def is_known(key: Key) -> bool:
    """Say whether this release can use a key: its purpose and its algorithm are among those it knows."""
    known = {"seal": (algorithms.SEAL,), "sign": algorithms.SIGNING_ALGORITHMS}
    return key.alg in known.get(key.purpose, ())


def open_key(key: Key, vault: Vault) -> sealed.SealingKey | jwt.JwtKey:
    """Unwrap a key; raises DoesNotOpen."""
    private = vault.unwrap(key.private, "key", key.kid, "private")
    if key.purpose == "seal":
        return sealed.SealingKey(key.kid, private)
    return jwt.JwtKey(key.kid, key.alg, algorithms.from_der(private))
