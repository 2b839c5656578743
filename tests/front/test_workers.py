"""The supervisor of several workers: it starts what dies, tells everybody to leave, and never leaves one behind."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.front.supervisor import CASES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", [case.__name__ for case in CASES])
def test_workers(case: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "tests.front.supervisor", case]
    with (
        log.open("wb") as sink,
        subprocess.Popen(command, cwd=ROOT, stderr=sink, start_new_session=True) as process,
    ):
        try:
            assert process.wait(60) == 0, log.read_text()[-3000:]
        finally:
            with contextlib.suppress(ProcessLookupError):  # what a failed case left
                os.killpg(process.pid, signal.SIGKILL)
