"""Answers as h11 reads them: what a client that nobody here wrote makes of our bytes."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import h11

READ = 262_144


@dataclass
class Answer:
    """One answer; `whole` says that its end was told and came."""

    status: int
    version: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    whole: bool = False

    def field(self, name: bytes) -> bytes | None:
        return dict(self.fields).get(name)


@dataclass
class Reading:
    """What came on one connection until it was closed or enough had come."""

    answers: list[Answer] = field(default_factory=list)
    interim: list[int] = field(default_factory=list)
    closed: bool = False
    reset: bool = False
    rest: bytes = b""

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


def read_answers(connection: socket.socket, *methods: bytes) -> Reading:
    """Read an answer for each method, or all that comes until the peer closes; raises RemoteProtocolError."""
    reading, data = Reading(), _Incoming(connection)
    for method in methods:
        answer = _read_one(method, data, reading)
        if answer is None:
            break
        reading.answers.append(answer)
        if not answer.whole:
            break
    reading.closed, reading.reset, reading.rest = data.closed, data.reset, data.left
    return reading


def read_to_end(connection: socket.socket, *methods: bytes) -> Reading:
    """As `read_answers`, and then until the peer closes: what comes unasked stands in `rest`."""
    reading = read_answers(connection, *methods)
    incoming = _Incoming(connection)
    while not reading.closed and incoming.more():
        reading.rest += incoming.left
    reading.closed, reading.reset = True, reading.reset or incoming.reset
    return reading


class _Incoming:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.left = b""
        self.closed = False
        self.reset = False

    def more(self) -> bytes:
        """Take what was left, else what comes; empty at the end."""
        try:
            self.left = self._connection.recv(READ)
        except ConnectionError:
            self.left, self.reset = b"", True
        self.closed = self.closed or not self.left
        return self.left


def _read_one(method: bytes, data: _Incoming, reading: Reading) -> Answer | None:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "judge")]))
    client.send(h11.EndOfMessage())
    pending, data.left = data.left, b""
    if pending:
        client.receive_data(pending)
    answer: Answer | None = None
    while True:
        try:
            event = client.next_event()
        except h11.RemoteProtocolError:
            if data.closed:  # in the middle of an answer
                return answer
            raise
        if event is h11.NEED_DATA:
            if data.closed or (not data.more() and answer is None):
                return answer
            client.receive_data(data.left)
            data.left = b""
        elif isinstance(event, h11.InformationalResponse):
            reading.interim.append(event.status_code)
        elif isinstance(event, h11.Response):
            answer = Answer(event.status_code, event.http_version, list(event.headers))
        elif isinstance(event, h11.Data):
            assert answer is not None
            answer.body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert answer is not None
            answer.whole = True
            data.left = client.trailing_data[0]
            return answer
        else:
            return answer


@contextlib.contextmanager
def connected(port: int, seconds: float = 15) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        yield connection


def exchanged(port: int, data: bytes, *methods: bytes) -> Reading:
    """Send bytes as they are, and read an answer for each method."""
    with connected(port) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        return read_answers(connection, *(methods or (b"GET",)))
