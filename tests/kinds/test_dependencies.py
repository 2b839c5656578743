"""Each service that a server needs by each way to fail it: away, without writes, slow. The manual says what happens.

A cell names the tests that show it, or says why it makes none. `docs/operations.md`, "When something is away".
"""

import ast
import contextlib
import fcntl
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
import pytest
import redis

from tests.app.test_readiness import become, state_of
from tests.oauth.agent import Agent
from tests.outbox.smtp import MailServer, mail_server_beside
from tests.servers.halting import halting_proxy
from tests.servers.postgresql import PostgreSQL
from tests.servers.process import free_port
from tests.servers.redis import running_redis
from tests.servers.upstream import listening
from tests.wire.server import Made, Server, running_server, wait_until

ROOT: Final = Path(__file__).parents[2]
HERE: Final = "tests/kinds/test_dependencies.py::"
DEPENDENCIES: Final = ("postgresql", "sqlite", "redis", "smtp", "upstream", "checkpoints")
WAYS: Final = ("away", "read-only", "slow")
PATIENCE: Final = "staleness = 6\n[issuers.orange-m2m]\ntoken_limit = 1000000\n"


class Cell(NamedTuple):
    """What the manual promises, and the tests that show it; or, without tests, why there is nothing to show."""

    promise: str
    tests: tuple[str, ...] = ()


CELLS: Final = {
    ("postgresql", "away"): Cell(
        "machine tokens within the staleness, codes 503; then 503 for all and /readyz; back by itself",
        (
            HERE + "test_postgresql_that_is_away",
            "tests/front/test_leaving.py::test_without_its_database_a_server_refuses_tokens_after_its_patience",
            "tests/front/test_leaving.py::test_without_its_database_a_page_says_to_try_again",
            "tests/cli/test_refusals.py::test_a_database_that_nobody_serves_is_unavailable",
        ),
    ),
    ("postgresql", "read-only"): Cell(
        "/readyz 503 and writes false; machine tokens are made, what must be written gets 503",
        (
            HERE + "test_postgresql_that_takes_no_writes",
            "tests/app/test_readiness.py::test_a_database_that_takes_no_writes_is_not_ready",
        ),
    ),
    ("postgresql", "slow"): Cell(
        "each caller gets its 503 within 10 s, its connection is cut, and a new one is tried",
        (
            "tests/store/test_silent_postgresql.py::test_every_caller_is_told_in_time_and_the_next_ones_are_answered",
            "tests/store/test_silent_postgresql.py::test_pages_answer_503_and_the_server_leaves_when_told_to",
        ),
    ),
    ("sqlite", "away"): Cell(
        "A server holds its file open: what happens to its name is no matter until the next start, which is refused.",
        (
            "tests/cli/test_refusals.py::test_a_database_below_what_is_no_folder_is_refused_by_its_path",
            "tests/cli/test_refusals.py::test_a_file_that_is_no_database_is_unavailable",
        ),
    ),
    ("sqlite", "read-only"): Cell(
        "a full disk: /readyz 503 and writes false; machine tokens are made, what must be written gets 503",
        (
            HERE + "test_a_file_that_takes_no_writes",
            "tests/app/test_readiness.py::test_a_full_disk_is_not_ready",
        ),
    ),
    ("sqlite", "slow"): Cell(
        "another process holds the file: /readyz 503 and writes false, back when it is let go",
        (
            "tests/app/test_readiness.py::test_a_database_that_another_process_holds_is_not_ready",
            "tests/app/test_readiness.py::test_what_an_early_try_comes_to_late_says_nothing_of_now",
        ),
    ),
    ("redis", "away"): Cell(
        "each process counts alone, /readyz 200 says so; counters_away and counters_back once each",
        (
            HERE + "test_redis_that_is_away",
            "tests/counters/test_limits.py::test_without_redis_each_process_counts_alone_and_says_so",
            "tests/app/test_readiness.py::test_a_counting_server_that_never_answered_is_not_shared",
        ),
    ),
    ("redis", "read-only"): Cell(
        "a replica in the primary's place counts nothing: as away",
        (HERE + "test_redis_that_takes_no_writes",),
    ),
    ("redis", "slow"): Cell(
        "as away, and nobody waits for it long", (HERE + "test_redis_that_is_silent",)
    ),
    ("smtp", "away"): Cell(
        "mails wait, sealed, and are sent again; nobody else notices",
        (
            HERE + "test_a_mail_server_that_is_away_or_silent",
            "tests/outbox/test_mail.py::test_an_unreachable_server_is_no_loss",
        ),
    ),
    ("smtp", "read-only"): Cell(
        "it answers and takes no mail: the mail is sent again later and later",
        ("tests/outbox/test_mail.py::test_a_refused_mail_is_tried_again_later_and_later",),
    ),
    ("smtp", "slow"): Cell(
        "pages answer and the server leaves in time; the mail waits",
        (HERE + "test_a_mail_server_that_is_away_or_silent",),
    ),
    ("upstream", "away"): Cell(
        "502 in the gateway's envelope, for that API alone",
        (HERE + "test_an_upstream_that_is_away_or_silent",),
    ),
    ("upstream", "read-only"): Cell(
        "What an upstream refuses to write it says itself: its answer passes as any other of its answers."
    ),
    ("upstream", "slow"): Cell(
        "504 in the gateway's envelope after the API's timeout, for that API alone",
        (
            HERE + "test_an_upstream_that_is_away_or_silent",
            "tests/gateway/test_streaming.py::test_an_answer_that_stops_half_way_is_cut_after_the_apis_timeout",
            "tests/gateway/test_streaming.py::test_an_upstream_that_stops_reading_is_given_up_after_the_apis_timeout",
        ),
    ),
    ("checkpoints", "away"): Cell(
        "no checkpoint is written, all else goes on; checkpoints_away and checkpoints_back once each",
        (HERE + "test_checkpoints_that_cannot_be_written",),
    ),
    ("checkpoints", "read-only"): Cell(
        "as away: a full disk is told in one line",
        (HERE + "test_checkpoints_that_cannot_be_written",),
    ),
    ("checkpoints", "slow"): Cell(
        "another process holds the file: nobody waits, neither a caller nor the end",
        (HERE + "test_checkpoints_that_another_process_holds",),
    ),
}


