"""Connections before their first request, with TLS and without: counted when accepted, and closed in time."""

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from satsuma.domain.errors.connection import TOO_MANY_CONNECTIONS
from satsuma.front import connection, front
from satsuma.front.asgi import Application
from satsuma.front.bounds import HEAD_SECONDS
from satsuma.front.draining import DrainingServer
from satsuma.front.front import front_class
from satsuma.front.hosts import Hosts
from satsuma.front.table import Route, RouteTable
from satsuma.http.messages import PRIVATE_JSON, Answer, Request
from satsuma.telemetry.metrics import Meter, Metrics
from tests.kinds.test_setting_files import pair
from tests.wire.server import Server, running_server, wait_until

HALF_HELLO = bytes.fromhex("16030100a5010000a10303")
ELSEWHERE = "127.0.0.33"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


class Clock:
    """What the front's connections take for the time."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    for room in (connection, front):
        monkeypatch.setattr(room, "monotonic", moved)
    return moved


class Quiet:
    def warning(self, event: str, **fields: Any) -> None:
        raise AssertionError(event)


@contextlib.asynccontextmanager
async def serving(
    folder: Path, hot: bool, tls: bool, most: int = 0
) -> AsyncIterator[tuple[Any, int]]:
    """A server as the product starts it, without its clockwork: the test says when deadlines are looked at."""
    routes = {b"/healthz": Route(_answer, Meter(Metrics(), "healthz"))}
    hosts = Hosts.of("http://127.0.0.1:1", "http://localhost:1")
    table = RouteTable(routes, hosts, lambda: "0" * 24, 16384, _failed, connections=most)
    table.anywhere = frozenset(routes)
    application = Application(table, _nothing, _nothing, Meter(Metrics(), "pages"))
    protocol = front_class(table, hot)
    cert, key = pair(folder) if tls else (None, None)
    config = uvicorn.Config(
        application,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        ssl_certfile=cert,
        ssl_keyfile=key,
    )
    config.load()
    listener = socket.create_server(("127.0.0.1", 0))
    server = DrainingServer(config, table, Quiet(), 0.0, protocol)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    try:
        yield protocol, listener.getsockname()[1]
    finally:
        for each in server.servers:
            each.close()
        for each in list(protocol.live):
            each.check_deadline(1e9, 0.0)
        listener.close()


def _answer(request: Request) -> Answer:
    return Answer(PRIVATE_JSON, b"{}")


def _failed(request: Request, problem: BaseException) -> Answer:
    raise AssertionError from problem


async def _nothing(*called: Any) -> None:
    raise AssertionError


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Read to the end, where nothing but the end may come."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 5) == b""
    return True


FRONTS = pytest.mark.parametrize("hot", [True, False], ids=["hot", "asgi"])


@FRONTS
async def test_a_handshake_belongs_to_the_time_of_the_head(
    tmp_path: Path, clock: Clock, hot: bool
) -> None:
    async with serving(tmp_path, hot, tls=True) as (protocol, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF_HELLO)
        await until(lambda: len(protocol.live) == 1)
        (one,) = protocol.live
        one.check_deadline(clock.now + HEAD_SECONDS, 75.0)
        await asyncio.sleep(0)
        assert protocol.live
        one.check_deadline(clock.now + HEAD_SECONDS + 0.001, 75.0)
        assert await is_closed(reader)
        await until(lambda: not protocol.live and not protocol.sources)
        writer.close()


@FRONTS
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(
    tmp_path: Path, clock: Clock, hot: bool, tls: bool
) -> None:
    """After an answer it is kept for the next request, as long as the server says."""
    async with serving(tmp_path, hot, tls) as (protocol, port):
        context = trusting() if tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        await until(lambda: [one for one in protocol.live if one.transport is not None])
        (one,) = protocol.live
        one.check_deadline(clock.now + HEAD_SECONDS, 75.0)
        assert not one.transport.is_closing()
        one.check_deadline(clock.now + HEAD_SECONDS + 0.001, 75.0)
        assert await is_closed(reader)
        writer.close()
        await until(lambda: not protocol.live)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(GET)
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200 ")
        (one,) = protocol.live
        one.check_deadline(clock.now + 75.0, 75.0)
        assert not one.transport.is_closing()
        one.check_deadline(clock.now + 75.001, 75.0)
        assert await is_closed(reader)
        writer.close()


@FRONTS
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.spec("RFC 9110 §15.5.9")
async def test_a_first_head_has_its_time_from_the_accepting_on(
    tmp_path: Path, clock: Clock, hot: bool, tls: bool
) -> None:
    async with serving(tmp_path, hot, tls) as (protocol, port):
        context = trusting() if tls else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        await until(lambda: [one for one in protocol.live if one.transport is not None])
        (one,) = protocol.live
        accepted, clock.now = clock.now, clock.now + 9
        writer.write(b"GET /healthz")
        await until(lambda: one._head)
        one.check_deadline(accepted + HEAD_SECONDS + 0.001, 75.0)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
        writer.close()


@contextlib.contextmanager
def half_handshakes(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Connections of one address whose handshake has begun, as many as asked for."""
    with contextlib.ExitStack() as stack:
        held = []
        for _ in range(count):
            where = ("127.0.0.1", server.port)
            one = stack.enter_context(
                socket.create_connection(where, timeout=10, source_address=(ELSEWHERE, 0))
            )
            with contextlib.suppress(ConnectionError):
                one.sendall(HALF_HELLO)
            one.setblocking(False)
            held.append(one)
        yield held


