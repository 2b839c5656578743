"""The vault: the database's own data key, from which every other key is derived, one label a purpose.

The master key wraps the data key and nothing else, so that a new master key re-wraps one value and
changes no digest, no ciphertext and no chain.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from satsuma.keys.randomness import SYSTEM, Draw

_WRAP_VERSION = b"\x01"
_NONCE = 12
_BYTES = 32


class DoesNotOpen(Exception):
    """A ciphertext does not open here; the text names its place and holds nothing of it."""


class Vault:
    """32 bytes that derive keys and open what the database holds encrypted; what is made under it is drawn by `draw`.

    Raises ValueError unless the material is 32 bytes.
    """

    def __init__(self, material: bytes, draw: Draw = SYSTEM) -> None:
        if len(material) != _BYTES:
            raise ValueError("the material of a key is 32 bytes, in base64url 43 characters")
        self.draw = draw
        self._material = material
        self._wrapper = AESGCMSIV(self.derive("wrap"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def derive(self, label: str, length: int = 32) -> bytes:
        """Derive the key of one purpose.

        Spec: RFC 5869 §2.
        """
        info = b"satsuma/1/" + label.encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(self._material)

    def wrap(self, plaintext: bytes, table: str, row: str, column: str) -> bytes:
        """Encrypt a value for one place in the database; it opens at no other place."""
        nonce = self.draw(_NONCE)
        sealed = self._wrapper.encrypt(nonce, plaintext, _place(table, row, column))
        return _WRAP_VERSION + nonce + sealed

    def unwrap(self, wrapped: bytes, table: str, row: str, column: str) -> bytes:
        """Open what `wrap` made for the same place; raises DoesNotOpen."""
        nonce, sealed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        if wrapped[:1] != _WRAP_VERSION:
            raise DoesNotOpen(f"{table}.{column} has an unknown version of encryption")
        try:
            return self._wrapper.decrypt(nonce, sealed, _place(table, row, column))
        except (InvalidTag, ValueError):
            raise DoesNotOpen(f"{table}.{column} does not open with this key") from None


def _place(table: str, row: str, column: str) -> bytes:
    return b"\x00".join((table.encode(), row.encode(), column.encode(), _WRAP_VERSION))
