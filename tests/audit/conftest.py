"""The tests of this room run on both databases."""

from tests.store.databases import database

__all__ = ["database"]
