"""The doctor on what a server leans on: mail, counters, connections, and a server that lags behind."""

import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from satsuma.store.postgresql.connection import shown_address
from tests.cli.program import Cli
from tests.cli.test_doctor import findings
from tests.outbox.smtp import MailServer
from tests.servers import Redis, running_postgresql
from tests.servers.halting import halting_proxy
from tests.servers.process import free_port
from tests.wire.server import running_server, wait_until


def of(cli: Cli, check: str, *args: str) -> dict[str, Any]:
    (found,) = [each for each in findings(cli, *args) if each["check"] == check]
    return found


def test_a_production_server_without_mail_is_found_and_mended_in_the_shell(
    sqlite_cli: Cli, mail_sink: MailServer
) -> None:
    sqlite_cli.populate()
    found = of(sqlite_cli, "mail")
    assert (found["level"], "No mail leaves" in found["says"]) == ("warn", True)
    url = sqlite_cli.folder / "smtp_url"
    url.write_text(f"smtp://127.0.0.1:{mail_sink.port}\n")
    command = found["command"].replace("/etc/satsuma/smtp_url", str(url))
    done = sqlite_cli.shell(f"{command} && satsuma server doctor")
    assert "ok    mail: The mail server takes us" in done.out


def test_a_mail_server_that_does_not_answer_is_found(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    sqlite_cli.environment["SATSUMA_SMTP_URL"] = f"smtp://u:hidden@127.0.0.1:{free_port()}"
    found = of(sqlite_cli, "mail")
    assert found["level"] == "fail"
    assert "hidden" not in str(found)


def test_a_counting_server_that_is_away_is_found_and_started(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    port = free_port()
    sqlite_cli.environment["SATSUMA_REDIS"] = f"redis://:hidden@127.0.0.1:{port}/0"
    found = of(sqlite_cli, "counters")
    assert (found["level"], "hidden" in str(found)) == ("fail", False)
    sqlite_cli.environment["SATSUMA_REDIS"] = f"redis://127.0.0.1:{port}/0"
    assert sqlite_cli.shell(found["command"]).code == 0
    try:
        wait_until(lambda: of(sqlite_cli, "counters")["level"] == "ok", 10)
    finally:
        subprocess.run(["redis-cli", "-p", str(port), "shutdown", "nosave"], check=True)


def test_a_counting_server_that_counts_is_told(sqlite_cli: Cli, redis_server: Redis) -> None:
    sqlite_cli.populate()
    sqlite_cli.environment["SATSUMA_REDIS"] = redis_server.url
    assert of(sqlite_cli, "counters")["level"] == "ok"


def test_workers_that_want_more_connections_than_there_are_are_found(
    tmp_path: Path, redis_server: Redis
) -> None:
    with running_postgresql(fsync=False) as cluster, cluster.new_database() as database:
        cli = Cli(database, tmp_path, {"SATSUMA_MASTER_KEY_FILE": str(tmp_path / "master.key")})
        Cli("", tmp_path)("keys", "make-master", str(tmp_path / "master.key"))
        cli.ok("db", "upgrade")
        cli.populate()
        assert of(cli, "connections")["level"] == "ok"
        cli.environment |= {"SATSUMA_WORKERS": "64", "SATSUMA_REDIS": redis_server.url}
        found = of(cli, "connections")
        assert found["level"] == "fail"
        assert "64 workers open up to 512 connections" in found["says"]
        assert cli.shell(found["command"]).code == 0, cli.shell(found["command"]).err
        with psycopg.connect(database) as connection:
            (setting,) = connection.execute(
                "SELECT setting::int FROM pg_file_settings WHERE name = 'max_connections' "
                "ORDER BY seqno DESC LIMIT 1"
            ).fetchone() or (0,)
        assert setting >= 512


def test_a_server_that_no_longer_reads_the_feed_is_found(
    tmp_path: Path, postgres_database: str
) -> None:
    """Its way to the database is halted; ours is not. Started again on a good way, it reads on."""
    port = urlsplit(postgres_database).port or 0
    with halting_proxy(port) as proxy:
        halted = postgres_database.replace(f":{port}/", f":{proxy.port}/")
        with running_server(tmp_path, halted) as server:
            own = {**server.environment, "SATSUMA_PORT": str(server.port)}
            cli = Cli(postgres_database, tmp_path, own)
            assert levels(cli) == ["ok", "ok"]
            proxy.halt()
            made = cli.ok("accounts", "create", "late@example.org")
            cli.ok("accounts", "block", made["email"])
            started = time.monotonic()
            (found,) = [
                each
                for each in findings(cli)
                if each["check"] == "feed" and each["level"] == "fail"
            ]
            assert time.monotonic() - started < 15
            assert "changes behind" in found["says"]
            assert found["command"] == "satsuma serve"
            proxy.go_on()
            wait_until(lambda: levels(cli) == ["ok", "ok"], 20)


def levels(cli: Cli) -> list[str]:
    return [each["level"] for each in findings(cli) if each["check"] == "feed"]


def test_a_server_whose_metrics_need_a_token_is_asked_with_it(tmp_path: Path) -> None:
    token = {"SATSUMA_METRICS_TOKEN": "m" * 32}
    with running_server(tmp_path, environment=token) as server:
        cli = Cli(server.database, tmp_path, {"SATSUMA_PORT": str(server.port), **token})
        assert levels(cli) == ["ok", "ok"]


def test_the_command_shows_no_password() -> None:
    shown = shown_address("postgresql://ann:hidden@db.example:5433/facts")
    assert shown == "postgresql://ann@db.example:5433/facts"
