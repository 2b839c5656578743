"""Commands run on both databases, each test in a place of its own."""

from pathlib import Path

import pytest

from tests.cli.program import Cli, new_cli


@pytest.fixture(params=["sqlite", "postgresql"])
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> Cli:
    """The program on an empty database of either kind."""
    if request.param == "sqlite":
        return new_cli(tmp_path)
    return new_cli(tmp_path, request.getfixturevalue("postgres_database"))


@pytest.fixture
def sqlite_cli(tmp_path: Path) -> Cli:
    """The program on an embedded database, where the kind makes no difference."""
    return new_cli(tmp_path)


@pytest.fixture
def postgres_cli(tmp_path: Path, postgres_database: str) -> Cli:
    """The program on PostgreSQL, whose master key the operator holds."""
    return new_cli(tmp_path, postgres_database)
