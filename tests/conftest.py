"""Fixtures that any test may ask for, and the rule that CI skips nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import PostgreSQL, Redis, running_postgresql, running_redis
from tests.wire.server import Server, running_server

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")

# A slow machine is no counter-example; CI tries the same cases every time.
settings.register_profile("satsuma", deadline=None, derandomize=IN_CI)
settings.load_profile("satsuma")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A private PostgreSQL cluster, started when the first test asks for it."""
    with running_postgresql() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_url(postgresql: PostgreSQL) -> str:
    """The cluster's maintenance database; a test that writes wants `postgres_database`."""
    return postgresql.url


@pytest.fixture
def postgres_database(postgresql: PostgreSQL) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with postgresql.new_database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A private Redis for the session; a test that ends or pauses one starts its own."""
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: Redis) -> str:
    """The session's Redis, with what earlier tests left in it."""
    return redis_server.url


@pytest.fixture
def redis_database(redis_server: Redis) -> str:
    """The session's Redis, emptied for this test."""
    redis_server.flush()
    return redis_server.url


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    report = yield
    return fail_if_skipped(report) if IN_CI and not hasattr(report, "wasxfail") else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[pytest.CollectReport]:
    report = yield
    return fail_if_skipped(report) if IN_CI else report


def fail_if_skipped(
    report: pytest.TestReport | pytest.CollectReport,
) -> pytest.TestReport | pytest.CollectReport:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing is skipped in CI: {reason}"
    return report
