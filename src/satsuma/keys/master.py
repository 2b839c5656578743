"""The master key: the one secret outside the database; it wraps the database's data key."""

from __future__ import annotations

import base64
import binascii

from satsuma.keys.randomness import SYSTEM, Draw
from satsuma.keys.vault import DoesNotOpen, Vault
from satsuma_client.protocol.base64url import b64

__all__ = ["MasterKey", "Vault", "WrongMasterKey"]

_PLACE = ("meta", "data-key", "value")


class WrongMasterKey(Exception):
    """A database does not open under this master key; the text names the key ids."""


class MasterKey:
    """32 bytes that open one database's vault; never stored there, only its id and a check value.

    Raises ValueError unless the material is 32 bytes.
    """

    def __init__(self, material: bytes) -> None:
        self._material = material
        self._keys = Vault(material)
        self.key_id = self._keys.derive("id", 8).hex()

    def __repr__(self) -> str:
        return f"MasterKey({self.key_id})"

    @classmethod
    def parse(cls, text: str) -> MasterKey:
        """Read a master key as base64url text; raises ValueError on any other text."""
        try:
            stripped = text.strip()
            raw = base64.b64decode(
                stripped + "=" * (-len(stripped) % 4), altchars=b"-_", validate=True
            )
        except (binascii.Error, ValueError):
            raise ValueError("a master key is base64url text of 32 bytes") from None
        return cls(raw)

    @classmethod
    def generate(cls) -> MasterKey:
        """Make a new one from the operating system's randomness."""
        return cls(SYSTEM(32))

    def export(self) -> str:
        """The key as base64url text, to be written to its own file and nowhere else."""
        return b64(self._material).decode()

    @property
    def check_value(self) -> str:
        """A value that only this key derives, by which the database knows a different key."""
        return self._keys.derive("check", 16).hex()

    def new_data_key(self, draw: Draw = SYSTEM) -> str:
        """Make a data key and give it wrapped, as the database keeps it."""
        return self._wrapped(draw(32))

    def open_data_key(self, wrapped: str, draw: Draw = SYSTEM) -> Vault:
        """Open the vault of a database; raises WrongMasterKey."""
        return Vault(self._opened(wrapped), draw)

    def take_over(self, wrapped: str, former: MasterKey) -> str:
        """Wrap under this key the data key that `former` had wrapped; raises WrongMasterKey."""
        return self._wrapped(former._opened(wrapped))

    def _wrapped(self, data_key: bytes) -> str:
        return base64.urlsafe_b64encode(self._keys.wrap(data_key, *_PLACE)).decode()

    def _opened(self, wrapped: str) -> bytes:
        try:
            return self._keys.unwrap(base64.urlsafe_b64decode(wrapped), *_PLACE)
        except (DoesNotOpen, binascii.Error):
            raise WrongMasterKey(
                f"The database's data key does not open under master key {self.key_id}"
            ) from None
