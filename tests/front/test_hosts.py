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


NO_HOSTS = (
    b"a b", b"a,b c", b"http://127.0.0.1", b"me@127.0.0.1", b"127.0.0.1/", b"127.0.0.1?", b"127.0.0.1#x", b"a\\b",
    b"a\xffb", b"b\xc3\xbccher.example", b"127.0.0.1:80:80", b"127.0.0.1:port", b"127.0.0.1:+80", b"127.0.0.1:-1",
    b"[::1", b"::1", b"[::1]x", b"[::1]:x", b"[]", b"[g::1]", b"[::1%25lo]", b"a%zz", b"a%4", b'"a"', b"<a>", b"a^b",
    b"a|b", b"{a}",
)  # fmt: skip
HOSTS = (
    b"", b"elsewhere.example", b"elsewhere.example.", b"ELSEWHERE.example:80", b"elsewhere.example:", b"a_b", b"a%20b",
    b"a,b", b"[::1]:8400", b"[v1.x]", b"10.0.0.1:99999", b"*", b"a!$&'()*+,;=~",
)  # fmt: skip
"""What could be a host by the grammar, and is none of ours."""


@pytest.mark.parametrize("form", ["in Host", "in the target"])
@pytest.mark.spec("RFC 9112 §3.2; RFC 3986 §3.2.2")
def test_what_is_no_host_is_malformed_and_another_host_is_unknown(edge: Edge, form: str) -> None:
    edge.recorder.seen.clear()
    told = {}
    for host in (*NO_HOSTS, *HOSTS):
        for path in PATHS:
            request = ask(edge, path, host)
            if form == "in the target":
                if set(host) & set(b"/?#") or not host:  # they end the host, or there is none
                    continue
                line = b"GET http://%b%b HTTP/1.1\r\n" % (host, path.encode())
                request = line + ask(edge, path, b"h.example").partition(b"\r\n")[2]
            (status,) = exchanged(edge.port, request, b"GET").statuses
            right = 400 if host in NO_HOSTS else 421
            if status != right and (right == 400 or path not in PATHS[:4]):
                told[host, path] = status
    assert told == {}
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
