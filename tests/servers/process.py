"""Start a service so that it ends with us, wait until it answers, end it by its id."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

STARTS_WITHIN = 60.0
ENDS_WITHIN = 30.0


class ServiceFailed(Exception):
    """A service is not installed, did not start, or did not end."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str, *, places: Sequence[Path] = ()) -> str:
    """Find an installed program, first in `places`, then on the path; say what to install."""
    for place in places:
        if (place / name).exists():
            return str(place / name)
    if found := shutil.which(name):
        return found
    raise ServiceFailed(
        f"{name} is not installed: sudo apt-get install --no-install-recommends {package}"
    )


def ends_with_us(*, user: str | None = None, signal_name: str = "TERM") -> list[str]:
    """Prefix a command so that the kernel ends it when its starter dies, whatever killed us.

    The starter is a thread, so start services from one that lives as long as they shall.
    `setpriv` becomes the command, so the id that was started is the service's own.
    """
    prefix = ["setpriv", "--pdeathsig", signal_name]
    if user is not None:
        prefix += ["--reuid", user, "--regid", user, "--init-groups"]
    return [*prefix, "--"]


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    end_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=log.parent
        )
    try:
        wait_until_ready(process, log, is_ready)
        yield process
    finally:
        end(process, end_signal)


def wait_until_ready(
    process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool]
) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServiceFailed(
                f"{log.stem} did not start:\n{log.read_text(errors='replace')[-4000:]}"
            )
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes], end_signal: signal.Signals) -> None:
    """End the process we started, and it alone; a test may have killed it already."""
    if process.poll() is not None:
        return
    # A stopped process (a test may have paused it) hears nothing until it goes on.
    os.kill(process.pid, signal.SIGCONT)
    process.send_signal(end_signal)
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ServiceFailed(f"process {process.pid} did not end in {ENDS_WITHIN:.0f} s") from None
