"""The session: what a statement needs of a driver, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, Protocol

from satsuma.store.sql.rows import Values


class Session(Protocol):
    """An open transaction on one connection."""

    integrity_error: type[Exception]
    """What the driver raises where a unique or foreign key does not hold."""

    def run(self, statement: str, values: Values) -> int:
        """Run a statement that changes rows; give how many it changed."""

    def rows(self, statement: str, values: Values) -> list[tuple[Any, ...]]:
        """Run a statement that gives rows; give them all."""

    def take_turn(self) -> None:
        """Wait until this transaction is the next to commit: the numbers it takes now are in commit
        order.
        """

    def announce(self) -> None:
        """Ring the bell of other processes when this transaction commits."""
