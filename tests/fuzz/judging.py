"""The judge: every owed answer comes, is read by h11, is none of ours to be ashamed of, and the server lives."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from dataclasses import dataclass, replace
from pathlib import Path

import h11

from tests.front.edge import Edge
from tests.front.judge import Reading, read_answers, read_to_end
from tests.fuzz.grammar import (
    AUTHORIZE,
    BASIC,
    BEARER,
    HALF_CALL,
    HALF_FORM,
    HOST,
    PAGES,
    TOKEN,
    Case,
)

PATIENCE = 8.0
_RESET = struct.pack("ii", 1, 0)
MEMORY_MB = 64
LOG_BYTES_PER_10_000 = 1_000_000
FILES = 300
TASKS = 200


@dataclass
class Filling:
    """What the places of a case stand for at one server."""

    edge: Edge
    authorize: str

    def bytes_of(self, text: str) -> bytes:
        edge = self.edge
        for place, value in (
            (HOST, f"127.0.0.1:{edge.port}"),
            (PAGES, f"localhost:{edge.port}"),
            (BEARER, f"Bearer {edge.token}"),
            (BASIC, edge.made.authorization),
            (TOKEN, edge.token),
            (AUTHORIZE, self.authorize),
        ):
            if place in text:
                text = text.replace(place, value)
        return text.encode("latin-1")


def fault_of(case: Case, filling: Filling) -> str:
    """What is wrong with what came for a case; empty where nothing is."""
    data = b"".join(filling.bytes_of(request.data) for request in case.requests)
    try:
        reading = _play(case, data, filling.edge.port)
    except h11.RemoteProtocolError as problem:
        return f"an answer that is none: {problem}"
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} s"
    except ConnectionRefusedError:
        return "the server is gone"
    if any(status == 500 or not 200 <= status < 600 for status in reading.statuses):
        return f"answered {reading.statuses}"
    return _unlike(case, reading) if case.end == "read" else ""


def _play(case: Case, data: bytes, port: int) -> Reading:
    methods = [request.method.encode() for request in case.requests]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(ConnectionError):
            for start, end in zip((0, *case.cuts), (*case.cuts, len(data)), strict=True):
                connection.sendall(data[start:end])
        if case.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return Reading()
        if case.end == "half":
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection, *methods)
        closes = case.requests[-1].closes
        return (read_to_end if closes else read_answers)(connection, *methods)


def _unlike(case: Case, reading: Reading) -> str:
    wanted = [request.statuses or () for request in case.requests]
    got = reading.statuses
    if len(got) != len(wanted) or any(
        status not in allowed for status, allowed in zip(got, wanted, strict=True)
    ):
        return f"answered {got}, owed {[list(allowed) for allowed in wanted]}"
    if not all(answer.whole for answer in reading.answers):
        return "an answer without its end"
    if any(
        answer.field(b"transfer-encoding") is not None
        for request, answer in zip(case.requests, reading.answers, strict=True)
        if " HTTP/1.0\r\n" in request.data
    ):
        return "a transfer coding for HTTP/1.0"
    return "" if not reading.rest else f"more than was asked for: {reading.rest[:80]!r}"


def shrunk(case: Case, filling: Filling) -> Case:
    """The smallest case with a fault that is found by leaving out requests, cuts and, where nobody knows what is owed,
    bytes."""

    def fails(smaller: Case) -> bool:
        return bool(smaller.requests) and bool(fault_of(smaller, filling))

    for at in range(len(case.requests) - 1, -1, -1):
        fewer = case.requests[:at] + case.requests[at + 1 :]
        smaller = replace(case, requests=fewer, cuts=())
        if fails(smaller):
            case = smaller
    if case.cuts and fails(replace(case, cuts=())):
        case = replace(case, cuts=())
    if len(case.requests) == 1 and case.requests[0].statuses is None:
        case = _shorter(case, fails)
    return case


def _shorter(case: Case, fails: object) -> Case:
    assert callable(fails)
    request, until = case.requests[0], time.monotonic() + 20
    size = len(request.data) // 2
    while size and time.monotonic() < until:
        for start in range(0, len(request.data), size):
            data = request.data[:start] + request.data[start + size :]
            smaller = replace(case, requests=(replace(request, data=data),), cuts=())
            if fails(smaller):
                case, request = smaller, smaller.requests[0]
                break
        else:
            size //= 2
    return case


@dataclass
class Vitals:
    """What a server uses, and what it did that it must not do."""

    memory: float
    log: int
    files: int
    tasks: int

    @classmethod
    def of(cls, edge: Edge) -> Vitals:
        process = Path(f"/proc/{edge.server.process.pid}")
        lines = (process / "status").read_text().splitlines()
        memory = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
        files = sum(1 for _ in (process / "fd").iterdir())
        return cls(memory, edge.server.log.stat().st_size, files, _tasks(edge))

    def fault_since(self, first: Vitals, requests: int) -> str:
        """What grew too far since the first look."""
        if self.memory - first.memory > MEMORY_MB:
            return f"memory grew from {first.memory:.0f} to {self.memory:.0f} MB"
        if self.log - first.log > LOG_BYTES_PER_10_000 * (requests / 10_000 + 0.1):
            return f"the log grew by {self.log - first.log:,} bytes in {requests:,} requests"
        if self.tasks > TASKS:
            return f"{self.tasks} tasks at once"
        return f"{self.files} open files" if self.files > FILES else ""


def _tasks(edge: Edge) -> int:
    """How much the server does at the same time, by its own count."""
    text = edge.server.request("GET", "/metrics").body.decode()
    found = re.findall(r"^satsuma_tasks\{.*\} ([0-9.]+)$", text, re.MULTILINE)
    assert found, "the server counts no tasks"
    return int(sum(map(float, found)))


def halves_taken(edge: Edge) -> str:
    """Say where a half of a request was taken for the whole: an endpoint acted, or an upstream was told."""
    if any(
        HALF_CALL.removeprefix("/edge/v1").encode() in each.target for each in edge.recorder.seen
    ):
        return "an upstream got half a body as a whole one"
    text = edge.server.request("GET", "/metrics").body.decode()
    label = f'endpoint="standard{HALF_FORM}"'
    for line in text.splitlines():
        acted = line.startswith("satsuma_requests_total") and 'status="499"' not in line
        if acted and label in line and float(line.split()[-1]) > 0:
            return f"half a form was acted on: {line}"
    return ""
