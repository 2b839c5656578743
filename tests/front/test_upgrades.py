"""An offer of another protocol is ignored: the request is answered as if it had not been made."""

import pytest

from satsuma.domain.errors.connection import UPGRADE
from tests.front.edge import Edge
from tests.front.judge import Reading, connected, exchanged, read_answers

H2C = (
    b"Connection: Upgrade, HTTP2-Settings",
    b"Upgrade: h2c",
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
)
OFFERS = {
    "h2c": H2C,
    "tls": (b"Connection: upgrade", b"Upgrade: TLS/1.3"),
    "several": (b"Connection: keep-alive, Upgrade", b"Upgrade: h2c, IRC/6.9"),
}
GRANT = b"grant_type=client_credentials"


def requests(edge: Edge, *fields: bytes) -> dict[str, tuple[bytes, bytes]]:
    """A request for each kind of path, and its method."""
    length = b"Content-Length: %d" % len(GRANT)
    chunks = b"%x\r\n%b\r\n0\r\nX: 1\r\n\r\n" % (len(GRANT), GRANT)
    chunked = b"Transfer-Encoding: chunked"
    return {
        "token": (edge.form(length, *fields) + b"\r\n" + GRANT, b"POST"),
        "token in chunks": (edge.form(chunked, *fields) + b"\r\n" + chunks, b"POST"),
        "call": (edge.call(*fields) + b"\r\n", b"GET"),
        "call with a body": (
            edge.call(length, *fields, method=b"POST") + b"\r\n" + GRANT,
            b"POST",
        ),
        "call in chunks": (edge.call(chunked, *fields, method=b"PUT") + b"\r\n" + chunks, b"PUT"),
        "page": (edge.page(*fields) + b"\r\n", b"GET"),
        "keys": (edge.call(*fields, path=b"/oauth/v3/jwks") + b"\r\n", b"GET"),
        "nowhere": (edge.call(*fields, path=b"/nowhere") + b"\r\n", b"GET"),
    }


PATHS = [
    *("token", "token in chunks", "call", "call with a body"),
    *("call in chunks", "page", "keys", "nowhere"),
]


def asked(edge: Edge, path: str, *fields: bytes) -> Reading:
    request, method = requests(edge, *fields)[path]
    return exchanged(edge.port, request, method)


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 9110 §7.8")
def test_an_offer_that_is_not_taken_changes_no_answer(edge: Edge, path: str, offer: str) -> None:
    edge.recorder.seen.clear()
    plain = asked(edge, path)
    offered = asked(edge, path, *OFFERS[offer])
    assert offered.statuses == plain.statuses
    assert [len(answer.body) for answer in offered.answers] == [
        len(answer.body) for answer in plain.answers
    ]
    for seen in edge.recorder.seen:
        assert not seen.values(b"upgrade") + seen.values(b"http2-settings")
    assert len({seen.body for seen in edge.recorder.seen}) <= 1


def test_requests_behind_an_offer_are_answered(edge: Edge) -> None:
    offering, method = requests(edge, *H2C)["token"]
    many = 300
    assert exchanged(edge.port, offering * 3, *[method] * 3).statuses == [200] * 3
    head = edge.call(*H2C, path=b"/healthz") + b"\r\n"
    assert exchanged(edge.port, head * many, *[b"GET"] * many).statuses == [200] * many


@pytest.mark.parametrize("cut", [1, 9])
def test_an_offer_may_come_in_pieces(edge: Edge, cut: int) -> None:
    request, method = requests(edge, *H2C)["call with a body"]
    with connected(edge.port) as connection:
        for at in range(0, len(request), cut * 16):
            connection.sendall(request[at : at + cut * 16])
        assert read_answers(connection, method).statuses == [200]


@pytest.mark.parametrize("path", ["call", "page", "keys", "nowhere"])
@pytest.mark.spec("RFC 6455 §4.2.1")
def test_a_websocket_handshake_gets_an_answer_of_its_own(edge: Edge, path: str) -> None:
    fields = (b"Connection: keep-alive, Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: eA==")
    reading = asked(edge, path, *fields)
    assert reading.statuses == [400]
    assert UPGRADE.says.encode() in reading.answers[0].body


def test_a_post_that_offers_a_websocket_opens_none(edge: Edge) -> None:
    fields = (b"Connection: Upgrade", b"Upgrade: websocket")
    assert asked(edge, "token", *fields).statuses == [200]


def test_http_1_0_offers_nothing(edge: Edge) -> None:
    head = edge.call(
        b"Connection: Upgrade", b"Upgrade: websocket", path=b"/healthz", version=b"1.0"
    )
    assert exchanged(edge.port, head + b"\r\n").statuses == [200]


def test_a_tunnel_is_refused(edge: Edge) -> None:
    request = b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n"
    assert exchanged(edge.port, request).statuses == [400]