def test_every_cell_is_told() -> None:
    assert set(CELLS) == set(itertools.product(DEPENDENCIES, WAYS))
    for cell in CELLS.values():
        assert cell.tests or cell.promise.endswith("."), cell


@pytest.mark.parametrize("named", sorted({test for cell in CELLS.values() for test in cell.tests}))
def test_every_test_that_is_named_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    defined = {
        node.name
        for node in ast.parse((ROOT / file).read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in defined


def events(server: Server) -> Counter[str]:
    """How often each event stands in the log, of those that say that something began or ended."""
    found = Counter[str]()
    for line in server.log.read_text().splitlines():
        with contextlib.suppress(ValueError):
            found[json.loads(line).get("event", "")] += 1
    return found


def check_calm(server: Server) -> None:
    """Nothing that an operator must read as a fault of the program."""
    log = server.log.read_text()
    assert "Traceback" not in log
    assert not {"background_failed", "unexpected", "gateway_failed"} & set(events(server))


def code_status(server: Server, made: Made) -> int:
    body = "grant_type=authorization_code&code=stc_a&redirect_uri=https%3A%2F%2Fa.example"
    return server.token(made, body, "").status


def test_postgresql_that_is_away(
    tmp_path: Path, postgresql: PostgreSQL, postgres_database: str
) -> None:
    with halting_proxy(postgresql.port) as proxy:
        url = postgres_database.replace(f":{postgresql.port}/", f":{proxy.port}/")
        with running_server(tmp_path, url, config=PATIENCE) as server:
            made = server.new_application()
            assert server.token(made).status == 200
            assert code_status(server, made) == 400
            away = time.monotonic()
            proxy.cut()
            assert server.token(made).status == 200
            assert code_status(server, made) == 503
            assert time.monotonic() - away < 6, "within the staleness"
            wait_until(lambda: server.token(made).status == 503, 15)
            assert server.token(made).json["error"] == "temporarily_unavailable"
            wait_until(lambda: state_of(server) == (503, False), 15)
            proxy.mend()
            wait_until(lambda: state_of(server) == (200, True), 30)
            assert server.token(made).status == 200
            assert code_status(server, made) == 400
            told = events(server)
            assert (told["writes_refused"], told["writes_back"]) == (1, 1)
            proxy.cut()
            wait_until(lambda: events(server)["feed_unavailable"] == 2, 15)
            proxy.mend()
            wait_until(lambda: events(server)["feed_back"] == 2, 30)
            wait_until(lambda: all_go_on(server), 30)
        assert events(server)["feed_unavailable"] == events(server)["feed_back"] == 2
        check_calm(server)


def all_go_on(server: Server) -> bool:
    """Whether each loop that waited said that it goes on."""
    told = events(server)
    return 0 < told["background_waits"] == told["background_goes_on"]


def check_without_writes(server: Server, made: Made, token: str) -> None:
    wait_until(lambda: state_of(server) == (503, False), 20)
    assert server.token(made).status == 200
    refused = server.form("/oauth/v3/revoke", made, f"token={token}")
    assert (refused.status, refused.json["error"]) == (503, "temporarily_unavailable")


def check_writes_again(server: Server, made: Made, token: str) -> None:
    wait_until(lambda: state_of(server) == (200, True), 20)
    assert server.form("/oauth/v3/revoke", made, f"token={token}").status == 200


def test_postgresql_that_takes_no_writes(tmp_path: Path, postgres_database: str) -> None:
    with running_server(tmp_path, postgres_database) as server:
        made = server.new_application()
        token = server.token(made).json["access_token"]
        name = str(psycopg.conninfo.conninfo_to_dict(postgres_database)["dbname"])
        with psycopg.connect(postgres_database, autocommit=True) as operator:
            become(operator, name, read_only=True)
            check_without_writes(server, made, token)
            become(operator, name, read_only=False)
            check_writes_again(server, made, token)
        told = events(server)
        assert (told["writes_refused"], told["writes_back"]) == (1, 1)
        check_calm(server)


def test_a_file_that_takes_no_writes(tmp_path: Path) -> None:
    """A file that may not grow stands for the disk that is full; the log is on it, too."""
    with running_server(tmp_path) as server:
        made = server.new_application()
        token = server.token(made).json["access_token"]
        _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, hard))
        try:
            check_without_writes(server, made, token)
        finally:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        check_writes_again(server, made, token)
        assert server.stop() == 0


