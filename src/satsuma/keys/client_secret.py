"""Client secrets: random, recognisable by scanners, stored as a keyed digest.

A slow hash buys nothing on 256 random bits and costs a hundred thousand times as much.
"""

from __future__ import annotations

import hmac

from satsuma.keys.checksum import checksum
from satsuma.keys.randomness import SYSTEM, Draw
from satsuma.keys.vault import Vault
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.secret import Secret

PREFIX = "sts_"


def mint(draw: Draw = SYSTEM) -> Secret:
    """Make a client secret: prefix, 256 random bits in base64url, and a checksum of six characters.

    Every character is of `[A-Za-z0-9_-]`, so that it survives an unescaped paste into a form body.
    """
    body = b64(draw(32))
    return Secret((PREFIX.encode() + body + checksum(PREFIX.encode() + body)).decode())


class SecretDigest:
    """Keyed SHA-256 of client secrets."""

    def __init__(self, vault: Vault) -> None:
        self._keyed = hmac.new(vault.derive("client-secret-digest"), digestmod="sha256")

    def __call__(self, secret: bytes) -> bytes:
        """The 32-byte digest; the key's own share of the work was done once."""
        digest = self._keyed.copy()
        digest.update(secret)
        return digest.digest()
