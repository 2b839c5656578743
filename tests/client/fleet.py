"""Processes that share a cache and start at once."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")


class Worker:
    def __init__(self, told: dict[str, Any], before: tuple[str, ...] = ()) -> None:
        command = [*before, sys.executable, str(WORKER), json.dumps(told)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def tell(self, what: str = "token") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        heard: dict[str, Any] = json.loads(self.process.stdout.readline())
        return heard


@contextmanager
def fleet(count: int, told: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[list[Worker]]:
    """So many processes, all of them ready."""
    workers = [Worker(told, before) for _ in range(count)]
    try:
        for worker in workers:
            worker.ready()
        yield workers
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.process.kill()
            worker.process.wait()
            for pipe in (worker.process.stdin, worker.process.stdout):
                with suppress(OSError, AttributeError):
                    pipe.close()  # type: ignore[union-attr]


def all_at_once(workers: list[Worker], what: str = "token") -> list[dict[str, Any]]:
    for worker in workers:
        worker.tell(what)
    return [worker.hear() for worker in workers]
