"""Which host is asked: the target's where it names one, and no target that two readers could take for two."""

import pytest

from tests.front.edge import Edge
from tests.front.judge import connected, exchanged, read_to_end

PATHS = ["/edge/v1/x", "/oauth/v3/jwks", "/login", "/edge/v1/x?a=b", ""]


def statuses(edge: Edge, target: str, *hosts: str, version: str = "1.1") -> list[int]:
    lines = [f"GET {target} HTTP/{version}", *(f"Host: {host}" for host in hosts)]
    lines += [edge.bearer.decode(), "Connection: close", "", ""]
    with connected(edge.port) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        return read_to_end(connection, b"GET").statuses


def surface(edge: Edge, path: str) -> str:
    name = "localhost" if path in ("/login", "") else "127.0.0.1"
    return f"{name}:{edge.port}"


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.spec("RFC 9112 §3.2.2")
def test_a_target_with_a_host_is_asked_of_that_host(edge: Edge, path: str, scheme: str) -> None:
    ours = surface(edge, path)
    usual = statuses(edge, path or "/", ours)
    assert usual in ([200], [303])
    assert statuses(edge, f"{scheme}://{ours}{path}", ours) == usual
    assert statuses(edge, f"{scheme}://{ours}{path}", "evil.example") == usual
    assert statuses(edge, f"{scheme}://evil.example{path}", ours) == [421]
    assert statuses(edge, f"{scheme}://evil.example:{edge.port}{path}", ours) == [421]


@pytest.mark.spec("RFC 9112 §3.2.2")
def test_an_upstream_sees_the_path_alone(edge: Edge) -> None:
    edge.recorder.seen.clear()
    ours = surface(edge, "/edge")
    assert statuses(edge, f"http://{ours}/edge/v1/a/b?c=d", "evil.example") == [200]
    assert statuses(edge, f"http://{ours}/edge/v1//a", ours) == [200]
    assert [seen.target for seen in edge.recorder.seen] == [b"/a/b?c=d", b"//a"]


@pytest.mark.spec("RFC 9110 §4.2.4")
def test_a_target_that_names_no_host_of_ours_plainly_is_refused(edge: Edge) -> None:
    ours = surface(edge, "/edge")
    for target in (
        f"http://user@{ours}/edge/v1/x",
        f"http://evil.example@{ours}/edge/v1/x",
        f"http://{ours}\\@evil.example/edge/v1/x",
        "http:///edge/v1/x",
        f"ftp://{ours}/edge/v1/x",
        f"http://{ours}?/edge/v1/x#f",
    ):
        assert statuses(edge, target, ours) == [400], target


@pytest.mark.spec("RFC 9112 §3.2")
def test_the_host_field_comes_once_beside_a_target_with_a_host_too(edge: Edge) -> None:
    ours = surface(edge, "/edge")
    target = f"http://{ours}/edge/v1/x"
    assert statuses(edge, target, ours, ours) == statuses(edge, "/edge/v1/x", ours, ours)
    assert statuses(edge, target) == statuses(edge, "/edge/v1/x")


@pytest.mark.parametrize("path", ["/edge/v1/x", "/oauth/v3/jwks", "/login", "/healthz"])
@pytest.mark.spec("RFC 9112 §3.2")
def test_a_fragment_is_refused(edge: Edge, path: str) -> None:
    ours = surface(edge, path)
    edge.recorder.seen.clear()
    for end in ("#f", "#", "?a#f", "#?a"):
        assert statuses(edge, path + end, ours) == [400], end
    assert edge.recorder.seen == []


@pytest.mark.spec("RFC 9112 §3.2.2")
def test_an_offer_beside_a_target_with_a_host_changes_nothing(edge: Edge) -> None:
    offer = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    ours = surface(edge, "/edge").encode()
    last = b"GET /healthz HTTP/1.1\r\n" + edge.host + b"\r\nConnection: close\r\n\r\n"
    for host, expected in ((ours, 200), (b"evil.example", 421)):
        head = b"GET http://" + host + b"/edge/v1/x HTTP/1.1\r\n" + edge.host + b"\r\n"
        data = head + edge.bearer + b"\r\n" + offer + last
        assert exchanged(edge.port, data, b"GET", b"GET").statuses == [expected, 200]
