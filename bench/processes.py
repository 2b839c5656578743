"""Servers under measurement: started on their core, their CPU and memory read from /proc, ended by their id."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import end, ends_with_us, wait_until_ready

_TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """Give the core of the servers and the core of the load; the same one where there is no second."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1] if len(usable) > 1 else usable[0]


SERVER_CORE, LOAD_CORE = cores()


@dataclass
class Running:
    """A server that answers on a loopback port."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tree(self) -> list[int]:
        """The ids of the process and all below it."""
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    waiting += [int(each) for each in (task / "children").read_text().split()]
        return found

    def cpu(self) -> float:
        """Seconds of CPU that the tree has used."""
        total = 0
        for pid in self.tree:
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += int(stat[11]) + int(stat[12])
        return total / _TICKS

    def pss(self) -> float:
        """Proportional set size of the tree, in MB (10^6 bytes)."""
        return sum(_memory(pid, "Pss") for pid in self.tree)

    def rss(self) -> float:
        """Resident set size of the tree, in MB."""
        return sum(_memory(pid, "Rss") for pid in self.tree)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        return self.ask("GET", path, headers)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def rest(self, patience: float = 10.0) -> None:
        """Wait until the server is idle: work left over from one load must not tax the next."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            before = self.cpu()
            time.sleep(0.1)
            if self.cpu() - before <= 0.02:
                return


def _memory(pid: int, what: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024 / 1_000_000
    return 0.0


@contextlib.contextmanager
def started(
    name: str,
    command: Sequence[str | Path],
    port: int,
    folder: Path,
    ready: str = "/",
    environment: Mapping[str, str] | None = None,
    core: int = SERVER_CORE,
) -> Iterator[Running]:
    """Run a server on `core` until the block ends; gives it when `ready` is answered, whatever the status."""
    log = folder / f"{name}.log"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SATSUMA_")}
    pinned = [*ends_with_us(), "taskset", "-c", str(core), *map(str, command)]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            pinned,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=inherited | dict(environment or {}),
            cwd=folder,
        )
    running = Running(name, port, process, log)
    try:
        wait_until_ready(process, log, lambda: _answers(running, ready))
        yield running
    finally:
        end(process, signal.SIGTERM)


def _answers(running: Running, path: str) -> bool:
    try:
        return running.get(path)[0] < 500
    except (OSError, http.client.HTTPException):
        return False


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run what the block starts, and the block itself, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
