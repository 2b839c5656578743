"""The master key: one secret from which every other key is derived, one label a purpose."""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_WRAP_VERSION = b"\x01"
_NONCE = 12


class WrongMasterKey(Exception):
    """A ciphertext or a check value does not open under this master key; the text names both key ids."""


class MasterKey:
    """32 bytes that open everything the database holds encrypted; never stored there, only its id and a check value.

    Raises ValueError unless the material is 32 bytes.
    """

    def __init__(self, material: bytes) -> None:
        """Take the raw 32 bytes."""
        if len(material) != 32:
            raise ValueError("a master key is 32 bytes, in base64url 43 characters")
        self._material = material
        self._wrapper = AESGCMSIV(self.derive("wrap"))
        self.key_id = self.derive("id", 8).hex()

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"

    @classmethod
    def parse(cls, text: str) -> MasterKey:
        """Read a master key as base64url text; raises ValueError on any other text."""
        try:
            stripped = text.strip()
            raw = base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))
        except (binascii.Error, ValueError):
            raise ValueError("a master key is base64url text of 32 bytes") from None
        return cls(raw)

    @classmethod
    def generate(cls) -> MasterKey:
        """Make a new one from the operating system's randomness."""
        return cls(os.urandom(32))

    def export(self) -> str:
        """Give the key as base64url text, to be written to its own file and nowhere else."""
        return base64.urlsafe_b64encode(self._material).rstrip(b"=").decode()

    def derive(self, label: str, length: int = 32) -> bytes:
        """Derive the key of one purpose.

        Spec: RFC 5869 §2.
        """
        info = b"satsuma/1/" + label.encode()
        return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(self._material)

    @property
    def check_value(self) -> str:
        """A value that only this key derives, kept in the database to recognise a different key at start."""
        return self.derive("check", 16).hex()

    def wrap(self, plaintext: bytes, table: str, row: str, column: str) -> bytes:
        """Encrypt a value for one place in the database; it opens at no other place."""
        nonce = os.urandom(_NONCE)
        sealed = self._wrapper.encrypt(nonce, plaintext, _place(table, row, column))
        return _WRAP_VERSION + nonce + sealed

    def unwrap(self, wrapped: bytes, table: str, row: str, column: str) -> bytes:
        """Open what `wrap` made for the same place; raises WrongMasterKey."""
        nonce, sealed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        if wrapped[:1] != _WRAP_VERSION:
            raise WrongMasterKey(f"{table}.{column} has an unknown version of encryption")
        try:
            return self._wrapper.decrypt(nonce, sealed, _place(table, row, column))
        except InvalidTag:
            raise WrongMasterKey(
                f"{table}.{column} does not open under master key {self.key_id}"
            ) from None


def _place(table: str, row: str, column: str) -> bytes:
    return b"\x00".join((table.encode(), row.encode(), column.encode(), _WRAP_VERSION))
