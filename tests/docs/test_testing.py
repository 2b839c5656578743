"""What the page on testing lets a reader paste works: its tests pass, its commands and its program in Node run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import read_blocks
from tests.wire.server import SATSUMA

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCKS = read_blocks(PAGE.read_text())
TESTS = [block.text for block in BLOCKS if block.language == "python"]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{SATSUMA.parent}:{os.environ['PATH']}"
    own = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=folder, env=own)


@pytest.mark.parametrize("number", range(len(TESTS)))
def test_each_test_of_the_page_passes(number: int, tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(TESTS[number])
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:asyncio"]
    done = run([*command, "-c", "/dev/null", "--rootdir", "."], tmp_path)
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_commands_of_the_page_are_run_and_the_program_in_node(tmp_path: Path) -> None:
    commands = [block.text for block in BLOCKS if block.kind == "run"]
    (program,) = (block.text for block in BLOCKS if block.language == "javascript")
    (tmp_path / "program.mjs").write_text(program)
    script = [
        "set -e",
        "trap 'kill $(jobs -p); wait' EXIT",
        *commands,
        "CONTROL=$CONTROL KEY=$KEY node program.mjs > by-node",
    ]
    done = run(["bash", "-c", "\n".join(script)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "by-node").read_text() == "Bearer\n"
    assert '"client_id": "' in done.stdout and '"requests": []' in done.stdout
    assert '"token_type":"Bearer"' in done.stdout
