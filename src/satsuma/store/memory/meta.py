"""Facts about the database itself in memory: what writes and finds them."""

from __future__ import annotations

from satsuma.domain.meta import SetMeta
from satsuma.store.memory.changes import Changes, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers
from satsuma.store.sql.meta import TABLES


def _set_meta(t: Tables, effect: SetMeta, changes: Changes) -> None:
    require(t.meta.get(effect.name) == effect.expected, "meta-moved")
    t.put(t.meta, effect.name, effect.value)


WRITERS: Writers = {
    SetMeta: _set_meta,
}


class MetaQueries(Query):
    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        return self._tables.meta.get(name)

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return {name: len(getattr(self._tables, name)) for name in TABLES}
