"""Blanks around a field value are no part of it, whatever is asked: so no rule judges another text than is meant."""

import pytest

from tests.front.edge import Edge
from tests.front.judge import connected, read_to_end

BLANKS = ["", " ", "\t", " \t "]


def status(edge: Edge, path: str, *lines: str) -> int:
    head = [f"GET {path} HTTP/1.1", *lines, edge.bearer.decode(), "Connection: close", "", ""]
    with connected(edge.port) as connection:
        connection.sendall("\r\n".join(head).encode("latin-1"))
        (found,) = read_to_end(connection, b"GET").statuses
    return found


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("path", ["/edge/v1/x", "/oauth/v3/jwks", "/login"])
@pytest.mark.spec("RFC 9110 §5.5")
def test_a_host_is_known_with_blanks_around_it(edge: Edge, path: str, blank: str) -> None:
    name = "localhost" if path == "/login" else "127.0.0.1"
    assert status(edge, path, f"Host:{blank}{name}:{edge.port}{blank}") == 200


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.spec("RFC 9110 §5.5")
def test_a_check_reads_the_method_without_the_blanks(edge: Edge, blank: str) -> None:
    ours = (f"Host: 127.0.0.1:{edge.port}", "X-Original-URI: /edge/v1/x")
    assert status(edge, "/auth/check", *ours, f"X-Original-Method:{blank}GET{blank}") == 204
    assert status(edge, "/auth/check", *ours, f"X-Original-Method: GET{blank}x y") == 403
