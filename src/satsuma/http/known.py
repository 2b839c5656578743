"""What was worked out before and is known again, bounded."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Known(dict[Key, Value]):
    """A dictionary that holds at most `capacity` entries; the oldest makes room for a new one.

    Whether what is known still holds is for its reader to see.
    """

    __slots__ = ("_capacity",)

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity

    def keep(self, key: Key, value: Value) -> None:
        """Hold an entry, as the newest."""
        self.pop(key, None)
        if len(self) >= self._capacity:
            del self[next(iter(self))]
        self[key] = value
