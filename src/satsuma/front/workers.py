"""Several workers on one socket: forked before anything runs, restarted when they die, drained together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

_SOONEST_RESTART: Final = 1.0
_LEAVE: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD: Final = _LEAVE | {signal.SIGCHLD}
_PR_SET_PDEATHSIG: Final = 1
_HOPELESS: Final = 64
"""With the status behind it: how a worker tells its supervisor that no other would fare better."""

Serve = Callable[[int], None]
Hopeless = Callable[[Exception], int | None]
"""The status to end with, where what a worker failed with would fail every one."""


class Workers:
    """The processes that share a listener; a worker that dies by itself is started again, at most once a second.

    Where one fails at its first start with what is `hopeless`, all leave; at a later one the others serve on, whatever
    it finds changed. A worker leaves with its supervisor, however that ends. Signals are held back and taken one at a
    time between two steps, so that none arrives in the middle of one, such as between a fork and the note of its pid.
    """

    def __init__(
        self,
        count: int,
        serve: Serve,
        hopeless: Hopeless = lambda problem: None,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to run `count` processes of `serve`, each with its number; `leave` is called once, when all shall.

        It lets go of what a worker closes when it has drained, such as a listener, and the supervisor would still hold.
        """
        self._let_go = leave
        self._serve = serve
        self._hopeless = hopeless
        self._mask: set[int] = set()
        self._earliest = dict.fromkeys(range(count), 0.0)
        self._missing = set(self._earliest)
        self._pids: dict[int, int] = {}
        self._leaving = False
        self._status = 0

    def run(self) -> int:
        """Run until told to leave and every worker has left; give the exit status.

        The signals stay held back at the end: the process is about to leave, and is told nothing new.
        """
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        signal.signal(signal.SIGCHLD, _hear)  # of what is ignored, nothing would be heard
        while self._pids or not self._leaving:
            self._start_due()
            if self._next_signal() in _LEAVE:
                self._leave()
            self._reap()
        return self._status

    def _start_due(self) -> None:
        for worker in sorted(self._missing):
            if self._earliest[worker] <= time.monotonic():
                self._start(worker)

    def _start(self, worker: int) -> None:
        is_first = not self._earliest[worker]
        self._earliest[worker] = time.monotonic() + _SOONEST_RESTART
        supervisor = os.getpid()
        try:
            pid = os.fork()
        except OSError as problem:
            _say(f"worker {worker} cannot start: {problem}")
            return
        if pid == 0:
            self._work(worker, supervisor, is_first)
        self._pids[pid] = worker
        self._missing.discard(worker)

    def _work(self, worker: int, supervisor: int, is_first: bool) -> NoReturn:
        """Serve in the new process, which hears signals as if it had no supervisor."""
        code = 1
        try:
            for name in _HEARD:
                signal.signal(name, signal.SIG_DFL)
            _leave_with(supervisor)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
            self._serve(worker)
            code = 0
        except Exception as problem:
            _say(f"worker {worker}: {problem}")
            hopeless = self._hopeless(problem) if is_first else None
            code = 1 if hopeless is None else _HOPELESS + hopeless
        finally:
            os._exit(code)

    def _next_signal(self) -> int:
        """Wait for a signal, or until a worker may start; 0 where there is none."""
        if not self._missing:
            return signal.sigwait(_HEARD)
        wait = min(self._earliest[worker] for worker in self._missing) - time.monotonic()
        heard = signal.sigtimedwait(_HEARD, max(wait, 0.0))
        return 0 if heard is None else heard.si_signo

    def _leave(self) -> None:
        """Tell every worker to leave, again where it was told before; start none any more."""
        if not self._leaving:
            self._let_go()
        self._leaving = True
        self._missing.clear()
        for pid in self._pids:
            os.kill(pid, signal.SIGTERM)

    def _reap(self) -> None:
        """Take leave of every worker that has ended; nobody else does, so that each pid in hand is a worker's."""
        while self._pids:
            pid, ended = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            worker = self._pids.pop(pid, None)
            if worker is not None:
                self._note_end(worker, os.waitstatus_to_exitcode(ended))

    def _note_end(self, worker: int, code: int) -> None:
        if code > _HOPELESS:
            self._status = self._status or code - _HOPELESS
            self._leave()
        elif self._leaving:
            self._status = self._status or (0 if code in (0, -signal.SIGTERM) else 1)
        else:
            _say(f"worker {worker} ended with {code}; starting another")
            self._missing.add(worker)


def _leave_with(supervisor: int) -> None:
    """Let the system tell this process to leave when its supervisor ends, whatever ends that; now, where it is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGTERM)


def _hear(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal is taken from where it is held back."""


def _say(text: str) -> None:
    """Write a line for the operator; where nobody reads any more, the work goes on."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"satsuma: {text}\n")
        sys.stderr.flush()


def remove_run_dir(run_dir: str) -> None:
    """Remove the folder of the workers' counters."""
    for path in Path(run_dir).glob("*.metrics"):
        path.unlink(missing_ok=True)
    Path(run_dir).rmdir()
