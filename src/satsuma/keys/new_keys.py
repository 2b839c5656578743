"""New keys, wrapped and announced."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from satsuma.domain.keys import Key
from satsuma.keys import algorithms
from satsuma.keys.vault import Vault
from satsuma_client.protocol.base64url import b64


def make_sealing_key(vault: Vault, announced_at: datetime, active_at: datetime) -> Key:
    """Make a sealing key; its id is four random bytes in hexadecimal."""
    kid = vault.draw(4).hex()
    private = vault.wrap(vault.draw(32), "key", kid, "private")
    return Key(kid, "seal", algorithms.SEAL, "", private, announced_at, active_at, None, None)


def make_signing_key(alg: str, vault: Vault, announced_at: datetime, active_at: datetime) -> Key:
    """Make a signing key with its public JWK."""
    return wrap_signing_key(alg, algorithms.generate(alg), vault, announced_at, active_at)


def wrap_signing_key(
    alg: str,
    key: algorithms.PrivateKey,
    vault: Vault,
    announced_at: datetime,
    active_at: datetime,
) -> Key:
    """A private key as the store keeps it, with its public JWK; its id is drawn."""
    kid = b64(vault.draw(12)).decode()
    private = vault.wrap(algorithms.to_der(key), "key", kid, "private")
    public = json.dumps(public_jwk(kid, alg, key), separators=(",", ":"))
    return Key(kid, "sign", alg, public, private, announced_at, active_at, None, None)


def public_jwk(kid: str, alg: str, key: algorithms.PrivateKey) -> dict[str, Any]:
    """The public half as a JWK with `use` and `alg`.

    Spec: RFC 7517 §4; RFC 7518 §6; RFC 8037 §2.
    """
    head = {"kid": kid, "use": "sig", "alg": alg}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": _text(key.public_key().public_bytes_raw()),
            **head,
        }
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = key.public_key().public_numbers()
        size = (key.curve.key_size + 7) // 8
        x, y = numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")
        crv = "P-256" if alg == "ES256" else "P-384"
        return {"kty": "EC", "crv": crv, "x": _text(x), "y": _text(y), **head}
    rsa_numbers = key.public_key().public_numbers()
    n = rsa_numbers.n.to_bytes((rsa_numbers.n.bit_length() + 7) // 8, "big")
    return {"kty": "RSA", "n": _text(n), "e": _text(rsa_numbers.e.to_bytes(3, "big")), **head}


def _text(data: bytes) -> str:
    return b64(data).decode()
