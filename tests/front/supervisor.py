"""A supervisor of workers, with something happening at a bad moment: `-m tests.front.supervisor CASE` runs one case.

It runs in a process of its own, to which every orphan comes, so that it knows whether a worker was left.
"""

import contextlib
import ctypes
import itertools
import mmap
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from satsuma.front import workers
from tests.wire.server import wait_until

Serve = Callable[[int], None]

CHILD_SUBREAPER = 36
ROUNDS = 60
SOON = 0.02


class Notes:
    """What the workers write down, one line at a time, read by whoever forked them."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._lines: list[str] = []

    def write(self, text: str) -> None:
        os.write(self._writing, text.encode() + b"\n")

    def lines(self) -> list[str]:
        with contextlib.suppress(BlockingIOError):
            self._lines += os.read(self._reading, 65536).decode().splitlines()
        return self._lines


def supervise(serve: Serve, count: int = 2) -> int:
    """Fork a supervisor of `count` workers; gives its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        code = run(serve, count)
    finally:
        os._exit(code)


def run(serve: Serve, count: int = 2) -> int:
    return workers.Workers(count, serve).run()


def told(pid: int) -> int:
    """Tell a supervisor to leave; gives its status once it has left, and fails where it left somebody behind."""
    os.kill(pid, signal.SIGTERM)
    return left(pid)


def left(pid: int) -> int:
    ended: list[int] = []

    def has_ended() -> bool:
        found, status = os.waitpid(pid, os.WNOHANG)
        ended.extend([os.waitstatus_to_exitcode(status)] if found else [])
        return bool(found)

    wait_until(has_ended, 5, lambda: "the supervisor does not end")
    try:
        orphan = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return ended[0]
    raise AssertionError(f"left behind: {orphan}")


def serving(notes: Notes, worker: int) -> None:
    """Serve until SIGTERM ends the process."""
    notes.write(f"{worker} starts")
    signal.pause()


def crashing(worker: int) -> None:
    """End at once."""
    os._exit(3)


def failing(notes: Notes, worker: int) -> None:
    """Note when, and fail."""
    notes.write(str(time.monotonic()))
    raise RuntimeError("crashed")


def interrupt_fork(number: int, in_child: bool) -> None:
    """Send SIGTERM to the supervisor, or to the worker itself, just when the fork of this number returns."""
    real, forks, kill = os.fork, itertools.count(1), os.kill

    def fork() -> int:
        pid = real()
        if next(forks) == number and in_child is (pid == 0):
            kill(os.getpid(), signal.SIGTERM)
        return pid

    os.fork = fork


def note_kills(notes: Notes) -> None:
    """Let whoever signals a process write its id down before."""
    real = os.kill

    def kill(pid: int, number: int) -> None:
        notes.write(f"told {pid}")
        real(pid, number)

    os.kill = kill


def a_worker_forked_while_leaving() -> None:
    """The supervisor is told between the second fork and whatever comes next."""
    interrupt_fork(3, in_child=False)
    assert left(supervise(partial(serving, Notes()))) == 0


def a_worker_told_before_it_serves() -> None:
    """A worker is told while it is still a copy of its supervisor: it tells nobody, ends, and starts again."""
    workers._SOONEST_RESTART = SOON
    notes = Notes()
    interrupt_fork(3, in_child=True)
    note_kills(notes)
    pid = supervise(partial(serving, notes))
    wait_until(lambda: "1 starts" in notes.lines(), 5)
    assert sorted(notes.lines()) == ["0 starts", "1 starts"]
    assert told(pid) == 0


def told_between_a_workers_end_and_its_note() -> None:
    """The supervisor is told just when it has reaped a worker: it signals nobody whom it has reaped."""
    notes, kill = Notes(), os.kill
    ended: list[int] = []

    def reaping(real: Callable[..., tuple[int, int]], *arguments: int) -> tuple[int, int]:
        pid, status = real(*arguments)
        if pid and not ended:
            ended.append(pid)
            notes.write(f"ended {pid}")
            kill(os.getpid(), signal.SIGTERM)
        return pid, status

    def serve(worker: int) -> None:
        if worker == 0:
            os._exit(3)
        signal.pause()

    pid = os.fork()
    if not pid:
        os.wait, os.waitpid = partial(reaping, os.wait), partial(reaping, os.waitpid)
        note_kills(notes)
        os._exit(run(serve))
    assert left(pid) == 0
    first = notes.lines()[0].removeprefix("ended ")
    assert f"told {first}" not in notes.lines()


def told_at_any_moment_of_the_start() -> None:
    for number in range(ROUNDS):
        pid = supervise(partial(serving, Notes()), 3)
        time.sleep(0.008 * number / ROUNDS)
        assert told(pid) in (0, -signal.SIGTERM)


def told_at_any_moment_of_a_crash_loop() -> None:
    workers._SOONEST_RESTART = 0.002
    for number in range(ROUNDS):
        pid = supervise(crashing, 3)
        time.sleep(0.04 * number / ROUNDS)
        assert told(pid) in (0, 1, -signal.SIGTERM)


def a_crashed_worker_starts_again() -> None:
    """A worker that ends by itself starts again, but not sooner than it may."""
    workers._SOONEST_RESTART = 0.2
    notes = Notes()
    pid = supervise(partial(failing, notes), 1)
    wait_until(lambda: len(notes.lines()) >= 3, 5)
    assert told(pid) in (0, 1)
    started = [float(line) for line in notes.lines()]
    assert min(b - a for a, b in itertools.pairwise(started)) > 0.1


