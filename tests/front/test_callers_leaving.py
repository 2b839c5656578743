"""Who leaves with requests under way and more behind them, by what is under way, what is behind, and how he leaves.

The judge is the log, where nothing may be said of a caller who left, and the upstream, which must see that he did.
"""

import secrets
import socket
import struct
from collections.abc import Callable
from typing import Final

import pytest

from tests.front.edge import Edge, said_since
from tests.wire.server import wait_until

TRIES: Final = 3


def half_closed(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closed(connection: socket.socket) -> None:
    connection.close()


WAYS: Final[dict[str, Callable[[socket.socket], None]]] = {
    each.__name__: each for each in (half_closed, reset, closed)
}


def requests_of(edge: Edge) -> dict[str, bytes]:
    """One of each kind of answer: from the store, from an upstream with and without a body, of a page, at once."""
    unknown = b"GET /authorize?client_id=nobody HTTP/1.1\r\n" + edge.host + b"\r\n\r\n"
    body = b"Content-Length: 5"
    return {
        "a look-up": unknown,
        "a call": edge.call() + b"\r\n",
        "a call with a body": edge.call(body, method=b"POST") + b"\r\nhello",
        "a page": edge.page() + b"\r\n",
        "a page of the store": edge.page(path=b"/reset/none") + b"\r\n",
        "a token": edge.form(b"Content-Length: 29") + b"\r\ngrant_type=client_credentials",
    }


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_logged_of_who_leaves_with_more_behind(edge: Edge, way: str) -> None:
    loud = {}
    for first, before in requests_of(edge).items():
        for second, behind in requests_of(edge).items():
            start = edge.server.log.stat().st_size
            for _ in range(TRIES):
                with socket.create_connection(("127.0.0.1", edge.port), timeout=15) as connection:
                    connection.sendall(before + behind)
                    WAYS[way](connection)
            assert edge.server.request("GET", "/healthz").status == 200
            said = said_since(edge.server, start)
            if said:
                loud[first, second] = said[0][:400]
    assert loud == {}


@pytest.mark.parametrize("behind", [0, 1, 3])
@pytest.mark.parametrize("way", WAYS)
def test_an_upstream_is_let_go_of_when_its_caller_leaves(edge: Edge, way: str, behind: int) -> None:
    name = f"silent{secrets.token_hex(4)}"
    server = edge.server
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(10)
        server.new_api(name, f"http://127.0.0.1:{upstream.getsockname()[1]}", scopes=())
        made = server.new_application(name, name=name)
        token = server.token(made).json["access_token"]
        check = f"/auth/check?api={name}&version=1"
        wait_until(lambda: server.call(check, token).status == 204, 5)
        request = edge.call(path=b"/%b/v1/x" % name.encode()) + b"\r\n"
        request = request.replace(edge.token.encode(), token.encode())
        with socket.create_connection(("127.0.0.1", edge.port), timeout=15) as connection:
            connection.sendall(request * (1 + behind))
            called, _ = upstream.accept()
            called.settimeout(5)
            assert called.recv(65536).startswith(b"GET /x ")
            WAYS[way](connection)
        with called:
            assert called.recv(65536) == b""
