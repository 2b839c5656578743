"""Several workers on one socket: forked before anything runs, restarted when they die, drained together."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from satsuma.app.settings import Settings

_SOONEST_RESTART: Final = 1.0

Serve = Callable[[Settings, socket.socket, int], None]


class Workers:
    """The processes that share a listener; a worker that dies by itself is started again, at most once a second."""

    def __init__(self, settings: Settings, listener: socket.socket, serve: Serve) -> None:
        """Prepare to run `settings.workers` processes of `serve`."""
        self._settings = settings
        self._listener = listener
        self._serve = serve
        self._pids: dict[int, int] = {}
        self._started: dict[int, float] = {}
        self._leaving = False

    def run(self) -> int:
        """Run until told to leave and every worker has left; give the exit status."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._leave)
        for worker in range(self._settings.workers):
            self._start(worker)
        status = 0
        while self._pids:
            pid, ended = os.wait()
            worker = self._pids.pop(pid, -1)
            if worker < 0:
                continue
            code = os.waitstatus_to_exitcode(ended)
            if self._leaving:
                status = status or (0 if code in (0, -signal.SIGTERM) else 1)
            else:
                sys.stderr.write(f"satsuma: worker {worker} ended with {code}; starting another\n")
                self._start(worker)
        return status

    def _start(self, worker: int) -> None:
        wait = self._started.get(worker, 0.0) + _SOONEST_RESTART - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        if self._leaving:
            return
        self._started[worker] = time.monotonic()
        pid = os.fork()
        if pid:
            self._pids[pid] = worker
            return
        code = 1
        try:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, signal.SIG_DFL)
            self._serve(self._settings, self._listener, worker)
            code = 0
        except Exception as problem:
            sys.stderr.write(f"satsuma: worker {worker}: {problem}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self._leaving = True
        for pid in self._pids:
            os.kill(pid, signal.SIGTERM)


def remove_run_dir(run_dir: str) -> None:
    """Remove the folder of the workers' counters."""
    for path in Path(run_dir).glob("*.metrics"):
        path.unlink(missing_ok=True)
    Path(run_dir).rmdir()
