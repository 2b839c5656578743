"""What the stored passwords cost to compare, looked up now and then: every answer to a login takes as long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from satsuma.accounts.passwords import PasswordCost, cost_of
from satsuma.store.port import Store

_EVERY: Final = 600.0


class StoredCosts:
    """The costs of the hashes in the store, as of the last ten minutes.

    A cost goes when its last hash was made anew at a login; until then an answer takes as long whoever asks, and so the
    time tells neither who is registered nor whose password is old.
    """

    def __init__(self, store: Store, monotonic: Callable[[], float]) -> None:
        self._store = store
        self._monotonic = monotonic
        self._costs: frozenset[PasswordCost] = frozenset()
        self._read_at: float | None = None

    async def __call__(self) -> frozenset[PasswordCost]:
        """The costs; raises Unavailable."""
        now = self._monotonic()
        if self._read_at is None or now - self._read_at > _EVERY:
            begun = await self._store.read(lambda reader: reader.list_password_costs())
            found = (cost_of(each) for each in begun)
            self._costs = frozenset(each for each in found if each is not None)
            self._read_at = now
        return self._costs
