"""Leaving and dying: a drained server fails no request, a killed worker is replaced, a stale one refuses."""

import http.client
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import PostgreSQL, running_postgresql
from tests.wire.server import FORM, Made, Server, running_server, wait_until


class Load(threading.Thread):
    """Asks for tokens on kept connections; moves to the next server when one refuses new connections."""

    def __init__(self, servers: list[Server], made: Made, enough: threading.Event) -> None:
        super().__init__()
        self.servers = list(servers)
        self.made = made
        self.enough = enough
        self.answered = 0
        self.failed: list[str] = []

    def run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self.enough.is_set():
            if connection is None:
                connection = self.connect()
            try:
                closes = self.ask(connection)
            except (OSError, http.client.HTTPException) as problem:
                self.failed.append(repr(problem))
                closes = True
            if closes:
                # As a balancer does: a server that says it is leaving gets no more connections.
                connection.close()
                connection = None
                self.servers.append(self.servers.pop(0))
        if connection is not None:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        """Connect to the first server that takes connections: a refusal to connect is no failed request."""
        for server in self.servers:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            return connection
        raise AssertionError("no server takes connections")

    def ask(self, connection: http.client.HTTPConnection) -> bool:
        headers = {
            "Authorization": self.made.authorization,
            "Accept": "application/json",
            "Content-Type": FORM,
        }
        connection.request("POST", "/oauth/v3/token", "grant_type=client_credentials", headers)
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 429):
            self.failed.append(str(response.status))
        self.answered += 1
        return response.getheader("Connection") == "close"


def test_sigterm_under_load_fails_no_request(tmp_path: Path, postgresql: PostgreSQL) -> None:
    config = "[issuers.orange-m2m]\ntoken_limit = 1000000\n"
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, config=config) as leaving,
        running_server(tmp_path, database=url, config=config, front="asgi") as staying,
    ):
        enough = threading.Event()
        made = leaving.new_application()
        loads = [Load([leaving, staying], made, enough) for _ in range(8)]
        for load in loads:
            load.start()
        wait_until(lambda: sum(load.answered for load in loads) > 200, 20)
        assert leaving.stop() == 0
        gone_at = sum(load.answered for load in loads)
        wait_until(lambda: sum(load.answered for load in loads) > gone_at + 100, 20)
        enough.set()
        for load in loads:
            load.join(20)
        assert [failure for load in loads for failure in load.failed] == []


def test_readyz_says_that_the_server_leaves(tmp_path: Path) -> None:
    with running_server(tmp_path, config="drain = 3\n") as server:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: server.request("GET", "/readyz").status == 503, 2)
        assert server.request("GET", "/readyz").json["draining"] is True
        assert server.token(server.new_application()).status == 200
        assert server.process.wait(20) == 0


def test_a_killed_worker_is_replaced(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    options = ("--redis", redis_database, "--workers", "2")
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, options=options) as server,
    ):
        made = server.new_application()
        before = workers_of(server)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(workers_of(server)) == 2 and workers_of(server) != before, 10)
        assert {server.token(made).status for _ in range(10)} == {200}
        assert server.stop() == 0


def test_a_worker_that_cannot_come_back_leaves_the_others_serving(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    """The schema is not the one that a new process serves, say: those that run still do."""
    options = ("--redis", redis_database, "--workers", "2")
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, options=options) as server,
    ):
        made = server.new_application()
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        first, second = workers_of(server)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: server.log.read_text().count("0001") >= 2, 20, server.log.read_text)
        assert workers_of(server)[0] == second
        assert {server.token(made).status for _ in range(10)} == {200}
        assert server.stop() in (0, 1)


def test_when_workers_have_drained_nobody_takes_a_caller(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    """One who was there keeps the process; who comes then is refused at once, and goes to another node."""
    options = ("--redis", redis_database, "--workers", "2")
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, options=options) as server,
        socket.create_connection(("127.0.0.1", server.port)) as half,
    ):
        half.sendall(
            b"POST /oauth/v3/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\na="
        )
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: is_refused(server.port), 8)
        assert server.process.poll() is None
        half.close()
        assert server.process.wait(20) in (0, 1)


def is_refused(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return False
    except ConnectionRefusedError:
        return True


def workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return sorted(int(pid) for pid in children.split())


def test_without_its_database_a_server_refuses_tokens_after_its_patience(tmp_path: Path) -> None:
    with running_postgresql() as own, own.new_database() as url:
        config = "staleness = 5\n"
        with running_server(tmp_path, database=url, config=config) as server:
            made = server.new_application()
            token = server.token(made).json["access_token"]
            os.kill(own.pid, signal.SIGSTOP)
            stopped = backends_of(own.pid)
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            try:
                wait_until(lambda: server.request("GET", "/readyz").status == 503, 15)
                reply = server.token(made)
                assert (reply.status, reply.json["error"]) == (503, "temporarily_unavailable")
                refused_while_away = reply.headers["X-OAPI-Request-Id"]
                resource = server.call("/poi/v1/shops", token)
                assert resource.status in (404, 503)
            finally:
                for pid in [*stopped, own.pid]:
                    os.kill(pid, signal.SIGCONT)
            wait_until(lambda: server.request("GET", "/readyz").status == 200, 30)
            assert server.token(made).status == 200
            wait_until(lambda: is_explained(server, refused_while_away), 20, interval=0.5)


def test_without_its_database_a_page_says_to_try_again(tmp_path: Path) -> None:
    with (
        running_postgresql() as own,
        own.new_database() as url,
        running_server(tmp_path, database=url) as server,
    ):
        pages = f"localhost:{server.port}"
        session = {"Cookie": "satsuma-session=" + "x" * 43}
        assert server.request("GET", "/account", headers=session, host=pages).status == 303
        with psycopg.connect(own.url, autocommit=True) as admin:
            name = url.rpartition("/")[2]
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # type: ignore[arg-type]
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
        reply = server.request("GET", "/account", headers=session, host=pages)
        assert (reply.status, b"try again" in reply.body) == (503, True)
        assert reply.headers["X-OAPI-Request-Id"] in reply.body.decode()


def is_explained(server: Server, request_id: str) -> bool:
    """Say whether a refusal noted while the database was away was written when it came back."""

    async def find(context: Any) -> Any:
        return await context.store.read(lambda reader: reader.find_logged_request(request_id))

    return server.manage(find) is not None


def backends_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in children.split()]
