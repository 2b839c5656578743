"""Each version of HTTP is answered in its own framing, on both fronts and every kind of path."""

import pytest

from satsuma.domain.errors.connection import (
    CODING_UNKNOWN,
    HOST_MALFORMED,
    HOST_UNKNOWN,
    METHOD_UNKNOWN,
)
from tests.front.edge import Edge
from tests.front.judge import Answer, connected, exchanged, read_to_end

GRANT = b"grant_type=client_credentials"


def requests(edge: Edge, version: bytes, *fields: bytes) -> dict[str, tuple[bytes, bytes]]:
    length = b"Content-Length: %d" % len(GRANT)
    page = edge.page(*fields).replace(b"HTTP/1.1", b"HTTP/" + version)
    return {
        "token": (edge.form(length, *fields, version=version) + b"\r\n" + GRANT, b"POST"),
        "call": (edge.call(*fields, version=version) + b"\r\n", b"GET"),
        "call of unknown length": (
            edge.call(*fields, path=b"/edge/v1/open", version=version) + b"\r\n",
            b"GET",
        ),
        "head of unknown length": (
            edge.call(*fields, method=b"HEAD", path=b"/edge/v1/open", version=version) + b"\r\n",
            b"HEAD",
        ),
        "page": (page + b"\r\n", b"GET"),
        "keys": (edge.call(*fields, path=b"/oauth/v3/jwks", version=version) + b"\r\n", b"GET"),
        "refused": (edge.call(*fields, path=b"/nowhere", version=version) + b"\r\n", b"GET"),
    }


PATHS = [
    *("token", "call", "call of unknown length", "head of unknown length"),
    *("page", "keys", "refused"),
]


def answer_to(edge: Edge, path: str, version: bytes, *fields: bytes) -> Answer:
    request, method = requests(edge, version, *fields)[path]
    with connected(edge.port) as connection:
        connection.sendall(request)
        reading = read_to_end(connection, method)
    assert (len(reading.answers), reading.rest) == (1, b"")
    return reading.answers[0]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 9112 §6.1")
def test_http_1_0_gets_no_transfer_coding_and_an_end(edge: Edge, path: str) -> None:
    old = answer_to(edge, path, b"1.0")
    new = answer_to(edge, path, b"1.1", b"Connection: close")
    assert old.field(b"transfer-encoding") is None
    assert (old.status, len(old.body), old.whole) == (new.status, len(new.body), True)


def test_http_1_1_gets_chunks_where_the_length_is_unknown(edge: Edge) -> None:
    answer = answer_to(edge, "call of unknown length", b"1.1", b"Connection: close")
    assert answer.field(b"transfer-encoding") == b"chunked"
    assert answer.body == b"as it comes"


@pytest.mark.parametrize("path", ["token", "call"])
@pytest.mark.spec("RFC 9112 §6.1")
def test_http_1_0_has_no_transfer_coding_of_its_own(edge: Edge, path: str) -> None:
    coding = b"Transfer-Encoding: chunked"
    head = {
        "token": edge.form(coding, version=b"1.0"),
        "call": edge.call(coding, method=b"POST", version=b"1.0"),
    }[path]
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(GRANT), GRANT)
    assert exchanged(edge.port, head + b"\r\n" + body, b"POST").statuses == [400]


@pytest.mark.parametrize("path", ["token", "call"])
@pytest.mark.parametrize(
    ("coding", "status"),
    [
        ((b"Transfer-Encoding: gzip, chunked",), CODING_UNKNOWN.status),
        ((b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), 400),
    ],
)
@pytest.mark.spec("RFC 9112 §6.1")
def test_a_transfer_coding_that_we_do_not_read_is_refused(
    edge: Edge, path: str, coding: tuple[bytes, ...], status: int
) -> None:
    head = edge.form(*coding) if path == "token" else edge.call(*coding, method=b"POST")
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(GRANT), GRANT)
    edge.recorder.seen.clear()
    assert exchanged(edge.port, head + b"\r\n" + body, b"POST").statuses == [status]
    assert edge.recorder.seen == []


@pytest.mark.parametrize("version", [b"2.0", b"0.9", b"3.0"])
def test_another_version_is_refused(edge: Edge, version: bytes) -> None:
    for request, method in requests(edge, version).values():
        assert exchanged(edge.port, request, method).statuses == [400]


@pytest.mark.parametrize("method", [b"FOO", b"GETX", b"get", b"DESCRIBE"])
@pytest.mark.spec("RFC 9110 §9.1")
def test_a_method_that_nobody_knows_is_told(edge: Edge, method: bytes) -> None:
    for host in (edge.host, edge.pages_host):
        for path in (b"/oauth/v3/token", b"/edge/v1/x", b"/nowhere"):
            sent = method + b" " + path + b" HTTP/1.1\r\n" + host + b"\r\n\r\n"
            (answer,) = exchanged(edge.port, sent).answers
            assert answer.status == METHOD_UNKNOWN.status
            assert METHOD_UNKNOWN.says.encode() in answer.body


@pytest.mark.parametrize("line", [b"FOO", b"FOO /x", b"FOO /x HTTP/3.0", b"F(O /x HTTP/1.1"])
def test_what_is_no_request_line_names_no_method(edge: Edge, line: bytes) -> None:
    assert exchanged(edge.port, line + b"\r\n" + edge.host + b"\r\n\r\n").statuses == [400]


@pytest.mark.spec("RFC 9112 §3.2")
def test_http_1_0_without_a_host_is_asked_of_none_and_http_1_1_is_refused(edge: Edge) -> None:
    """What any host is answered is answered without one."""
    for path in (b"/oauth/v3/jwks", b"/edge/v1/x", b"/login"):
        got = [
            exchanged(edge.port, b"GET " + path + b" HTTP/" + version + b"\r\n\r\n").answers[0]
            for version in (b"1.0", b"1.1")
        ]
        assert [each.status for each in got] == [HOST_UNKNOWN.status, HOST_MALFORMED.status]
        rows = zip(got, (HOST_UNKNOWN, HOST_MALFORMED), strict=True)
        assert all(row.says.encode() in each.body for each, row in rows)
    assert exchanged(edge.port, b"GET /healthz HTTP/1.0\r\n\r\n").statuses == [200]
