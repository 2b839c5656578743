"""Commands run on both databases, each test in a place of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Cli, new_cli
from tests.outbox.smtp import MailServer, mail_server_beside


@pytest.fixture(scope="session")
def mail_sink() -> Iterator[MailServer]:
    """A mail server of this machine."""
    with mail_server_beside(MailServer(), "127.0.0.1") as sink:
        yield sink


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
