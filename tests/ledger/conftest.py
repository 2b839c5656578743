"""The audit's tests run on both databases."""

from pathlib import Path

import pytest

from tests.ledger.databases import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'facts.db'}", tmp_path)
    return Database(request.getfixturevalue("postgres_database"), tmp_path)
