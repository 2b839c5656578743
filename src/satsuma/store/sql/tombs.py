"""Tombs: an id whose bearer is gone is never given again."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

BURY = "INSERT INTO tomb (id, kind, at) VALUES (:id, :kind, :at) ON CONFLICT DO NOTHING"


def bury(column: str, kind: str, rows: str) -> str:
    """Make tombs of a column of some rows, which go at `:at`."""
    return (
        f"INSERT INTO tomb (id, kind, at) SELECT {column}, '{kind}', :at FROM {rows} "
        "ON CONFLICT DO NOTHING"
    )


def not_buried(parameter: str) -> str:
    """Demand that no tomb has this id."""
    return f"NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :{parameter})"
