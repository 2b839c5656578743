"""Who calls: an IPv4 caller is one however the socket shows it, and has so many connections and no more."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from satsuma.domain.errors.connection import TOO_MANY_CONNECTIONS
from satsuma.front.front import front_class
from satsuma.front.hosts import Hosts, unmapped
from satsuma.front.table import RouteTable
from satsuma.http.messages import Answer, Block
from tests.front.judge import connected, read_to_end
from tests.wire.server import Server, running_server, wait_until

ADDRESSES = [
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("::FFFF:192.0.2.7", "192.0.2.7"),
    ("::ffff:c000:207", "192.0.2.7"),
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8::7", "2001:db8::7"),
    ("::1", "::1"),
    ("::ffff:nonsense", "::ffff:nonsense"),
    ("", ""),
]


@pytest.mark.parametrize(("seen", "address"), ADDRESSES)
@pytest.mark.spec("RFC 4291 §2.5.5.2")
def test_a_mapped_address_is_the_address_that_it_maps(seen: str, address: str) -> None:
    assert unmapped(seen) == address


def test_a_hop_may_be_mapped_too() -> None:
    hosts = Hosts.of("http://127.0.0.1:1", "http://localhost:1", ("192.0.2.0/24",))
    assert hosts.source("192.0.2.7", b"198.51.100.1, ::ffff:192.0.2.9") == "198.51.100.1"


@pytest.mark.parametrize("front", ["hot", "asgi"])
def test_on_a_socket_of_both_families_a_trusted_proxy_is_known(tmp_path: Path, front: str) -> None:
    """Loopback alone sees /metrics, so that it shows which source is believed."""
    config = 'trusted_proxies = ["127.0.0.0/8"]\n'
    with running_server(tmp_path, front=front, config=config, options=("--host", "::")) as server:
        assert server.request("GET", "/metrics").status == 200
        for lines in ("203.0.113.9", "203.0.113.9, ::ffff:127.0.0.1"):
            told = server.request("GET", "/metrics", headers={"X-Forwarded-For": lines})
            assert told.status == 401


@contextlib.contextmanager
def several(server: Server, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connected(server.port)) for _ in range(count)]


def is_taken(connection: socket.socket) -> bool:
    """Say whether a request on a connection is answered, rather than the connection."""
    with contextlib.suppress(ConnectionError):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return read_to_end(connection, b"GET").statuses == [200]


@pytest.mark.parametrize("front", ["hot", "asgi"])
def test_a_source_has_so_many_connections_and_no_more(tmp_path: Path, front: str) -> None:
    config = "connections_per_source = 20\n"
    with running_server(tmp_path, front=front, config=config) as server:
        with several(server, 20) as held, connected(server.port) as another:
            (answer,) = read_to_end(another, b"GET").answers
            assert answer.status == TOO_MANY_CONNECTIONS.status
            assert json.loads(answer.body)["description"] == TOO_MANY_CONNECTIONS.says
            assert all(is_taken(each) for each in held)
        wait_until(lambda: server.request("GET", "/healthz").status == 200, 5)


class Opened:
    """A transport that knows whence it was opened, and keeps what was written to it."""

    def __init__(self, peer: str) -> None:
        self.peer, self.written, self.closed = peer, b"", False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self if name == "socket" else default

    def getpeername(self) -> tuple[str, int, int, int]:
        return self.peer, 40000, 0, 0

    getsockname = getpeername

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def test_the_addresses_of_an_ipv6_customer_have_so_many_connections_together() -> None:
    hosts = Hosts.of("http://127.0.0.1:1", "http://localhost:1", ("2001:db8:9::/48",))
    table = RouteTable(
        {}, hosts, lambda: "id", 1, lambda *_: Answer(Block(500), b""), connections=3
    )
    front = front_class(table, hot=True)
    config = uvicorn.Config(lambda *_: None, http=front)
    config.load()

    def opened(peer: str) -> tuple[Any, Opened]:
        transport = Opened(peer)
        connection = front(config=config, server_state=ServerState(), app_state={})
        connection.connection_made(transport)
        return connection, transport

    held = [opened(f"2001:db8:1:1::{n}") for n in range(1, 4)]
    assert not any(transport.closed for _, transport in held)
    assert opened("2001:db8:1:1::4")[1].written.startswith(b"HTTP/1.1 429 ")
    assert not opened("2001:db8:1:2::1")[1].closed
    assert not any(opened(f"2001:db8:9::{n}")[1].closed for n in range(1, 6))
    for connection, _ in held:
        connection.connection_lost(None)
    assert not opened("2001:db8:1:1::5")[1].closed


def test_a_trusted_proxy_has_as_many_as_it_wants(tmp_path: Path) -> None:
    config = 'connections_per_source = 5\ntrusted_proxies = ["127.0.0.1/32"]\n'
    with running_server(tmp_path, config=config) as server, several(server, 20) as held:
        assert all(is_taken(each) for each in held)