def has_ended(one: socket.socket) -> bool:
    try:
        return one.recv(9) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@pytest.fixture(scope="module", params=["hot", "asgi"])
def behind_tls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = pair(folder)
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    config = "connections_per_source = 50\n"
    with running_server(folder, front=request.param, config=config, options=options) as server:
        yield server


def files_of(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_half_handshakes_are_counted_with_the_connections_of_their_source(
    behind_tls: Server,
) -> None:
    """Fifteen hundred of one address: fifty are held, for ten seconds, and who comes from elsewhere is served."""
    before = files_of(behind_tls)
    with half_handshakes(behind_tls, 1500) as held:
        wait_until(lambda: sum(map(has_ended, held)) >= 1450, 5)
        assert behind_tls.request("GET", "/healthz").status == 200
        assert files_of(behind_tls) < before + 60
        assert sum(map(has_ended, held)) == 1450
        with pytest.raises(OSError):
            behind_tls.request("GET", "/healthz", source=ELSEWHERE)
        metrics = behind_tls.request("GET", "/metrics").body.decode()
        assert f'{{endpoint="connection",status="{TOO_MANY_CONNECTIONS.status}"}} 1451' in metrics
        wait_until(lambda: sum(map(has_ended, held)) == 1500, HEAD_SECONDS + 5)
    wait_until(lambda: behind_tls.request("GET", "/healthz", source=ELSEWHERE).status == 200, 5)
    wait_until(lambda: files_of(behind_tls) <= before + 2, 5)


def test_a_server_leaves_although_a_handshake_has_not_ended(tmp_path: Path) -> None:
    cert, key = pair(tmp_path)
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    with (
        running_server(tmp_path, options=options, config="drain = 0\n") as server,
        half_handshakes(server, 3) as held,
    ):
        assert server.request("GET", "/healthz").status == 200
        assert server.stop() == 0
        assert all(map(has_ended, held))


def test_a_server_that_is_out_of_files_accepts_again_when_there_are_some(tmp_path: Path) -> None:
    cert, key = pair(tmp_path)
    options = ("--tls-cert", str(cert), "--tls-key", str(key))
    with running_server(tmp_path, options=options) as server:
        most = files_of(server) + 10
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (most, most))
        with half_handshakes(server, 30):
            wait_until(lambda: b"connections_wait" in server.log.read_bytes(), 5)
        wait_until(lambda: server.request("GET", "/healthz").status == 200, 10)
