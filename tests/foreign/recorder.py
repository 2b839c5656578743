"""An upstream that keeps what reached it, byte for byte, and answers 200."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass
class Seen:
    """A request as the upstream saw it; `trailers` are fields behind a chunked body."""

    line: str
    fields: list[tuple[str, str]]
    trailers: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """What stands under a name, for a reader that takes every sign but letters and digits for `-`."""
        wanted = folded(name)
        return [value for found, value in self.fields + self.trailers if folded(found) == wanted]

    @property
    def names(self) -> set[str]:
        return {folded(name) for name, _ in self.fields + self.trailers}


def folded(name: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in name.lower())


@dataclass
class Recorder:
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def _read_fields(stream: BinaryIO) -> list[tuple[str, str]]:
    found = []
    while (line := stream.readline().rstrip(b"\r\n")) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        found.append((name, value.strip()))
    return found


def _read_body(stream: BinaryIO, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Read to the end of the body; give the trailers."""
    named = {name.lower(): value for name, value in fields}
    if "chunked" in named.get("transfer-encoding", "").lower():
        while size := int(stream.readline().partition(b";")[0], 16):
            stream.read(size + 2)
        return _read_fields(stream)
    stream.read(int(named.get("content-length", "0")))
    return []


@contextlib.contextmanager
def recording(port: int = 0) -> Iterator[Recorder]:
    """Keep every request until the block ends."""
    recorder = Recorder()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode("latin-1").strip()
            if line:
                fields = _read_fields(self.rfile)
                recorder.seen.append(Seen(line, fields, _read_body(self.rfile, fields)))
                self.wfile.write(ANSWER)

    with socketserver.ThreadingTCPServer(("127.0.0.1", port), Handler) as upstream:
        upstream.daemon_threads = True
        recorder.port = upstream.server_address[1]
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        yield recorder
        upstream.shutdown()
