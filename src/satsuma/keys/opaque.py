"""Opaque values that only we can read: refresh tokens, sealed requests, answers kept for a predecessor."""

from __future__ import annotations

import binascii
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from satsuma.keys.checksum import LENGTH, checksum
from satsuma.keys.randomness import SYSTEM, Draw, pooled
from satsuma.keys.vault import Vault
from satsuma_client.protocol.base64url import b64, unb64

_NONCE = 12


class Opaque:
    """Seals bytes into URL-safe text under one label of the vault, with a prefix and a scanner's checksum."""

    def __init__(self, vault: Vault, label: str, prefix: str) -> None:
        """Derive the label's key; the prefix is authenticated."""
        self._aead = AESGCMSIV(vault.derive(label))
        self._prefix = prefix.encode()
        self._draw = pooled(vault.draw)

    def seal(self, plain: bytes) -> str:
        """The text; two sealings of the same bytes differ."""
        nonce = self._draw(_NONCE)
        body = nonce + self._aead.encrypt(nonce, plain, self._prefix)
        text = self._prefix + b64(body)
        return (text + checksum(text)).decode()

    def open(self, text: str) -> bytes | None:
        """What was sealed; None for anything that this key and prefix did not seal."""
        raw = text.encode("utf-8", "replace")
        body, last = raw[:-LENGTH], raw[-LENGTH:]
        if not body.startswith(self._prefix) or checksum(body) != last or len(raw) > 16384:
            return None
        try:
            data = unb64(body[len(self._prefix) :])
            return self._aead.decrypt(data[:_NONCE], data[_NONCE:], self._prefix)
        except (binascii.Error, InvalidTag, ValueError):
            return None


class Digests:
    """Keyed SHA-256 of random values that are looked up: codes, session cookies, links."""

    def __init__(self, vault: Vault, label: str) -> None:
        self._keyed = hmac.new(vault.derive(label), digestmod="sha256")

    def __call__(self, value: str) -> bytes:
        """The 32-byte digest; the key's own share of the work was done once."""
        digest = self._keyed.copy()
        digest.update(value.encode("utf-8", "replace"))
        return digest.digest()


def seal_for_holder(token: str, parameters: bytes, answer: bytes, draw: Draw = SYSTEM) -> bytes:
    """Seal an answer so that only who holds the token, and asks with the same parameters, can have it again."""
    nonce = draw(_NONCE)
    return nonce + _holder(token).encrypt(nonce, answer, parameters)


def open_for_holder(token: str, parameters: bytes, sealed: bytes) -> bytes | None:
    """Open what `seal_for_holder` sealed; None for another token or other parameters."""
    try:
        return _holder(token).decrypt(sealed[:_NONCE], sealed[_NONCE:], parameters)
    except (InvalidTag, ValueError):
        return None


def _holder(token: str) -> AESGCMSIV:
    """Derive a token's key: HKDF-SHA256, whose first 32 bytes are one step of each of its two parts.

    Spec: RFC 5869 §2.
    """
    extracted = hmac.digest(bytes(32), token.encode(), "sha256")
    return AESGCMSIV(hmac.digest(extracted, b"satsuma/1/refresh-answer\x01", "sha256"))
