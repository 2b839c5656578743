"""Servers for the wire tests: both fronts, on SQLite and on PostgreSQL; each starts when first asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import PostgreSQL
from tests.wire.server import Server, running_server

EVERYWHERE = [
    pytest.param(("hot", "sqlite"), id="hot-sqlite"),
    pytest.param(("asgi", "sqlite"), id="asgi-sqlite"),
    pytest.param(("hot", "postgresql"), id="hot-postgresql"),
    pytest.param(("asgi", "postgresql"), id="asgi-postgresql"),
]


@pytest.fixture(scope="session", params=EVERYWHERE)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of the default settings; tests make their own applications on it."""
    front, kind = request.param
    folder: Path = tmp_path_factory.mktemp(f"{front}-{kind}")
    if kind == "sqlite":
        with running_server(folder, front=front) as running:
            yield running
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    with (
        postgresql.new_database() as url,
        running_server(folder, database=url, front=front) as running,
    ):
        yield running
