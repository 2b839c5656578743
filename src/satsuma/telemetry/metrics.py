"""Counters that cost a few nanoseconds, survive their worker, and add up over all workers.

Each worker maps one file of fixed slots: 248 bytes of name and labels, then a 64-bit number. Whoever is asked for
`/metrics` reads every worker's file and adds. A worker that is started again counts on in the file it had.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from satsuma.domain.usage_counts import LATENCIES
from satsuma.http.messages import Request
from satsuma.telemetry.access_log import AccessLog

_SLOT = 256
_NAME = 248
_SLOTS = 16384
_KEY: Final = re.compile(r'\w+(\{\w+="[^"\\\n\0]*"(,\w+="[^"\\\n\0]*")*\})?', re.ASCII)
OVERFLOW: Final = "satsuma_overflow_total"
"""What is counted without its name: past the last slot, or under a name that no slot can hold."""

LEFT: Final = 499
"""The status under which an answer is counted that nobody waited for."""

DURATIONS: Final = LATENCIES


NoteUse = Callable[[str, str, int, int], None]
"""Counts an answer for a client_id: under what its usage is counted, the status, the bucket of its duration."""


class Readable(Protocol):
    """What gives bytes in order: a file, or memory that is mapped."""

    def read(self, n: int, /) -> bytes:
        """The next `n` bytes, fewer at the end."""


class Metrics:
    """One worker's counters; `values[index] += n` is the whole cost on a hot path."""

    def __init__(self, path: Path | None = None) -> None:
        """Map the file at `path`, or memory of this process alone."""
        self.path = path
        self.worker = "0" if path is None else path.stem
        self._map = _open_map(path, _SLOT * _SLOTS)
        self.values = memoryview(self._map).cast("q")
        self.access: AccessLog | None = None
        self._index = {key: _number_at(at) for at, key in enumerate(read_slots(self._map))}

    def slot(self, name: str, **labels: str) -> int:
        """The index of a counter, made at first use."""
        key = render_key(name, labels)
        index = self._index.get(key)
        return self._new_slot(key) if index is None else index

    def _new_slot(self, key: str) -> int:
        """Take the next slot for a key; those that have no room share one.

        The name's first byte is written last: a worker that is killed in between leaves a slot that nobody has taken.
        """
        at = len(self._index)
        if at >= _SLOTS - 1 or not _fits(key):
            if OVERFLOW in self._index:
                return self._index[OVERFLOW]
            key = OVERFLOW
        start, name = at * _SLOT, key.encode().ljust(_NAME, b"\0")
        index = _number_at(at)
        self.values[index] = 0
        self._map[start + 1 : start + _NAME] = name[1:]
        self._map[start] = name[0]
        self._index[key] = index
        return index

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a counter by name; for paths that are not hot."""
        self.values[self.slot(name, **labels)] += amount

    def put(self, name: str, value: int, **labels: str) -> None:
        """Set a gauge."""
        self.values[self.slot(name, **labels)] = value

    def total(self, name: str) -> int:
        """Add up this worker's counters of a name, whatever their labels."""
        found = [index for key, index in list(self._index.items()) if key.partition("{")[0] == name]
        return sum(self.values[index] for index in found)

    def siblings(self) -> dict[str, int]:
        """Add up every worker's file beside this one."""
        if self.path is None:
            self._map.seek(0)
            return read_slots(self._map)
        total: dict[str, int] = {}
        for path in sorted(self.path.parent.glob("*.metrics")):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
                for key, value in read_slots(file).items():
                    total[key] = total.get(key, 0) + value
        return total


class Meter:
    """What one endpoint answered, by status, and how long it took.

    Where it has a `use`, the endpoint names in `series` what a request is counted under for its client.
    """

    __slots__ = ("_buckets", "_endpoint", "_metrics", "_micros", "_statuses", "_use", "_values")

    def __init__(self, metrics: Metrics, endpoint: str, use: NoteUse | None = None) -> None:
        """Count into `metrics` under the label `endpoint`, and by `use` for each client."""
        self._use = use
        self._metrics = metrics
        self._endpoint = endpoint
        self._values = metrics.values
        self._statuses: dict[int, int] = {}
        bounds = [*(str(bound) for bound in DURATIONS), "+Inf"]
        self._buckets = [
            metrics.slot("satsuma_request_seconds_bucket", endpoint=endpoint, le=le)
            for le in bounds
        ]
        self._micros = metrics.slot("satsuma_request_micros_total", endpoint=endpoint)

    def note(self, status: int, seconds: float, request: Request | None = None) -> None:
        """Count one answer, and tell the access log whose it was."""
        values = self._values
        index = self._statuses.get(status)
        if index is None:
            index = self._statuses[status] = self._metrics.slot(
                "satsuma_requests_total", endpoint=self._endpoint, status=str(status)
            )
        values[index] += 1
        bucket = bisect_left(DURATIONS, seconds)
        values[self._buckets[bucket]] += 1
        values[self._micros] += int(seconds * 1_000_000)
        access = self._metrics.access
        if access is not None and (status >= 400 or access.every) and request is not None:
            access.note(request, self._endpoint, status, seconds)
        if self._use is not None and request is not None and request.series:
            client_id = request.client_id
            if client_id is not None:
                self._use(client_id, request.series, status, bucket)


class CallMeters:
    """Meters of the gateway's calls: one for each API by name and version, one for addresses that name none."""

    def __init__(self, metrics: Metrics, use: NoteUse) -> None:
        """Count into `metrics`, under `gateway/NAME/vN` and `gateway`, and by `use` for each client."""
        self._metrics = metrics
        self._use = use
        self._meters: dict[str, Meter] = {}

    def note(self, api: str, status: int, seconds: float, request: Request) -> None:
        """Count one call of an API that there is, or of none."""
        meter = self._meters.get(api)
        if meter is None:
            label = f"gateway/{api}" if api else "gateway"
            meter = self._meters[api] = Meter(self._metrics, label, self._use)
        request.series = api
        meter.note(status, seconds, request)


def render_key(name: str, labels: dict[str, str]) -> str:
    """A counter's key in the exposition format."""
    if not labels:
        return name
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}"


def read_slots(file: Readable) -> dict[str, int]:
    """Read the counters of one worker's file, in the order of their slots; one that is not whole has none."""
    found: dict[str, int] = {}
    while slot := file.read(_SLOT):
        if not slot[0]:
            break
        name = slot[:_NAME].rstrip(b"\0")
        key = name.decode(errors="replace")
        if len(slot) < _SLOT or key in found or key.encode() != name or not _fits(key):
            return {}
        found[key] = int.from_bytes(slot[_NAME:], "little", signed=True)
    return found


def _fits(key: str) -> bool:
    """Say whether a key is one of the exposition format that a slot holds whole."""
    return len(key.encode()) <= _NAME and _KEY.fullmatch(key) is not None


def _number_at(at: int) -> int:
    """The index of the number in a slot."""
    return (at * _SLOT + _NAME) // 8


def _open_map(path: Path | None, size: int) -> mmap.mmap:
    """Map the file at `path` with the counters in it; one that is not whole gives way to a new one."""
    if path is None:
        return mmap.mmap(-1, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not _is_whole(path, size):
        path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)


def _is_whole(path: Path, size: int) -> bool:
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size == size and bool(read_slots(file))
    except OSError:
        return False
