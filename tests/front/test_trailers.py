"""What follows a body is no header: on both fronts, for every kind of path, and within bounds."""

import pytest

from satsuma.domain.errors.connection import HEAD_TOO_LARGE
from tests.front.edge import Edge
from tests.front.judge import Reading, connected, exchanged, read_to_end

CHUNKED = b"Transfer-Encoding: chunked"
GRANT = b"grant_type=client_credentials"


def chunked(body: bytes, *trailers: bytes) -> bytes:
    part = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return part + b"0\r\n" + b"".join(trailer + b"\r\n" for trailer in trailers) + b"\r\n"


def heads(edge: Edge) -> dict[str, bytes]:
    """The head of a request with a chunked body for each kind of path, without its end."""
    return {
        "token": edge.form(CHUNKED),
        "introspect": edge.form(CHUNKED, path=b"/oauth/v3/introspect"),
        "revoke": edge.form(CHUNKED, path=b"/oauth/v3/revoke"),
        "gateway": edge.call(CHUNKED, method=b"POST"),
        "page": edge.page(CHUNKED, method=b"POST"),
        "nowhere": edge.call(CHUNKED, method=b"POST", path=b"/nowhere"),
        "healthz": edge.call(CHUNKED, method=b"POST", path=b"/healthz"),
    }


PATHS = ["token", "introspect", "revoke", "gateway", "page", "nowhere", "healthz"]


def without_authorization(head: bytes) -> bytes:
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Authorization")]
    return b"\r\n".join(lines)


@pytest.mark.parametrize("path", ["token", "introspect", "revoke", "gateway"])
@pytest.mark.spec("RFC 9110 §6.5.1")
def test_credentials_in_a_trailer_are_none(edge: Edge, path: str) -> None:
    head = without_authorization(heads(edge)[path])
    trailer = edge.bearer if path == "gateway" else edge.basic
    body = GRANT if path == "token" else b"token=x"
    reading = exchanged(edge.port, head + b"\r\n" + chunked(body, trailer), b"POST")
    assert reading.statuses == [401]


@pytest.mark.parametrize(
    "trailer", [b"X-Role: admin", b"Authorization: Bearer x", b"Host: other", b"Connection: close"]
)
def test_no_trailer_reaches_an_upstream(edge: Edge, trailer: bytes) -> None:
    edge.recorder.seen.clear()
    request = edge.call(CHUNKED, method=b"POST") + b"\r\n" + chunked(b"body", trailer)
    assert exchanged(edge.port, request, b"POST").statuses == [200]
    (seen,) = edge.recorder.seen
    name, _, value = trailer.partition(b": ")
    assert (seen.body, seen.trailers) == (b"body", [])
    assert value not in seen.values(name.lower())


@pytest.mark.parametrize("name", [b"Accept", b"Content-Type", b"Origin", b"X-Oapi-Request-Id"])
def test_an_endpoint_does_not_read_a_trailer(edge: Edge, name: bytes) -> None:
    plain = exchanged(edge.port, edge.form(CHUNKED) + b"\r\n" + chunked(GRANT), b"POST")
    trailer = name + b": https://elsewhere.example"
    reading = exchanged(edge.port, edge.form(CHUNKED) + b"\r\n" + chunked(GRANT, trailer), b"POST")
    assert reading.statuses == plain.statuses == [200]
    assert b"elsewhere" not in b"".join(b"".join(pair) for pair in reading.answers[0].fields)


def test_a_request_behind_trailers_is_answered(edge: Edge) -> None:
    first = edge.form(CHUNKED) + b"\r\n" + chunked(GRANT, b"X-One: 1", b"X-Two: 2")
    reading = exchanged(edge.port, first * 3, *[b"POST"] * 3)
    assert reading.statuses == [200] * 3


def sent(edge: Edge, head: bytes, trailers: bytes) -> Reading:
    with connected(edge.port) as connection:
        connection.sendall(head + b"\r\n0\r\n" + trailers)
        return read_to_end(connection, b"POST")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 6585 §5")
def test_too_many_trailers_are_431_and_close(edge: Edge, path: str) -> None:
    many = b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n"
    assert is_refused(sent(edge, heads(edge)[path], many), path)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("endless", [b"a: b\r\n", b"x"], ids=["fields", "one field"])
def test_trailers_without_an_end_are_431_before_they_fill_memory(
    edge: Edge, path: str, endless: bytes
) -> None:
    head = heads(edge)[path]
    assert is_refused(sent(edge, head, b"X: " + endless * (300_000 // len(endless))), path)


def is_refused(reading: Reading, path: str) -> bool:
    """Say whether 431 came; where the answer does not wait for the body, that came, and nothing else."""
    statuses = reading.statuses
    early = path == "nowhere" and statuses == [404] and reading.rest == b""
    return early or (
        statuses == [HEAD_TOO_LARGE.status] and reading.answers[0].field(b"connection") == b"close"
    )


def test_an_extension_of_a_chunk_without_an_end_is_refused(edge: Edge) -> None:
    with connected(edge.port) as connection:
        connection.sendall(edge.form(CHUNKED) + b"\r\n1;" + b"x" * 300_000)
        assert read_to_end(connection, b"POST").statuses == [431]


def test_trailers_of_all_paths_leave_nothing_in_the_log(edge: Edge) -> None:
    before = edge.server.log.stat().st_size
    for head in heads(edge).values():
        exchanged(edge.port, head + b"\r\n" + chunked(b"a=b", b"X: 1"), b"POST")
    assert edge.said_since(before) == []
