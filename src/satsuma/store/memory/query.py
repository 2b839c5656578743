"""What a query reads: the tables, while the store's lock is held."""

from __future__ import annotations

from satsuma.store.memory.tables import Tables


class Query:
    """The tables, for the queries of an aggregate."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
