"""SIGTERM at any moment: a server ends within its drain, and leaves no process behind; of two workers where it may be.

The moments are spread over the whole of a start and the second after it, so that some fall between two forks, some
before a worker serves and some into its first requests. What is left is found by a mark in its environment, not by its
parent: an orphan has none of ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from satsuma.store.opening import open_store
from tests.wire.server import SATSUMA, clean_environment, free_port

DRAIN = 1
"""Seconds, the default of `drain`."""
WITHIN = DRAIN + 4.0
"""Seconds: the drain, and what a busy machine takes to end three processes."""
_LATEST = 3.0
_MARK = "TERMINATION_MARK"
_MASTER_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"


@dataclass
class Terminations:
    """How they ended: the statuses, and what went wrong, each with the moment at which it was told."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0


def terminate(url: str, redis: str | None, rounds: int, seed: int, folder: Path) -> Terminations:
    """Start and terminate a server so many times: of two workers with a Redis, of one without."""
    asyncio.run(open_store(url, upgrade=True).close())
    draw, result = random.Random(seed), Terminations()
    for _ in range(rounds):
        _round(url, redis, draw.uniform(0.0, _LATEST), folder / "server.log", result)
    return result


def _round(url: str, redis: str | None, moment: float, log: Path, result: Terminations) -> None:
    mark = secrets.token_hex(8)
    own = {_MARK: mark, "SATSUMA_MASTER_KEY": _MASTER_KEY}
    command = [SATSUMA, "serve", "--port", str(free_port()), "--database", url]
    if redis is not None:
        command += ["--workers", "2", "--redis", redis]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=clean_environment(own))
    time.sleep(moment)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    try:
        status = process.wait(WITHIN)
    except subprocess.TimeoutExpired:
        result.faults.append(f"told after {moment:.3f} s: alive {WITHIN} s later")
        process.kill()
        status = process.wait()
    result.statuses[status] += 1
    result.slowest = max(result.slowest, time.monotonic() - told)
    if status not in (0, -signal.SIGTERM):
        result.faults.append(
            f"told after {moment:.3f} s: ended with {status}: {log.read_text()[-500:]}"
        )
    for pid in marked(mark):
        result.faults.append(f"told after {moment:.3f} s: left {pid} behind")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def marked(mark: str) -> list[int]:
    """The processes that carry a mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found
