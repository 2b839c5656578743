"""A request of HTTP/1.1 names its host once, whatever it asks for; what HTTP/1.0 expects is ignored."""

import json

import pytest

from satsuma.domain.errors.connection import HOST_MALFORMED
from tests.front.edge import Edge
from tests.front.judge import connected, exchanged, read_to_end

GRANT = b"grant_type=client_credentials"
PATHS = (
    "/healthz", "/readyz", "/metrics", "/auth/check?api=edge&version=1", "/oauth/v3/jwks", "/oauth/v3/token",
    "/authorize", "/.well-known/openid-configuration", "/edge/v1/x", "/nowhere", "/", "/login", "/errors/",
)  # fmt: skip


def ask(edge: Edge, path: str, *hosts: bytes, version: bytes = b"1.1") -> bytes:
    lines = [b"GET %b HTTP/%b" % (path.encode(), version), edge.bearer, b"Connection: close"]
    lines += [b"Host: " + host for host in hosts]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def hosts_of(edge: Edge) -> dict[str, tuple[bytes, ...]]:
    ours = edge.host.partition(b" ")[2]
    pages = edge.pages_host.partition(b" ")[2]
    return {
        "none": (),
        "the same twice": (ours, ours),
        "pages twice": (pages, pages),
        "another behind": (ours, b"evil.example"),
        "another before": (b"evil.example", ours),
        "one empty": (b"", ours),
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 9112 §3.2")
def test_a_request_names_its_host_once(edge: Edge, path: str) -> None:
    edge.recorder.seen.clear()
    for hosts in hosts_of(edge).values():
        with connected(edge.port) as connection:
            connection.sendall(ask(edge, path, *hosts))
            (answer,) = read_to_end(connection, b"GET").answers
        assert answer.status == HOST_MALFORMED.status == 400, hosts
        assert json.loads(answer.body)["description"] == HOST_MALFORMED.says
    assert edge.recorder.seen == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 9112 §3.2")
def test_an_old_request_may_leave_its_host_out_and_not_repeat_it(edge: Edge, path: str) -> None:
    ours = edge.host.partition(b" ")[2]
    anywhere = path in PATHS[:4]
    (status,) = exchanged(edge.port, ask(edge, path, version=b"1.0"), b"GET").statuses
    assert (status == 421) is not anywhere
    assert status != 400
    twice = ask(edge, path, ours, ours, version=b"1.0")
    assert exchanged(edge.port, twice, b"GET").statuses == [400]


@pytest.mark.parametrize("kind", ["token", "call", "page"])
@pytest.mark.spec("RFC 9110 §10.1.1")
def test_what_http_1_0_expects_is_ignored(edge: Edge, kind: str) -> None:
    fields = b"Expect: 100-continue", b"Content-Length: %d" % len(GRANT)
    heads = {
        "token": edge.form(*fields, version=b"1.0"),
        "call": edge.call(*fields, method=b"POST", version=b"1.0"),
        "page": edge.page(*fields, method=b"POST").replace(b"HTTP/1.1", b"HTTP/1.0"),
    }
    request = heads[kind] + b"\r\n" + GRANT
    assert b"100 Continue" not in everything(edge, request)
    newer = heads[kind].replace(b"HTTP/1.0", b"HTTP/1.1") + b"Connection: close\r\n\r\n" + GRANT
    assert everything(edge, newer).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def everything(edge: Edge, request: bytes) -> bytes:
    """What comes until the server closes."""
    found = b""
    with connected(edge.port) as connection:
        connection.sendall(request)
        while more := connection.recv(65536):
            found += more
    assert found.count(b"HTTP/1.1 ") == 1 + found.count(b"100 Continue")
    return found
