"""The private services answer, stay on loopback, keep their promises and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.servers import PostgreSQL, running_postgresql, running_redis
from tests.servers.process import ServiceFailed, program

ROOT = Path(__file__).parents[2]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "on"), ("max_connections", "200"), ("listen_addresses", "127.0.0.1")],
)
def test_postgresql_is_durable_and_private(postgres_url: str, setting: str, value: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == (value,)


def test_each_test_has_an_empty_database(postgresql: PostgreSQL, postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as connection:
        connection.execute("CREATE TABLE mine (n int)")
    with postgresql.new_database() as other, psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)


def test_a_database_is_dropped_with_whoever_is_still_connected(postgresql: PostgreSQL) -> None:
    with postgresql.new_database() as url:
        forgotten = psycopg.connect(url)
        name = forgotten.info.dbname
    forgotten.close()
    with psycopg.connect(postgresql.url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        assert found.fetchone() is None


def test_redis_is_empty_for_each_test(redis_database: str) -> None:
    with redis.Redis.from_url(redis_database) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_comes_back_where_it_was() -> None:
    with running_redis() as first:
        os.kill(first.pid, signal.SIGKILL)
    with running_redis(port=first.port) as second, redis.Redis.from_url(second.url) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}


def test_services_end_with_their_block() -> None:
    with running_postgresql(fsync=False) as cluster, running_redis() as server:
        assert is_running(cluster.pid)
        assert is_running(server.pid)
    assert not is_running(cluster.pid)
    assert not is_running(server.pid)
    assert not cluster.data.exists()


def test_services_end_when_their_starter_is_killed() -> None:
    code = (
        "from tests.servers import *; import time\n"
        "with running_redis() as r: print(r.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_running(pid)
        starter.kill()
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)


def test_a_missing_program_is_a_failure_that_says_what_to_install() -> None:
    with pytest.raises(ServiceFailed, match=r"sudo apt-get install .* nothing-server"):
        program("no-such-program", "nothing-server")


def test_a_service_that_cannot_start_shows_its_log() -> None:
    with (
        pytest.raises(ServiceFailed, match="shared_buffers"),
        running_postgresql(shared_buffers="x"),
    ):
        pass


def test_a_command_can_borrow_services() -> None:
    code = (
        "import os, psycopg, redis\n"
        "psycopg.connect(os.environ['TEST_POSTGRES_URL']).close()\n"
        "redis.Redis.from_url(os.environ['TEST_REDIS_URL']).ping()\n"
        "raise SystemExit(7)"
    )
    lend = [sys.executable, "-m", "tests.servers", "postgres", "redis", "--"]
    done = subprocess.run([*lend, sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 7
