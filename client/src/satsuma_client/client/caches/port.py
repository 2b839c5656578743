"""What a cache must do."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Bytes by key, replaced by whoever read them last.

    What either method raises costs a token request and never a call: it is told as `cache_failed`.
    """

    poll: float
    """Seconds between two looks of those who wait for another's token."""

    def load(self, key: str) -> bytes | None:
        """What is kept, None where nothing is."""
        ...

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Keep `new` if what is kept is still `old`, and say so."""
        ...