def counts(server: Server) -> str:
    reply = server.request("GET", "/readyz")
    assert reply.status == 200
    return str(reply.json["counters"])


def check_counts_alone(server: Server, made: Made) -> None:
    started = time.monotonic()
    assert server.token(made).status == 200
    assert time.monotonic() - started < 2
    wait_until(lambda: "alone" in counts(server), 15)
    assert server.token(made).status == 200


def alone_at(server: Server) -> float:
    """How many events were counted by a process alone."""
    text = server.request("GET", "/metrics").body.decode()
    (line,) = (each for each in text.splitlines() if each.startswith("satsuma_counters_alone{"))
    return float(line.rpartition(" ")[2])


def check_counts_again(server: Server) -> None:
    wait_until(lambda: counts(server) == "shared", 20)
    told = events(server)
    assert (told["counters_away"], told["counters_back"]) == (1, 1)
    check_calm(server)


def test_redis_that_is_away(tmp_path: Path) -> None:
    port = free_port()
    options = ("--redis", f"redis://127.0.0.1:{port}/0")
    with contextlib.ExitStack() as stack:
        with running_redis(port=port):
            server = stack.enter_context(running_server(tmp_path, options=options))
            made = server.new_application()
            wait_until(lambda: counts(server) == "shared", 10)
        check_counts_alone(server, made)
        with running_redis(port=port):
            check_counts_again(server)


def test_redis_that_takes_no_writes(tmp_path: Path) -> None:
    with (
        running_redis() as service,
        redis.Redis.from_url(service.url) as operator,
        running_server(tmp_path, options=("--redis", service.url)) as server,
    ):
        made = server.new_application()
        wait_until(lambda: counts(server) == "shared", 10)
        operator.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
        check_counts_alone(server, made)
        operator.execute_command("REPLICAOF", "NO", "ONE")
        check_counts_again(server)


