"""A relay before a server that keeps what clients sent, byte for byte."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Relay:
    address: str = ""
    sent: list[bytearray] = field(default_factory=list)

    def requests(self, first: bytes) -> list[bytes]:
        """The requests whose first line begins so, as far as they are alone in what was sent."""
        whole = b"".join(bytes(each) for each in self.sent)
        found = whole.split(first)[1:]
        return [first + each for each in found]


@contextlib.contextmanager
def relaying(port: int) -> Iterator[Relay]:
    """Relay to `port` of this machine until the block ends."""
    relay = Relay()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            kept = bytearray()
            relay.sent.append(kept)
            with socket.create_connection(("127.0.0.1", port)) as upstream:
                back = threading.Thread(target=_copy, args=(upstream, self.request, None))
                back.start()
                _copy(self.request, upstream, kept)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        relay.address = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield relay
        server.shutdown()


def _copy(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if kept is not None:
                kept += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
