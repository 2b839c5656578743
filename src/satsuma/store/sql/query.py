"""How a query reads: the rows of a statement as facts."""

from __future__ import annotations

from typing import Any

from satsuma.store.sql.rows import F, G, columns, fact_of
from satsuma.store.sql.transaction import Transaction


class Query:
    """One transaction's view, for the queries of an aggregate."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def _rows(self, statement: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
        if not all(is_storable(value) for value in values.values()):
            return []
        return self._transaction.rows(statement, values)

    def _all(self, fact: type[F], statement: str, **values: object) -> list[F]:
        return [fact_of(fact, row) for row in self._rows(statement, values)]

    def _one(self, fact: type[F], statement: str, **values: object) -> F | None:
        rows = self._rows(statement, values)
        return fact_of(fact, rows[0]) if rows else None

    def _pairs(
        self, one: type[F], other: type[G], statement: str, **values: object
    ) -> list[tuple[F, G]]:
        cut = len(columns(one))
        rows = self._rows(statement, values)
        return [(fact_of(one, row[:cut]), fact_of(other, row[cut:])) for row in rows]

    def _text(self, statement: str, **values: object) -> str | None:
        value = self._value(statement, **values)
        return None if value is None else str(value)

    def _value(self, statement: str, **values: object) -> Any:
        rows = self._rows(statement, values)
        return rows[0][0] if rows else None


def is_storable(value: object) -> bool:
    """Say whether a column can hold the value: no text has a NUL or half a surrogate pair, so
    nothing is found by one.
    """
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