def test_redis_that_is_silent(tmp_path: Path) -> None:
    with (
        running_redis() as service,
        running_server(tmp_path, options=("--redis", service.url)) as server,
    ):
        made = server.new_application()
        wait_until(lambda: counts(server) == "shared", 10)
        os.kill(service.pid, signal.SIGSTOP)
        check_counts_alone(server, made)
        began = time.monotonic()
        assert [server.token(made).status for _ in range(20)] == [200] * 20
        assert time.monotonic() - began < 3, "one caller a second waits for it, for half of one"
        assert alone_at(server) >= 20
        assert [server.token(made).status for _ in range(50)].count(429) >= 20, "50 a minute"
        os.kill(service.pid, signal.SIGCONT)
        check_counts_again(server)


@pytest.mark.parametrize("way", ["away", "slow"])
def test_a_mail_server_that_is_away_or_silent(tmp_path: Path, way: str) -> None:
    with (
        mail_server_beside(MailServer(), "127.0.0.1") as sink,
        halting_proxy(sink.port) as proxy,
    ):
        own = {"SATSUMA_SMTP_URL": f"smtp://127.0.0.1:{proxy.port}", "SATSUMA_SIGN_UP": "open"}
        if way == "away":
            proxy.cut()
        else:
            proxy.halt()
        with running_server(tmp_path, environment=own) as server:
            made = server.new_application()
            agent = Agent(server)
            started = time.monotonic()
            page = agent.send(agent.open(f"{server.pages_url}/sign-up"), email="z@people.example")
            assert "We sent an e-mail to" in page.text
            assert time.monotonic() - started < 5
            wait_until(lambda: events(server)["work_failed"] >= 1, 45)
            assert server.token(made).status == 200
            assert server.request("GET", "/readyz").status == 200
            started = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - started < 35
            assert events(server)["work_failed"] == 1
            assert "z@people.example" not in server.log.read_text()
            check_calm(server)
        assert sink.mails == []


@contextlib.contextmanager
def mute() -> Iterator[str]:
    """Take connections and say nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(("way", "status"), [("away", 502), ("slow", 504)])
def test_an_upstream_that_is_away_or_silent(tmp_path: Path, way: str, status: int) -> None:
    with mute() as silent, listening() as good, running_server(tmp_path) as server:
        gone = f"http://127.0.0.1:{free_port()}"
        server.new_api("broken", gone if way == "away" else silent, timeout=1)
        server.new_api("whole", good)
        made = server.new_application("broken", "whole")
        token = server.token(made).json["access_token"]
        started = time.monotonic()
        reply = server.call("/broken/v1/x", token)
        assert time.monotonic() - started < 5
        assert reply.status == status
        assert set(reply.json) == {"code", "message", "description"}
        assert server.call("/whole/v1/x", token).status == 200
        assert server.request("GET", "/readyz").status == 200
        check_calm(server)


@pytest.mark.parametrize("way", ["away", "read-only"])
def test_checkpoints_that_cannot_be_written(tmp_path: Path, way: str) -> None:
    """Away: a file stands where the folder was. Read-only: the disk below the file is full."""
    folder = tmp_path / "kept"
    file = folder / "checkpoints"
    if way == "away":
        folder.write_text("no folder")
    else:
        folder.mkdir()
        file.symlink_to("/dev/full")
    own = {"SATSUMA_CHECKPOINTS": str(file)}
    with running_server(tmp_path, environment=own) as server:
        made = server.new_application()
        wait_until(lambda: events(server)["checkpoints_away"] == 1, 15, server.log.read_text)
        assert server.token(made).status == 200
        assert server.request("GET", "/readyz").status == 200
        tried = time.monotonic()
        wait_until(lambda: time.monotonic() - tried > 6, 10)  # longer than the time between tries
        assert events(server)["checkpoints_away"] == 1
        if way == "away":
            folder.unlink()
        else:
            file.unlink()
        wait_until(lambda: events(server)["checkpoints_back"] == 1, 15)
        assert file.read_text().count("\n") >= 1
        assert events(server)["checkpoints_away"] == 1
        check_calm(server)


def test_checkpoints_that_another_process_holds(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints"
    own = {"SATSUMA_CHECKPOINTS": str(file)}
    with file.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with running_server(tmp_path, environment=own) as server:
            made = server.new_application()
            tried = time.monotonic()
            wait_until(lambda: time.monotonic() - tried > 6, 10)  # it has tried by then
            assert server.token(made).status == 200
            try:
                assert server.stop() == 0
            except subprocess.TimeoutExpired:
                pytest.fail("the server waits for the file and does not leave")
            check_calm(server)
