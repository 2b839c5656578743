"""A machine of its own: a network namespace whose loopback leads to two services by files, and a worker in it.

`python machine.py PORT=SOCKET... -- python WORKER ARGUMENT...`, run by `unshare -n`: what is sent to a port of this
machine's loopback address goes to the socket file of that port, for files are what namespaces of networks share.
"""

import contextlib
import runpy
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def join(one: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=pump, args=[other, one], daemon=True)
    back.start()
    pump(one, other)
    back.join()


class ToFile(socketserver.BaseRequestHandler):
    """From a port of this machine to a socket file."""

    file = ""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as there:
            there.connect(self.file)
            join(self.request, there)


class ToPort(socketserver.BaseRequestHandler):
    """From a socket file to a port of the machine that made it."""

    port = 0

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as there:
            join(self.request, there)


class Ports(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Files(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def reachable(port: int, file: Path) -> Iterator[None]:
    """Let other machines reach a port of this one by a file."""
    handler = type("ToThisPort", (ToPort,), {"port": port})
    server = Files(str(file), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    at = sys.argv.index("--")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for each in sys.argv[1:at]:
        port, _, file = each.partition("=")
        server = Ports(("127.0.0.1", int(port)), type("ToThatFile", (ToFile,), {"file": file}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.argv = sys.argv[at + 2 :]  # after the interpreter, which this is
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
