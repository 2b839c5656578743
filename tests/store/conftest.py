"""Stores to test: each starts empty and migrated."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from satsuma.store.opening import open_store
from satsuma.store.port import Store
from satsuma.store.sql.meta import TABLES
from satsuma.store.upkeep import upgrade
from tests.servers import PostgreSQL
from tests.servers.halting import HaltingProxy, halting_proxy
from tests.store.facts import NOW
from tests.store.racers import Racers


@dataclass
class Clock:
    """The stores' clock, moved by the test."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgreSQL) -> Iterator[str]:
    with postgresql.new_database() as url:
        upgrade(url)
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "satsuma.db")
    return f"sqlite:///{tmp_path}/satsuma.db"


@pytest.fixture
def postgresql_url(migrated_postgresql: str) -> str:
    empty(migrated_postgresql)
    return migrated_postgresql


def empty(url: str) -> None:
    """Take every row away, faster than a new database is made or new files for its tables."""
    with psycopg.connect(url) as connection:
        connection.execute("; ".join(f"DELETE FROM {table}" for table in reversed(TABLES)))
        connection.execute("INSERT INTO meta VALUES ('min_reader', '0001'), ('feed_floor', '0')")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a database that other processes can open too."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Store]:
    url = (
        "memory:" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    )
    store = open_store(url, clock=clock)
    yield store
    await store.close()


@pytest.fixture
async def opened(clock: Clock) -> AsyncIterator[Callable[[str], Store]]:
    """Open stores that are closed after the test."""
    stores: list[Store] = []

    def opened(url: str) -> Store:
        stores.append(open_store(url, clock=clock))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


@pytest.fixture(scope="session")
def racers() -> Iterator[Racers]:
    """Eight operating-system processes that commit at the same moment."""
    with Racers(8) as racers:
        yield racers


@pytest.fixture
def proxy(postgresql: PostgreSQL) -> Iterator[HaltingProxy]:
    """A way to the cluster that can be halted or shut."""
    with halting_proxy(postgresql.port) as standing_before:
        yield standing_before
