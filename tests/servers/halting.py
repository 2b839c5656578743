"""A way to a service that can be halted or shut.

Halted, what is connected stays so, new connections are taken, and nothing passes; cut, each connection ends as soon
as it is made; shut, it is as if nobody were there.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator


class HaltingProxy:
    """Forwards each connection that a listener takes to a loopback port, until it is halted or shut."""

    def __init__(self, target: int, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self._target = target
        self._listener = listener
        self._open = threading.Event()
        self._open.set()
        self._sockets = [listener]
        self._is_cut = False

    def halt(self) -> None:
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    def cut(self) -> None:
        """End every connection, and each new one at once, until `mend`."""
        self._is_cut = True
        self._end(self._sockets[1:])

    def mend(self) -> None:
        """Let connections pass again."""
        self._is_cut = False

    def shut(self) -> None:
        """Cut every connection and take no new one."""
        self.go_on()
        self._end(self._sockets)

    def _end(self, sockets: list[socket.socket]) -> None:
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def accept(self) -> None:
        """Take connections until the listener closes."""
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    def _forward(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._open.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def halting_proxy(target: int) -> Iterator[HaltingProxy]:
    """Stand before a port of this machine until the block ends."""
    proxy = HaltingProxy(target, socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=proxy.accept)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shut()
        thread.join()
