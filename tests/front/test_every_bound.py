"""Every bound of the table, on every route, on both fronts: at its value a request passes, at one more it does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from satsuma.front import connection, front
from satsuma.front.asgi import Application, Receive, Scope, Send
from satsuma.front.bounds import BODY, BODY_BYTES_PER_SECOND, BOUNDS, HEAD, Bound
from satsuma.front.front import HttpFront, front_class
from satsuma.front.hosts import Hosts
from satsuma.front.table import Route, RouteTable
from satsuma.http.messages import PRIVATE_JSON, Answer, Request
from satsuma.telemetry.metrics import Meter, Metrics
from tests.front.edge import Edge
from tests.front.judge import connected, read_answers
from tests.wire.record.routes import table

CHUNKED = b"Transfer-Encoding: chunked"
IN_BYTES = [bound for bound in BOUNDS if bound.unit != "seconds"]
IN_SECONDS = [bound for bound in BOUNDS if bound.unit == "seconds"]


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """The path of every route, and its surface; a parameter of a page's path is filled in."""
    api, pages = table()
    forwarded = ["/edge/v1/x", "/edge/v1", "/edge/v2/x", "/nowhere"]
    shown = sorted({path.replace("{", "").replace("}", "") for _, path in pages})
    return [*((path, "api") for path in [*api, *forwarded]), *((path, "pages") for path in shown)]


def head_of(edge: Edge, path: bytes, surface: str, method: bytes, *fields: bytes) -> bytes:
    host = edge.host if surface == "api" else edge.pages_host
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", host, *fields]) + b"\r\n"


def size(fields: list[bytes]) -> int:
    """The bytes of fields as the bound counts them: as on the wire, with one space."""
    return sum(len(field) + 2 for field in fields)


def filled(fields: list[bytes], whole: int) -> list[bytes]:
    """Fields of so many bytes in all, in lines of a few thousand."""
    fields = list(fields)
    while (rest := whole - size(fields)) > 0:
        fields.append(b"X: " + b"a" * ((rest if rest <= 5000 else 4000) - 5))
    return fields


def long_target(edge: Edge, path: str, surface: str, value: int) -> bytes:
    target = path.encode() + b"?q="
    return head_of(edge, target + b"a" * (value - len(target)), surface, b"GET") + b"\r\n"


def many_fields(edge: Edge, path: str, surface: str, value: int) -> bytes:
    fields = [b"X-%d: 1" % n for n in range(value - 1)]
    return head_of(edge, path.encode(), surface, b"GET", *fields) + b"\r\n"


def long_head(edge: Edge, path: str, surface: str, value: int) -> bytes:
    host = edge.host if surface == "api" else edge.pages_host
    fields = filled([host], value)[1:]
    return head_of(edge, path.encode(), surface, b"GET", *fields) + b"\r\n"


def endless_head(edge: Edge, path: str, surface: str, value: int) -> bytes:
    head = head_of(edge, path.encode(), surface, b"GET") + b"X: "
    return head + b"a" * (value - len(head))


def trailed(edge: Edge, path: str, surface: str, trailers: bytes) -> bytes:
    return head_of(edge, path.encode(), surface, b"POST", CHUNKED) + b"\r\n0\r\n" + trailers


def many_trailers(edge: Edge, path: str, surface: str, value: int) -> bytes:
    return trailed(edge, path, surface, b"X: 1\r\n" * value + b"\r\n")


def long_trailer(edge: Edge, path: str, surface: str, value: int) -> bytes:
    return trailed(edge, path, surface, b"\r\n".join([*filled([], value), b"", b""]))


def endless_trailer(edge: Edge, path: str, surface: str, value: int) -> bytes:
    """Over its value by a slice, since what comes with the head is not counted."""
    return trailed(edge, path, surface, b"X: " + b"a" * (value + 2**14))


MAKERS: dict[str, Callable[[Edge, str, str, int], bytes]] = {
    "target": long_target,
    "head fields": many_fields,
    "head": long_head,
    "head without an end": endless_head,
    "trailer fields": many_trailers,
    "trailer": long_trailer,
    "trailer without an end": endless_trailer,
}


def test_every_bound_has_its_tests() -> None:
    assert set(MAKERS) == {bound.name for bound in IN_BYTES}
    assert set(LATE) == {bound.name for bound in IN_SECONDS}


@pytest.mark.parametrize("bound", IN_BYTES, ids=lambda bound: bound.name)
def test_one_above_a_bound_is_refused_on_every_route(
    edge: Edge, routes: list[tuple[str, str]], bound: Bound
) -> None:
    for path, surface in routes:
        data = MAKERS[bound.name](edge, path, surface, int(bound.value) + 1)
        with connected(edge.port) as link:
            with contextlib.suppress(ConnectionError):
                link.sendall(data)
            (answer,) = read_answers(link, b"POST").answers
        # A page and a call may be answered before their body is read; then the connection closes without a word.
        early = data.startswith(b"POST") and surface + path not in hot(routes)
        assert answer.status == bound.row.status or early, (path, answer)
        if answer.status == bound.row.status:
            assert bound.row.says.encode() in answer.body
            assert answer.field(b"connection") == b"close"


