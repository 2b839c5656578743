"""Requests behind one another: each has its answer, in order, whatever comes behind it."""

import itertools
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.front.edge import Edge
from tests.front.judge import connected, read_to_end

GRANT = b"grant_type=client_credentials"
CHUNKED = b"Transfer-Encoding: chunked"


def good(edge: Edge) -> dict[str, tuple[bytes, bytes]]:
    token = edge.form(b"Content-Length: %d" % len(GRANT)) + b"\r\n" + GRANT
    return {
        "token": (token, b"POST"),
        "call": (edge.call() + b"\r\n", b"GET"),
        "page": (edge.page() + b"\r\n", b"GET"),
        "keys": (edge.call(path=b"/oauth/v3/jwks") + b"\r\n", b"GET"),
        "nowhere": (edge.call(path=b"/nowhere") + b"\r\n", b"GET"),
    }


def bad(edge: Edge) -> dict[str, tuple[bytes, int]]:
    """What no parser takes, and its status; what stands in a body is found out after its head was taken."""
    return {
        "no HTTP": (b"\x00\x01\r\n\r\n", 400),
        "a bad field": (edge.call(b"bad line") + b"\r\n", 400),
        "a token's bad chunk": (edge.form(CHUNKED) + b"\r\nzz\r\n", 400),
        "a call's bad chunk": (edge.call(CHUNKED, method=b"POST") + b"\r\nzz\r\n", 400),
        "a page's bad chunk": (edge.page(CHUNKED, method=b"POST") + b"\r\nzz\r\n", 400),
        "a long head": (edge.call(b"X: " + b"a" * 33_000) + b"\r\n", 431),
        "a long target": (edge.call(path=b"/" + b"a" * 9000) + b"\r\n", 414),
        "a handshake": (edge.call(b"Connection: upgrade", b"Upgrade: websocket") + b"\r\n", 400),
    }


GOOD = ["token", "call", "page", "keys", "nowhere"]
BAD = [
    *("no HTTP", "a bad field", "a token's bad chunk", "a call's bad chunk", "a page's bad chunk"),
    *("a long head", "a long target", "a handshake"),
]
STATUS = {"token": 200, "call": 200, "page": 200, "keys": 200, "nowhere": 404}


def answered(edge: Edge, first: list[str], then: str) -> None:
    requests, (wrong, status) = [good(edge)[name] for name in first], bad(edge)[then]
    methods = [method for _, method in requests]
    with connected(edge.port) as connection:
        connection.sendall(b"".join(request for request, _ in requests) + wrong)
        reading = read_to_end(connection, *methods, b"POST")
    assert reading.statuses == [*(STATUS[name] for name in first), status]
    assert reading.answers[-1].field(b"connection") == b"close"
    assert reading.rest == b""


@pytest.mark.parametrize("then", BAD)
@pytest.mark.parametrize("first", GOOD)
@pytest.mark.spec("RFC 9112 §9.3.2")
def test_a_good_request_has_its_answer_before_the_bad_ones(
    edge: Edge, first: str, then: str
) -> None:
    answered(edge, [first], then)


@pytest.mark.parametrize("then", BAD)
def test_two_good_requests_have_their_answers_before_the_bad_ones(edge: Edge, then: str) -> None:
    for pair in itertools.product(GOOD, repeat=2):
        answered(edge, list(pair), then)


def test_good_requests_are_answered_in_order(edge: Edge) -> None:
    for names in itertools.permutations(GOOD, 3):
        requests = [good(edge)[name] for name in names]
        with connected(edge.port) as connection:
            connection.sendall(b"".join(request for request, _ in requests))
            last = b"GET /healthz HTTP/1.1\r\n" + edge.host + b"\r\nConnection: close\r\n\r\n"
            connection.sendall(last)
            reading = read_to_end(connection, *(method for _, method in requests), b"GET")
        assert reading.statuses == [*(STATUS[name] for name in names), 200]


def test_a_head_behind_a_request_that_waits_is_bounded(edge: Edge) -> None:
    """The first waits for its page; what comes behind it is counted like any other head."""
    with connected(edge.port) as connection:
        connection.sendall(edge.page() + b"\r\nGET /healthz HTTP/1.1\r\nX: ")
        for _ in range(8):
            connection.sendall(b"a" * 10_000)
        assert read_to_end(connection, b"GET", b"GET").statuses == [200, 431]


def test_a_long_pipeline_is_answered_in_order(edge: Edge) -> None:
    """Also where its sender says at once that nothing more comes behind it, if no request has to be waited for."""
    for path, count in ((b"/healthz", 4000), (b"/nowhere", 400)):
        request = b"GET %s HTTP/1.1\r\n%s\r\nX-OAPI-Request-Id: %08d\r\n\r\n"
        sent = b"".join(request % (path, edge.host, number) for number in range(count))
        with connected(edge.port) as connection:
            connection.sendall(sent[:-2] + b"Connection: close\r\n\r\n")
            if edge.front == "hot" and path == b"/healthz":
                connection.shutdown(socket.SHUT_WR)
            data = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        ids = re.findall(rb"x-oapi-request-id: (\d{8})\r", data)
        assert ids == [b"%08d" % number for number in range(count)]


MANY = 13_888
DISCOVERY = "/.well-known/openid-configuration"


def counted(edge: Edge) -> int:
    """How many requests for a discovery document the server has answered, as another caller reads it now."""
    metrics = edge.server.request("GET", "/metrics", source="127.0.0.200").body.decode()
    label = f'endpoint="standard{DISCOVERY}",status="200"'
    found = re.findall(rf"satsuma_requests_total{{{re.escape(label)}}} (\d+)", metrics)
    return sum(map(int, found))


@pytest.mark.timeout(60)
def test_a_pipeline_gives_way_to_other_callers(edge: Edge) -> None:
    """A megabyte at once: the counters that another caller reads meanwhile show that the rest is yet to be answered."""
    request = b"GET %s HTTP/1.1\r\n%s\r\n\r\n" % (DISCOVERY.encode(), edge.host)
    before = counted(edge)
    with connected(edge.port) as connection, ThreadPoolExecutor(2) as pool:
        sending = pool.submit(connection.sendall, request * MANY)
        assert connection.recv(1, socket.MSG_PEEK)
        reading = pool.submit(read_good, connection, MANY)
        seen = [counted(edge) - before for _ in range(3)]
        reading.result()
        sending.result()
    assert 0 < seen[0] < seen[1] < seen[2] < MANY
    assert counted(edge) - before == MANY


def read_good(connection: socket.socket, count: int) -> None:
    """Read so many answers of status 200, and nothing else."""
    found, left, begin = 0, b"", b"HTTP/1.1 200 "
    while found < count:
        came = connection.recv(1 << 20)
        assert came, found
        found += (left + came).count(begin)
        left = (left + came)[1 - len(begin) :]
    assert found == count
