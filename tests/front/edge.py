"""A server of each front with all kinds of paths on it, and an upstream that writes down every request, read by h11."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h11
import pytest

from satsuma.domain.limits import Limits
from tests.wire.server import FORM, Made, Server, running_server, wait_until

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"
NO_LIMIT = "[issuers.orange-m2m]\ntoken_limit = 1000000\n"
UNKNOWN_LENGTH = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nas it comes"
)


@dataclass
class Recorded:
    """One request as it reached the upstream."""

    method: bytes
    target: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def values(self, name: bytes) -> list[bytes]:
        return [value for field, value in self.fields if field == name]


class Recorder(socketserver.ThreadingTCPServer):
    """The upstream; `/…/open` is answered without a length, everything else with one."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.seen: list[Recorded] = []
        self.broken: list[bytes] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    server: Recorder
    request: socket.socket

    def handle(self) -> None:
        reader = h11.Connection(h11.SERVER)
        recorded: Recorded | None = None
        ended = False
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    event = reader.next_event()
                except h11.RemoteProtocolError:
                    if not ended:
                        self.server.broken.append(reader.trailing_data[0])
                    return
                if event is h11.NEED_DATA:
                    data = self.request.recv(65536)
                    ended = not data
                    reader.receive_data(data)
                elif isinstance(event, h11.Request):
                    recorded = Recorded(event.method, event.target, list(event.headers))
                elif isinstance(event, h11.Data):
                    assert recorded is not None
                    recorded.body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    assert recorded is not None
                    recorded.trailers = list(event.headers)
                    self.server.seen.append(recorded)
                    if recorded.target.partition(b"?")[0].endswith(b"/open"):
                        head, end, body = UNKNOWN_LENGTH.partition(b"\r\n\r\n")
                        self.request.sendall(
                            head + end + (b"" if recorded.method == b"HEAD" else body)
                        )
                        return
                    self.request.sendall(ANSWER if recorded.method != b"HEAD" else ANSWER[:-2])
                    reader.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                    reader.send(h11.EndOfMessage())
                    reader.start_next_cycle()
                else:
                    return


@dataclass
class Edge:
    """A server with an application, a token of it, and an API before the recorder."""

    front: str
    server: Server
    recorder: Recorder
    made: Made
    token: str

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def host(self) -> bytes:
        return b"Host: 127.0.0.1:%d" % self.server.port

    @property
    def pages_host(self) -> bytes:
        return b"Host: localhost:%d" % self.server.port

    @property
    def bearer(self) -> bytes:
        return b"Authorization: Bearer " + self.token.encode()

    @property
    def basic(self) -> bytes:
        return b"Authorization: " + self.made.authorization.encode()

    def said_since(self, start: int) -> list[bytes]:
        """The log's lines from an offset on, without those that tell of refused requests, which come when they may."""
        return said_since(self.server, start)

    def form(
        self, *fields: bytes, path: bytes = b"/oauth/v3/token", version: bytes = b"1.1"
    ) -> bytes:
        """The head of a token request, without its end, for fields that say how the body is framed."""
        lines = [
            b"POST " + path + b" HTTP/" + version,
            self.host,
            self.basic,
            b"Accept: application/json",
            b"Content-Type: " + FORM.encode(),
            *fields,
        ]
        return b"\r\n".join(lines) + b"\r\n"

    def call(
        self,
        *fields: bytes,
        method: bytes = b"GET",
        path: bytes = b"/edge/v1/x",
        version: bytes = b"1.1",
    ) -> bytes:
        """The head of a call that is forwarded, without its end."""
        lines = [method + b" " + path + b" HTTP/" + version, self.host, self.bearer, *fields]
        return b"\r\n".join(lines) + b"\r\n"

    def page(self, *fields: bytes, method: bytes = b"GET", path: bytes = b"/login") -> bytes:
        """The head of a request for a page, without its end."""
        lines = [method + b" " + path + b" HTTP/1.1", self.pages_host, *fields]
        return b"\r\n".join(lines) + b"\r\n"


def said_since(server: Server, start: int) -> list[bytes]:
    """The lines of a server's log from an offset on that are not about single requests."""
    lines = server.log.read_bytes()[start:].splitlines()
    return [line for line in lines if b'"event":"request"' not in line]


@contextlib.contextmanager
def running_edge(
    folder: Path, front: str, config: str = "", environment: dict[str, str] | None = None
) -> Iterator[Edge]:
    """Run a server of one front before a recorder."""
    config += NO_LIMIT
    with (
        Recorder() as recorder,
        running_server(folder, front=front, config=config, environment=environment) as server,
    ):
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        server.new_api(
            "edge", recorder.address, scopes=(), limits=Limits(spike_per_second=1_000_000)
        )
        made = server.new_application("edge")
        token = server.token(made).json["access_token"]
        wait_until(lambda: server.call("/edge/v1/x", token).status == 200, 10)
        recorder.seen.clear()
        try:
            yield Edge(front, server, recorder, made, token)
        finally:
            recorder.shutdown()


@pytest.fixture(scope="session", params=["hot", "asgi"])
def edge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edge]:
    """An edge for each front, for all tests of a session."""
    with running_edge(tmp_path_factory.mktemp(f"edge-{request.param}"), request.param) as running:
        yield running
