"""Sealed access tokens: self-contained, opaque to all but the holders of the key.

    prefix | base64url(version 1, key id 4, nonce 12, ciphertext and tag) | checksum 6

The prefix, the version and the key id are authenticated. The checksum lets a secret scanner recognise a leak.
Ciphertext: AES-256-GCM-SIV over a msgpack array of the claims, so that a repeated nonce reveals equality at most.

Spec: RFC 8452 §4.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from satsuma.keys.checksum import LENGTH, checksum
from satsuma.keys.claims import MAX_TOKEN, AccessTokenClaims
from satsuma_client.protocol.base64url import b64, unb64

VERSION = b"\x01"
KID_BYTES = 4
_NONCE = 12
_HEAD = 1 + KID_BYTES

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccessTokenClaims).decode


class SealingKey:
    """One key that makes and opens sealed tokens; `kid` is eight hexadecimal digits."""

    __slots__ = ("_aead", "_head", "kid")

    def __init__(self, kid: str, key: bytes) -> None:
        self.kid = kid
        self._head = VERSION + bytes.fromhex(kid)
        self._aead = AESGCMSIV(key)

    def seal(self, claims: AccessTokenClaims, prefix: bytes, draw: Callable[[int], bytes]) -> bytes:
        """Make a token of the claims."""
        nonce = draw(_NONCE)
        head = self._head
        body = self._aead.encrypt(nonce, _encode(claims), prefix + head)
        token = prefix + b64(head + nonce + body)
        return token + checksum(token)

    def unseal(self, raw: bytes, prefix: bytes) -> AccessTokenClaims | None:
        """Open the decoded bytes of a token; None unless this key made it with this prefix."""
        end = _HEAD + _NONCE
        try:
            plain = self._aead.decrypt(raw[_HEAD:end], raw[end:], prefix + raw[:_HEAD])
            return _decode(plain)
        except (InvalidTag, msgspec.MsgspecError, ValueError):
            return None


def split(token: bytes, prefix: bytes) -> tuple[str, bytes] | None:
    """The key id and the decoded bytes of what has the form of a sealed token, else None."""
    body = token[:-LENGTH]
    if not body.startswith(prefix) or len(token) > MAX_TOKEN:
        return None
    if checksum(body) != token[-LENGTH:]:
        return None
    try:
        raw = unb64(body[len(prefix) :])
    except binascii.Error:
        return None
    if raw[:1] != VERSION or len(raw) < _HEAD + _NONCE + 16:
        return None
    return raw[1:_HEAD].hex(), raw