def hot(routes: list[tuple[str, str]]) -> set[str]:
    api = [path for path, surface in routes if surface == "api"]
    return {f"api{path}" for path in api if not path.startswith(("/edge", "/nowhere"))}


@pytest.mark.parametrize(
    "bound", [b for b in IN_BYTES if "without" not in b.name], ids=lambda bound: bound.name
)
def test_at_its_value_a_bound_is_not_passed_on_any_route(
    edge: Edge, routes: list[tuple[str, str]], bound: Bound
) -> None:
    for path, surface in routes:
        data = MAKERS[bound.name](edge, path, surface, int(bound.value))
        with connected(edge.port) as link:
            link.sendall(data)
            (answer,) = read_answers(link, b"POST").answers
        assert answer.status != bound.row.status, (path, answer)


class Clock:
    """What the front's connections take for the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(connection, "monotonic", moved)
    monkeypatch.setattr(front, "monotonic", moved)
    return moved


async def taken(protocol: type[HttpFront], phase: int, length: int) -> HttpFront:
    """The one connection, once it has come so far."""
    while True:
        for one in protocol.live:
            assert isinstance(one, HttpFront)
            if (one._phase, one._length) == (phase, length):
                return one
        await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def serving(hot_front: bool) -> AsyncIterator[tuple[type[HttpFront], int]]:
    routes = {b"/token": Route(_answer, Meter(Metrics(), "token"))}
    hosts = Hosts.of("http://127.0.0.1:1", "http://localhost:1")
    routing = RouteTable(routes, hosts, lambda: "0" * 24, 100_000_000, _failed)
    application = Application(routing, _waiting, _waiting, Meter(Metrics(), "pages"))
    protocol = front_class(routing, hot_front)
    config = uvicorn.Config(application, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    try:
        yield protocol, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in list(protocol.live):
            each.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def _answer(request: Request) -> Answer:
    return Answer(PRIVATE_JSON, b"{}")


def _failed(request: Request, problem: BaseException) -> Answer:
    raise AssertionError from problem


async def _waiting(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] == "http.request":
        pass


START = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 90000000\r\n"
# How far it comes, and in what steps it goes on coming until then.
LATE: dict[str, tuple[bytes, int, float]] = {
    "time of the head": (START, HEAD, 0.0),
    "pause in the body": (START + b"\r\na", BODY, 0.0),
    "time of the whole body": (START + b"\r\na", BODY, 20.0),
}


@pytest.mark.parametrize("hot_front", [True, False], ids=["hot", "asgi"])
@pytest.mark.parametrize("path", [b"/token", b"/edge/v1/x"])
@pytest.mark.parametrize("bound", IN_SECONDS, ids=lambda bound: bound.name)
@pytest.mark.spec("RFC 9110 §15.5.9")
async def test_what_is_late_is_refused_and_what_is_not_is_waited_for(
    clock: Clock, bound: Bound, path: bytes, hot_front: bool
) -> None:
    data, phase, step = LATE[bound.name]
    length, last = data.endswith(b"a"), clock.now + bound.value
    async with serving(hot_front) as (protocol, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data % path)
        one = await taken(protocol, phase, int(length))
        count = 1
        while step and clock.now + step < last:
            clock.now += step
            writer.write(b"a")
            one = await taken(protocol, phase, count := count + 1)
        slack = count / BODY_BYTES_PER_SECOND if step else 0.0
        one.check_deadline(last, 75.0)
        assert not one.transport.is_closing()
        one.check_deadline(last + slack + 0.001, 75.0)
        answer = await asyncio.wait_for(reader.read(65536), 5)
        assert answer.startswith(b"HTTP/1.1 %d " % bound.row.status)
        assert bound.row.says.encode() in answer
        writer.close()


@pytest.mark.parametrize("hot_front", [True, False], ids=["hot", "asgi"])
async def test_a_large_body_has_the_time_that_its_bytes_buy(clock: Clock, hot_front: bool) -> None:
    """As long as a KiB comes each second, a body may take as long as it is large."""
    async with serving(hot_front) as (protocol, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(START % b"/token" + b"\r\n")
        one, sent = await taken(protocol, BODY, 0), 0
        for _ in range(30):
            clock.now += 20
            writer.write(b"a" * 20 * BODY_BYTES_PER_SECOND)
            one = await taken(protocol, BODY, sent := sent + 20 * BODY_BYTES_PER_SECOND)
            one.check_deadline(clock.now, 75.0)
        assert not one.transport.is_closing()
        writer.close()
