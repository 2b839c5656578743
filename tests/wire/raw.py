"""Bytes on a socket, as no client library would send them."""

import socket
from dataclasses import dataclass

from tests.wire.server import Server


@dataclass
class RawReply:
    status: int
    head: bytes
    body: bytes

    def field(self, name: bytes) -> bytes | None:
        for line in self.head.split(b"\r\n")[1:]:
            field, _, value = line.partition(b":")
            if field.lower() == name:
                return value.strip()
        return None


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=15)


def read_reply(connection: socket.socket) -> RawReply:
    """Read one response by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise AssertionError(f"closed after {data!r}")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    reply = RawReply(int(head.split(b" ", 2)[1]), head, body)
    length = int(reply.field(b"content-length") or 0)
    while len(reply.body) < length:
        reply.body += connection.recv(65536)
    return reply


def exchange(server: Server, data: bytes) -> RawReply:
    """Send bytes as they are, and read one response."""
    with connect(server) as connection:
        connection.sendall(data)
        return read_reply(connection)


def is_closed(connection: socket.socket) -> bool:
    """Read to the end: True when the server closed."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return True


def post(server: Server, path: str, body: bytes, *fields: bytes) -> bytes:
    """Give the bytes of a POST with just these fields and a right Content-Length."""
    lines = [
        b"POST %s HTTP/1.1" % path.encode(),
        b"Host: 127.0.0.1:%d" % server.port,
        b"Content-Length: %d" % len(body),
        *fields,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
