"""Names for secret values within one process, so that they can be recognised without being kept."""

from __future__ import annotations

import hashlib

from satsuma.keys.randomness import SYSTEM, Draw

_BYTES = 16


class Fingerprint:
    """Keyed BLAKE2b under a key that dies with the process: a name says nothing of its value, here or elsewhere."""

    def __init__(self, draw: Draw = SYSTEM) -> None:
        """Draw the key; its own share of the work is done once."""
        self._keyed = hashlib.blake2b(digest_size=_BYTES, key=draw(32))

    def __call__(self, value: bytes) -> bytes:
        """The 16 bytes that stand for a value."""
        digest = self._keyed.copy()
        digest.update(value)
        return digest.digest()
