"""The transaction: what a statement needs of a driver, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from satsuma.store.sql.rows import Values


class Transaction(Protocol):
    """An open transaction on one connection."""

    integrity_error: type[Exception]
    """What the driver raises where a unique or foreign key does not hold."""

    def run(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; give how many it changed."""

    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        """Run it once for each of many; give how many rows were changed in all."""

    def rows(self, statement: str, values: Values) -> list[tuple[Any, ...]]:
        """Run a statement that gives rows; give them all."""

    def hold(self, statement: str, values: Values) -> None:
        """Run a statement that changes nothing, so that the rows it meets stay as they are until the commit."""

    def take_turn(self) -> None:
        """Wait until this transaction is the next to commit: the numbers it takes now are in commit
        order.
        """

    def announce(self) -> None:
        """Ring the bell of other processes when this transaction commits."""
