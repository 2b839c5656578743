"""The access log: a line a request, written by a thread of its own, so that no answer waits for it."""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from satsuma.http.messages import Request
from satsuma.http.sources import network
from satsuma.telemetry.budget import Budget

PENDING: Final = 20_000
_EVERY: Final = 0.1
_MINUTE: Final = 60.0
_CHUNK: Final = 4096
"""What a pipe takes whole: lines of another writer stand between ours, never inside one."""
CONNECTION: Final = "connection"
"""The label of what was refused before anybody asked whose endpoint it is."""
_METHOD: Final = re.compile(rb"[A-Z]{1,16}")

Write = Callable[[bytes], object]


class Line(msgspec.Struct, omit_defaults=True):
    """One request as it is told: no query, no path of the caller's own, no token."""

    event: str
    timestamp: str
    level: str = "info"
    method: str = ""
    endpoint: str = ""
    status: int = 0
    ms: float = 0.0
    request_id: str = ""
    supplied_id: str | None = None
    client_id: str | None = None
    source: str = ""
    slug: str = ""
    answered: int = 0
    dropped: int = 0


def to_stderr(lines: bytes) -> None:
    """Write to standard error, past every buffer."""
    while lines:
        lines = lines[os.write(2, lines) :]


def as_json(line: Line) -> bytes:
    """A line of JSON."""
    return msgspec.json.encode(line) + b"\n"


def as_text(line: Line) -> bytes:
    """A line for a person who reads along."""
    told = {name: value for name, value in msgspec.to_builtins(line).items() if name != "timestamp"}
    return (line.timestamp + " " + " ".join(f"{n}={v}" for n, v in told.items()) + "\n").encode()


class AccessLog:
    """Tells of every request, or of those refused or failed, within a budget, with a count of all each minute.

    The queue is bounded: what finds no room in it is dropped and counted, since an answer must not wait for a disk.
    """

    def __init__(
        self,
        every: bool,
        seconds: Callable[[], float],
        answered: Callable[[], int],
        render: Callable[[Line], bytes] = as_json,
        write: Write = to_stderr,
        only_failures: bool = False,
    ) -> None:
        """`seconds` are of the epoch; `answered` counts all requests that this process ever answered.

        With `only_failures` nothing is told but what failed here.
        """
        self._only_failures = only_failures
        self.every = every
        self.dropped = 0
        self._seconds = seconds
        self._answered = answered
        self._render = render
        self._write = write
        self._budget = Budget()
        self._queue: deque[tuple[float, Request, str, int, float]] = deque()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="satsuma-access", daemon=True)
        self._counted = (0, 0)
        self._count_at = seconds() + _MINUTE

    def start(self) -> None:
        """Start to write."""
        self._thread.start()

    def note(self, request: Request, endpoint: str, status: int, seconds: float) -> None:
        """Note an answer; `endpoint` is the label by which it is counted."""
        if self._only_failures and not _failed(endpoint, status):
            return
        now = self._seconds()
        if not self.every:
            kind = (
                request.client_id or "-",
                network(request.source),
                request.slug or f"{endpoint} {status}",
            )
            if not self._budget.allows(kind, int(now) // 60):
                return
        if len(self._queue) >= PENDING:
            self.dropped += 1
            return
        self._queue.append((now, request, endpoint, status, seconds))

    def stop(self) -> None:
        """Write what waits, and end."""
        if self._thread.is_alive():
            self._ended.set()
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY):
            self._write_out()
            if self._seconds() >= self._count_at:
                self._count_at = self._seconds() + _MINUTE
                self._write_count()
        self._write_out()
        self._write_count()

    def _write_out(self) -> None:
        chunk = b""
        while self._queue:
            line = self._render(_line_of(*self._queue.popleft()))
            if len(chunk) + len(line) > _CHUNK:
                self._write(chunk)
                chunk = b""
            chunk += line
        if chunk:
            self._write(chunk)

    def _write_count(self) -> None:
        """Say how many were answered since it was said last, where there were any."""
        now = self._answered(), self.dropped
        answered, dropped = now[0] - self._counted[0], now[1] - self._counted[1]
        self._counted = now
        if (answered and not self._only_failures) or dropped:
            at = _timestamp(self._seconds())
            self._write(self._render(Line("requests", at, answered=answered, dropped=dropped)))


def _line_of(at: float, request: Request, endpoint: str, status: int, seconds: float) -> Line:
    return Line(
        "request",
        _timestamp(at),
        level="error" if _failed(endpoint, status) else "info",
        method=request.method.decode() if _METHOD.fullmatch(request.method) else "-",
        endpoint=endpoint,
        status=status,
        ms=round(seconds * 1000, 3),
        request_id=request.request_id,
        supplied_id=request.supplied_id,
        client_id=request.client_id,
        source=request.source,
        slug=request.slug,
    )


def _failed(endpoint: str, status: int) -> bool:
    """Say whether something failed here: a connection is refused for what its caller sent, whatever the status.

    Spec: RFC 9112 §6.1.
    """
    return status >= 500 and endpoint != CONNECTION


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