def a_crash_that_nobody_hears_of() -> None:
    """A worker starts again also where whoever read the supervisor's words is gone."""
    workers._SOONEST_RESTART = SOON
    notes = Notes()
    reading, writing = os.pipe()
    os.close(reading)
    kept = os.dup(2)
    os.dup2(writing, 2)
    pid = supervise(partial(failing, notes), 1)
    os.dup2(kept, 2)
    wait_until(lambda: len(notes.lines()) >= 3, 5)
    assert told(pid) in (0, 1)


def workers_drain() -> None:
    """Every worker is told once, and waited for."""
    notes = Notes()

    def serve(worker: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        notes.write("starts")
        signal.sigwait({signal.SIGTERM})
        notes.write("drained")

    pid = supervise(serve)
    wait_until(lambda: notes.lines() == ["starts"] * 2, 5)
    assert told(pid) == 0
    assert notes.lines() == ["starts"] * 2 + ["drained"] * 2


def a_worker_that_fails_while_draining() -> None:
    """A supervisor says with its status that a worker did not leave as it should."""
    notes = Notes()

    def serve(worker: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        notes.write("starts")
        signal.sigwait({signal.SIGTERM})
        os._exit(worker)

    pid = supervise(serve)
    wait_until(lambda: notes.lines() == ["starts"] * 2, 5)
    assert told(pid) == 1


def a_fork_that_the_system_refuses() -> None:
    """Where no process can be made, the others serve on, and it is tried again."""
    workers._SOONEST_RESTART = SOON
    notes = Notes()
    real, forks = os.fork, iter(range(1, 100))

    def fork() -> int:
        if next(forks) == 3:
            raise BlockingIOError("no more processes")
        return real()

    os.fork = fork
    pid = supervise(partial(serving, notes))
    wait_until(lambda: sorted(notes.lines()) == ["0 starts", "1 starts"], 5)
    assert told(pid) == 0


def a_supervisor_that_ends_without_a_word() -> None:
    """Its workers are told to leave by the system, whatever ended it: nobody else would ever tell them."""
    for number in (
        signal.SIGHUP,
        signal.SIGQUIT,
    ):  # a shell lets what it starts beside itself ignore them
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    for number in (signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT):
        notes = Notes()
        pid = supervise(partial(serving, notes), 3)
        wait_until(lambda seen=notes: len(seen.lines()) == 3, 5)
        os.kill(pid, number)
        assert all_left() == [-number, *[-signal.SIGTERM] * 3]


def a_supervisor_that_ends_while_a_worker_starts() -> None:
    """A worker that was forked by who is gone already does not serve for ever."""
    notes, fork = Notes(), os.fork

    def forking() -> int:
        pid = fork()
        if not pid:  # the worker's first moment is after its supervisor's last
            os.kill(os.getppid(), signal.SIGKILL)
            parent = os.getppid()
            wait_until(lambda: os.getppid() != parent or parent == reaper, 5)
        return pid

    reaper = os.getpid()
    pid = os.fork()
    if not pid:
        os.fork = forking
        os._exit(run(partial(serving, notes), 1))
    assert all_left() == [-signal.SIGKILL, -signal.SIGTERM]
    assert notes.lines() == []


def a_worker_that_can_never_start() -> None:
    """All leave, and the supervisor ends with the status that this failure has."""
    notes = Notes()

    def serve(worker: int) -> None:
        if worker:
            raise LookupError("no such table")
        serving(notes, worker)

    def hopeless(problem: Exception) -> int | None:
        return 3 if isinstance(problem, LookupError) else None

    assert workers.Workers(2, serve, hopeless).run() == 3


def a_worker_that_cannot_start_again_yet() -> None:
    """What ends everything at a first start is waited for at a later one."""
    workers._SOONEST_RESTART = SOON
    notes, was_here = Notes(), mmap.mmap(-1, 1)

    def serve(worker: int) -> None:
        notes.write("starts")
        if was_here[0]:
            raise ConnectionError("the database is away")
        was_here[0] = 1
        os._exit(1)

    pid = os.fork()
    if not pid:
        os._exit(workers.Workers(1, serve, lambda problem: 3).run())
    wait_until(lambda: len(notes.lines()) >= 4, 5)
    assert told(pid) in (0, 1)


def all_left() -> list[int]:
    """How all that were started, and all that they started, ended; fails where one does not."""
    ended: list[int] = []

    def nobody_is_left() -> bool:
        try:
            found, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        ended.extend([os.waitstatus_to_exitcode(status)] if found else [])
        return False

    wait_until(nobody_is_left, 5, lambda: f"somebody is left behind: {ended}")
    return sorted(ended, key=lambda code: code == -signal.SIGTERM)


CASES = [
    a_worker_forked_while_leaving,
    a_worker_told_before_it_serves,
    told_between_a_workers_end_and_its_note,
    told_at_any_moment_of_the_start,
    told_at_any_moment_of_a_crash_loop,
    a_crashed_worker_starts_again,
    a_crash_that_nobody_hears_of,
    workers_drain,
    a_worker_that_fails_while_draining,
    a_fork_that_the_system_refuses,
    a_supervisor_that_ends_without_a_word,
    a_supervisor_that_ends_while_a_worker_starts,
    a_worker_that_can_never_start,
    a_worker_that_cannot_start_again_yet,
]

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0)
    next(case for case in CASES if case.__name__ == sys.argv[1])()
