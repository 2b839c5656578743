"""Counters that cost a few nanoseconds, survive their worker, and add up over all workers.

Each worker maps one file of fixed slots: 248 bytes of name and labels, then a 64-bit number. Whoever is asked for
`/metrics` reads every worker's file and adds.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from pathlib import Path
from typing import Final, Protocol

_SLOT = 256
_NAME = 248
_SLOTS = 16384
LEFT: Final = 499
"""The status under which an answer is counted that nobody waited for."""

DURATIONS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Readable(Protocol):
    """What gives bytes in order: a file, or memory that is mapped."""

    def read(self, n: int, /) -> bytes:
        """Give the next `n` bytes, fewer at the end."""


class Metrics:
    """One worker's counters; `values[index] += n` is the whole cost on a hot path."""

    def __init__(self, path: Path | None = None) -> None:
        """Map the file at `path`, or memory of this process alone."""
        self.path = path
        self.worker = "0" if path is None else path.stem
        size = _SLOT * _SLOTS
        if path is None:
            self._map = mmap.mmap(-1, size)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.ftruncate(descriptor, size)
                self._map = mmap.mmap(descriptor, size)
            finally:
                os.close(descriptor)
        self.values = memoryview(self._map).cast("q")
        self._index: dict[str, int] = {}

    def slot(self, name: str, **labels: str) -> int:
        """Give the index of a counter, made at first use; all that come after the last slot share that one."""
        key = render_key(name, labels)
        index = self._index.get(key)
        if index is None:
            at = min(len(self._index), _SLOTS - 1)
            if at == _SLOTS - 1:
                key = "satsuma_overflow_total"
            encoded = key.encode()[:_NAME]
            self._map[at * _SLOT : at * _SLOT + len(encoded)] = encoded
            index = self._index[key] = (at * _SLOT + _NAME) // 8
        return index

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a counter by name; for paths that are not hot."""
        self.values[self.slot(name, **labels)] += amount

    def put(self, name: str, value: int, **labels: str) -> None:
        """Set a gauge."""
        self.values[self.slot(name, **labels)] = value

    def siblings(self) -> dict[str, int]:
        """Add up every worker's file beside this one."""
        if self.path is None:
            self._map.seek(0)
            return read_slots(self._map)
        total: dict[str, int] = {}
        for path in sorted(self.path.parent.glob("*.metrics")):
            with path.open("rb") as file:
                for key, value in read_slots(file).items():
                    total[key] = total.get(key, 0) + value
        return total


class Meter:
    """What one endpoint answered, by status, and how long it took."""

    __slots__ = ("_buckets", "_endpoint", "_metrics", "_micros", "_statuses", "_values")

    def __init__(self, metrics: Metrics, endpoint: str) -> None:
        """Count into `metrics` under the label `endpoint`."""
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

    def note(self, status: int, seconds: float) -> None:
        """Count one answer."""
        values = self._values
        index = self._statuses.get(status)
        if index is None:
            index = self._statuses[status] = self._metrics.slot(
                "satsuma_requests_total", endpoint=self._endpoint, status=str(status)
            )
        values[index] += 1
        values[self._buckets[bisect_left(DURATIONS, seconds)]] += 1
        values[self._micros] += int(seconds * 1_000_000)


class CallMeters:
    """Meters of the gateway's calls: one for each API by name and version, one for addresses that name none."""

    def __init__(self, metrics: Metrics) -> None:
        """Count into `metrics`, under `gateway/NAME/vN` and `gateway`."""
        self._metrics = metrics
        self._meters: dict[str, Meter] = {}

    def note(self, api: str, status: int, seconds: float) -> None:
        """Count one call of an API that there is, or of none."""
        meter = self._meters.get(api)
        if meter is None:
            label = f"gateway/{api}" if api else "gateway"
            meter = self._meters[api] = Meter(self._metrics, label)
        meter.note(status, seconds)


def render_key(name: str, labels: dict[str, str]) -> str:
    """Give a counter's key in the exposition format."""
    if not labels:
        return name
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}"


def read_slots(file: Readable) -> dict[str, int]:
    """Read the counters of one worker's file, as far as they go."""
    found: dict[str, int] = {}
    while slot := file.read(_SLOT):
        name = slot[:_NAME].rstrip(b"\x00")
        if not name:
            break
        key = name.decode()
        number = int.from_bytes(slot[_NAME:], "little", signed=True)
        found[key] = found.get(key, 0) + number
    return found
