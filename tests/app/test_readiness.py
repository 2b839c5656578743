"""A process is ready while it can do the work: write what it must, and count where it should."""

import asyncio
import contextlib
import resource
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from satsuma.app.readiness import Probe
from satsuma.store.port import Unavailable
from tests.servers.postgresql import PostgreSQL
from tests.wire.server import Server, running_server, wait_until


def state_of(server: Server) -> tuple[int, bool]:
    """The status of `/readyz`, and whether it says that the database takes writes."""
    reply = server.request("GET", "/readyz")
    return reply.status, reply.json["writes"]


def lines_of(server: Server, event: str) -> int:
    return server.log.read_text().count(event)


def test_a_database_that_takes_no_writes_is_not_ready(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    """What a demoted primary does: it answers every read and refuses every write."""
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url) as server,
    ):
        wait_until(lambda: state_of(server) == (200, True), 5)
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(url, autocommit=True) as operator:
            become(operator, str(name), read_only=True)
            wait_until(lambda: state_of(server) == (503, False), 20)
            become(operator, str(name), read_only=False)
            wait_until(lambda: state_of(server) == (200, True), 20)
        assert (lines_of(server, "writes_refused"), lines_of(server, "writes_back")) == (1, 1)
        assert "Traceback" not in server.log.read_text()


def become(operator: psycopg.Connection, name: str, read_only: bool) -> None:
    """Let the database refuse writes or take them, on every connection but this one."""
    state = "on" if read_only else "off"
    operator.execute("SET default_transaction_read_only = off")
    operator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {state}')
    operator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = %s AND pid <> pg_backend_pid()",
        [name],
    )


def test_a_full_disk_is_not_ready(tmp_path: Path) -> None:
    """A file that may not grow stands for the disk that is full."""
    with running_server(tmp_path) as server:
        wait_until(lambda: state_of(server) == (200, True), 5)
        pid = server.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
        try:
            wait_until(lambda: state_of(server) == (503, False), 20)
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        wait_until(lambda: state_of(server) == (200, True), 20)


def test_a_counting_server_that_never_answered_is_not_shared(tmp_path: Path) -> None:
    options = ("--redis", "redis://127.0.0.1:1/0")
    with running_server(tmp_path, options=options) as server:
        wait_until(lambda: "alone" in server.request("GET", "/readyz").json["counters"], 10)
        assert server.request("GET", "/readyz").status == 200


@pytest.mark.parametrize("field", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_without_a_token_metrics_are_not_for_who_comes_through_a_proxy(
    server: Server, field: str
) -> None:
    assert server.request("GET", "/metrics").status == 200
    assert server.request("GET", "/metrics", headers={field: "198.51.100.7"}).status == 401


def test_a_database_that_another_process_holds_is_not_ready(tmp_path: Path) -> None:
    """SQLite waits half a minute for the lock of its file; whoever asks meanwhile is told before."""
    with running_server(tmp_path) as server:
        wait_until(lambda: state_of(server) == (200, True), 5)
        file = server.database.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held = time.monotonic()
            wait_until(lambda: state_of(server) == (503, False), 20)
            assert time.monotonic() - held < 10
            other.execute("ROLLBACK")
        wait_until(lambda: state_of(server) == (200, True), 10)
        assert (lines_of(server, "writes_refused"), lines_of(server, "writes_back")) == (1, 1)


class SlowStore:
    """Each commit ends when and as the test says."""

    def __init__(self) -> None:
        self.under_way: list[asyncio.Future[None]] = []

    async def commit(self, effect: Any) -> None:
        future = asyncio.get_running_loop().create_future()
        self.under_way.append(future)
        await future


def probe_of(store: SlowStore) -> tuple[Probe, SimpleNamespace]:
    platform = SimpleNamespace(
        store=store,
        shared_counter=None,
        writes=True,
        clock=SimpleNamespace(now=lambda: datetime.now(UTC)),
        log=SimpleNamespace(warning=lambda event: None),
    )
    return Probe(platform, patience=0.02), platform  # type: ignore[arg-type]


@pytest.mark.parametrize("late", [None, Unavailable(), RuntimeError("lost")])
async def test_what_an_early_try_comes_to_late_says_nothing_of_now(late: Exception | None) -> None:
    store = SlowStore()
    probe, platform = probe_of(store)
    await probe.once()
    assert (platform.writes, len(store.under_way)) == (False, 1)
    await probe.once()
    assert (platform.writes, len(store.under_way)) == (False, 1), "one try at a time"
    if late is None:
        store.under_way[0].set_result(None)
    else:
        store.under_way[0].set_exception(late)
    await asyncio.sleep(0)
    assert platform.writes is False
    await probe.once()
    assert (platform.writes, len(store.under_way)) == (False, 2), "the database is asked anew"
    store.under_way[1].set_result(None)
    again = asyncio.create_task(probe.once())
    await asyncio.sleep(0.005)
    store.under_way[2].set_result(None)
    await again
    assert platform.writes is True
    store_gone = asyncio.create_task(probe.once())
    await asyncio.sleep(0.005)
    store.under_way[3].set_exception(Unavailable())
    await store_gone
    assert platform.writes is False
