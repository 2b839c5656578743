"""The cache in the desktop's keyring, in pieces that every keyring takes."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import Any, Final

from satsuma_client.client.caches.files import FileCache

_PIECE: Final = 1000
"""Characters of a piece: Windows takes 1,280, and a record is longer."""
_MOST: Final = 200


class KeyringCache:
    """Keep tokens in the system's keyring, under the name `service` (default: satsuma).

    Those of one user and machine share it; a lock file, which holds nothing, lets them take turns.
    """

    poll = 0.1

    def __init__(self, service: str | None = None) -> None:
        self._service = service or "satsuma"
        self._locks = FileCache()

    def load(self, key: str) -> bytes | None:
        """What is kept; raises what the keyring raises, and ValueError for half a record."""
        ring, name = _keyring(), _name(key)
        head = ring.get_password(self._service, name)
        if head is None:
            return None
        generation, _, count = head.partition(" ")
        pieces = [
            ring.get_password(self._service, f"{name}.{generation}.{at}")
            for at in range(min(int(count), _MOST))
        ]
        if None in pieces:
            return b""  # half a record, by one who was ended while writing: it is none
        return base64.b64decode("".join(pieces))

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Keep `new` if what is kept is still `old`; raises what the keyring raises."""
        with self._locks.locked(f"keyring {self._service} {key}"):
            if self.load(key) != old:
                return False
            self._write(_name(key), new)
            return True

    def __repr__(self) -> str:
        return f"KeyringCache({self._service!r})"

    def _write(self, name: str, new: bytes) -> None:
        """Write the pieces of a new generation, then the head that names it, then remove the old ones."""
        from keyring.errors import PasswordDeleteError

        ring = _keyring()
        before = (ring.get_password(self._service, name) or "0 0").partition(" ")
        generation = str((int(before[0]) + 1) % 1_000_000)
        text = base64.b64encode(new).decode()
        pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
        for at, piece in enumerate(pieces):
            ring.set_password(self._service, f"{name}.{generation}.{at}", piece)
        ring.set_password(self._service, name, f"{generation} {len(pieces)}")
        for at in range(min(int(before[2]), _MOST)):
            with contextlib.suppress(
                PasswordDeleteError
            ):  # one who was ended meanwhile left them out
                ring.delete_password(self._service, f"{name}.{before[0]}.{at}")


def _keyring() -> Any:
    import keyring

    return keyring


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]
