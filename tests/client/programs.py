"""What is asked of every program in `examples`."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.house.tree import ROOT

LONGEST: Final = 60


def is_short_and_its_types_hold(program: Path) -> None:
    """Fail unless a program has less than LONGEST lines, and mypy --strict and pyright find nothing in it."""
    assert len(program.read_text().splitlines()) < LONGEST
    checks = (
        ["mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml")],
        ["pyright", "--pythonpath", sys.executable],
    )
    for name, *options in checks:
        command = [str(Path(sys.executable).with_name(name)), *options, str(program)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
