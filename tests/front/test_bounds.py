"""The bounds of a connection, and requests that no client library would send."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from satsuma.domain.errors.connection import HOST_UNKNOWN
from tests.wire.raw import connect, exchange, is_closed, post, read_reply
from tests.wire.server import FORM, Server, running_server


def get(server: Server, *fields: bytes, target: bytes = b"/healthz") -> bytes:
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: 127.0.0.1:%d" % server.port, *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


TARGETS = [b"/healthz", b"/oauth/v3/jwks", b"/sandbox/v1/x"]


@pytest.mark.parametrize("target", TARGETS)
def test_more_than_a_hundred_fields_are_431(server: Server, target: bytes) -> None:
    fields = [b"X-%d: 1" % n for n in range(101)]
    reply = exchange(server, get(server, *fields, target=target))
    assert reply.status == 431
    assert reply.field(b"x-oapi-request-id")
    assert reply.field(b"connection") == b"close"


def test_a_hundred_fields_pass(server: Server) -> None:
    assert exchange(server, get(server, *[b"X-%d: 1" % n for n in range(99)])).status == 200


@pytest.mark.parametrize("target", TARGETS)
def test_a_head_of_more_than_32_kib_is_431(server: Server, target: bytes) -> None:
    reply = exchange(server, get(server, b"X-Big: " + b"a" * 33_000, target=target))
    assert reply.status == 431


def test_a_head_that_never_ends_is_431_before_it_fills_memory(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Endless: " + b"a" * 60_000)
        assert read_reply(connection).status == 431
        assert is_closed(connection)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.spec("RFC 9110 §15.5.15")
def test_a_target_of_more_than_8_kib_is_414(server: Server, target: bytes) -> None:
    reply = exchange(server, get(server, target=target + b"?q=" + b"a" * 9000))
    assert reply.status == 414
    assert b'"code":67' in reply.body


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nbad header line\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n",
        b"POST /oauth/v3/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /oauth/v3/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"POST /oauth/v3/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
@pytest.mark.spec("RFC 9112 §2.1")
def test_what_is_not_http_is_our_own_400(server: Server, request_bytes: bytes) -> None:
    reply = exchange(server, request_bytes)
    assert reply.status == 400
    assert reply.field(b"x-oapi-request-id")
    assert reply.body.startswith(b'{"code":')


def test_a_length_beside_chunked_is_400(server: Server) -> None:
    body = b"grant_type=client_credentials"
    request = post(
        server,
        "/oauth/v3/token",
        body,
        b"Transfer-Encoding: chunked",
        b"Content-Type: " + FORM.encode(),
    )
    assert exchange(server, request).status == 400


def test_an_unknown_host_is_421_and_healthz_is_not(server: Server) -> None:
    paths = ("/", "/oauth/v3/token", "/poi/v1/shops", "/errors/")
    got = [server.request("GET", path, host="elsewhere.example").status for path in paths]
    assert got == [421] * 4
    told = server.request("GET", "/", host="elsewhere.example").json
    assert told == {
        "code": 60,
        "message": HOST_UNKNOWN.message,
        "description": "No surface of this server has the requested Host.",
    }
    assert server.request("GET", "/healthz", host="elsewhere.example").status == 200


@pytest.mark.spec("RFC 9112 §3.2")
def test_a_gateway_that_passes_its_callers_host_on_may_ask_all_the_same(server: Server) -> None:
    """As Caddy's `forward_auth` does: the question is about the call in the fields, whatever host it came to."""
    token = str(server.token(server.new_application()).json["access_token"])
    asked = {
        "Authorization": f"Bearer {token}",
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/nobody/v1/x",
    }
    hosts = ("shop.example", f"localhost:{server.port}", None)
    replies = [server.request("GET", "/auth/check", None, asked, host) for host in hosts]
    assert [reply.status for reply in replies] == [403, 403, 403]
    assert {reply.json["code"] for reply in replies} == {replies[2].json["code"]}


def test_two_hosts_are_never_chosen_between(server: Server) -> None:
    request = get(server, b"Host: elsewhere.example", target=b"/oauth/v3/jwks")
    assert exchange(server, request).status == 400


def test_the_surfaces_do_not_share_paths(server: Server) -> None:
    pages = f"localhost:{server.port}"
    assert server.request("GET", "/errors/", host=pages).status == 200
    assert server.request("GET", "/errors/").status == 404
    assert server.request("POST", "/oauth/v3/token", host=pages).status == 404
    assert server.request("GET", "/oauth/v3/jwks", host=pages).status == 404


def test_nothing_on_the_api_surface_sets_a_cookie(server: Server) -> None:
    for path in ("/oauth/v3/jwks", "/oauth/v3/token", "/sandbox/v1/x", "/healthz"):
        reply = server.request("GET", path, headers={"Cookie": "session=x"})
        assert "Set-Cookie" not in reply.headers


def test_an_upgrade_is_refused(server: Server) -> None:
    request = get(server, b"Connection: Upgrade", b"Upgrade: websocket", target=b"/sandbox/v1/x")
    assert exchange(server, request).status == 400


def test_http_1_0_and_connection_close_are_honoured(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(get(server, b"Connection: close"))
        reply = read_reply(connection)
        assert (reply.status, reply.field(b"connection")) == (200, b"close")
        assert is_closed(connection)
    with connect(server) as connection:
        host = b"Host: 127.0.0.1:%d" % server.port
        connection.sendall(b"GET /healthz HTTP/1.0\r\n" + host + b"\r\n\r\n")
        assert read_reply(connection).status == 200
        assert is_closed(connection)


@pytest.mark.spec("RFC 9112 §6.2")
def test_head_has_no_body(server: Server) -> None:
    reply = server.request("HEAD", "/oauth/v3/jwks")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) > 0


@pytest.fixture(scope="module", params=["hot", "asgi"])
def slow_answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[float, bytes]]:
    """What each slow sender got and after how long; all wait at the same time."""
    folder = tmp_path_factory.mktemp("slow")
    senders = {"head": slow_head, "drip": dripping_head, "body": slow_body}
    with (
        running_server(folder, front=request.param) as server,
        ThreadPoolExecutor(len(senders)) as pool,
    ):
        waiting = {name: pool.submit(timed, sender, server) for name, sender in senders.items()}
        return {name: each.result() for name, each in waiting.items()}


def timed(sender: Callable[[Server], bytes], server: Server) -> tuple[float, bytes]:
    started = time.monotonic()
    answer = sender(server)
    return time.monotonic() - started, answer


def slow_head(server: Server) -> bytes:
    with connect(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        return read_reply(connection).head


def dripping_head(server: Server) -> bytes:
    with connect(server) as connection:
        connection.settimeout(0.5)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        for _ in range(40):
            connection.sendall(b"a")
            try:
                return connection.recv(65536)
            except TimeoutError:
                continue
    return b""


def slow_body(server: Server) -> bytes:
    head = post(server, "/oauth/v3/token", b"", b"Content-Type: " + FORM.encode())
    head = head.replace(b"Content-Length: 0", b"Content-Length: 29")
    with connect(server) as connection:
        connection.settimeout(40)
        connection.sendall(head + b"grant_type=")
        return read_reply(connection).head


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_is_slow_gets_408_in_time(slow_answers: dict[str, tuple[float, bytes]]) -> None:
    bounds = {"head": 10, "drip": 10, "body": 30}
    for name, (seconds, answer) in slow_answers.items():
        assert answer.startswith(b"HTTP/1.1 408"), name
        assert bounds[name] - 1 < seconds < bounds[name] + 4, name
