"""Statements' parts that follow from the fields of a fact."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.store.sql.rows import Fact, columns


def names(fact: type[Fact], of: str = "") -> str:
    """Name a fact's columns, each behind `of`."""
    return ", ".join(of + name for name in columns(fact))


def marks(fact: type[Fact]) -> str:
    """Name a parameter for each of a fact's columns."""
    return ", ".join(f":{name}" for name in columns(fact))


def unchanged(fact: type[Fact]) -> str:
    """Demand that each of a fact's columns still is as the parameter `was_` and its name has it."""
    return " AND ".join(f"{name} IS NOT DISTINCT FROM :was_{name}" for name in columns(fact))


def select(table: str, fact: type[Fact]) -> str:
    """Ask for facts out of a table."""
    return f"SELECT {names(fact)} FROM {table}"


def add(table: str, fact: type[Fact], condition: str = "1 = 1") -> str:
    """Add a row where the condition and every unique key hold; otherwise change nothing."""
    return (
        f"INSERT INTO {table} ({names(fact)}) SELECT {marks(fact)} WHERE {condition} "
        "ON CONFLICT DO NOTHING"
    )


def prune(table: str, key: str, end: str, condition: str = "") -> str:
    """Delete the rows that ended first, before an instant, a bounded number.

    The condition stands outside too: a row that changed while we waited for it is judged again.
    """
    ended = f"{condition}{end} < :before"
    return (
        f"DELETE FROM {table} WHERE {ended} AND {key} IN "
        f"(SELECT {key} FROM {table} WHERE {ended} ORDER BY {end}, {key} LIMIT :limit)"
    )
