"""A way to a service that can be halted: what is connected stays so, new connections are taken, nothing passes."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class HaltingProxy:
    """Forwards each connection to a loopback port, while it is not halted."""

    target: int
    port: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _sockets: list[socket.socket] = field(default_factory=list)

    def halt(self) -> None:
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    def accept(self, listener: socket.socket) -> None:
        """Take connections until the listener closes."""
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self._sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._open.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.go_on()
        for each in self._sockets:
            each.close()


@contextlib.contextmanager
def halting_proxy(target: int) -> Iterator[HaltingProxy]:
    """Stand before a port of this machine until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = HaltingProxy(target, listener.getsockname()[1])
        proxy.go_on()
        thread = threading.Thread(target=proxy.accept, args=(listener,))
        thread.start()
        try:
            yield proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            proxy.close()
