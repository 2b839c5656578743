"""What the README and the operations page let an operator paste works, from an empty PostgreSQL to a restored copy."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from tests.docs.sitting import Sitting, sitting
from tests.docs.test_readme import PRODUCTION
from tests.outbox.smtp import MailServer, mail_server_beside
from tests.servers import running_postgresql, running_redis
from tests.servers.process import free_port
from tests.wire.server import SATSUMA, wait_until

# What a URL must write in another way stands in it: an operator's password may.
DATABASE_PASSWORD = "pa#ss/w?o@rd"
WRITTEN = "pa%23ss%2Fw%3Fo%40rd"
WORKERS = 4


@contextlib.contextmanager
def postgresql_with_a_password() -> Iterator[str]:
    """A cluster that lets nobody in without a password, with two empty databases; gives its address."""
    with running_postgresql() as cluster:
        with psycopg.connect(cluster.url, autocommit=True) as admin:
            for name in ("satsuma", "satsuma_restored"):
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            admin.execute(sql.SQL("ALTER ROLE satsuma PASSWORD {}").format(DATABASE_PASSWORD))
            rules = cluster.data / "pg_hba.conf"
            rules.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
            admin.execute("SELECT pg_reload_conf()")
        address = f"127.0.0.1:{cluster.port}"
        wait_until(lambda: asks_for_a_password(address), 10)
        yield address


def asks_for_a_password(address: str) -> bool:
    try:
        psycopg.connect(f"postgresql://satsuma@{address}/satsuma").close()
    except psycopg.OperationalError as refused:
        return "no password supplied" in str(refused)
    return False


@contextlib.contextmanager
def redis_with_a_password(password: str) -> Iterator[str]:
    with running_redis() as server:
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", password)
        yield f"127.0.0.1:{server.port}"


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Sitting]:
    """Who sits before a fresh clone with a database, counters and a mail server of their own."""
    redis_password, mail_password = secrets.token_hex(16), secrets.token_hex(16)
    mail = MailServer()
    with (
        postgresql_with_a_password() as database,
        redis_with_a_password(redis_password) as counters,
        mail_server_beside(mail, "127.0.0.1"),
    ):
        own = {
            "/etc/satsuma": str(tmp_path / "etc"),
            "/var/log/satsuma": str(tmp_path / "log"),
            "db.internal": database,
            "redis.internal:6379": counters,
            "mail.internal:587": f"127.0.0.1:{mail.port}",
            "DATABASE-PASSWORD": WRITTEN,
            "REDIS-PASSWORD": redis_password,
            "MAIL-PASSWORD": mail_password,
            "api.example.com": "api.localhost:1",  # whatever answers at the example's name is not ours
        }
        with sitting(tmp_path / "clone", own, {"SATSUMA_PORT": str(free_port())}) as reader:
            reader.serves = lambda out: out.count('"serving"') == WORKERS
            yield reader
    assert [login.text for login in mail.logins] == [f"\0satsuma\0{mail_password}"]


@pytest.mark.slow
def test_what_the_texts_let_an_operator_paste_works(operator: Sitting) -> None:
    assert operator.take("README.md", since=PRODUCTION) == 3
    assert operator.take("docs/operations.md") == 2
    assert operator.take("docs/command-line.md", since="## The audit") == 1


def test_the_master_key_of_the_command_lines_page_is_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = f"{SATSUMA.parent}{os.pathsep}{os.environ['PATH']}"
    own = {"/etc/satsuma": str(tmp_path / "etc")}
    with sitting(tmp_path / "clone", own, {"PATH": path}) as reader:
        assert reader.take("docs/command-line.md", until="## The audit") == 1
    assert (tmp_path / "etc" / "master.key").stat().st_mode & 0o777 == 0o600
