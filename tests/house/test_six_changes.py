"""The differences on the page of six changes apply to this tree: where a neighbour moved, rebase them with it."""

import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

DIFFERENCES = sorted((ROOT / "docs" / "six-changes").glob("*.diff"))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda path: path.stem)
def test_a_difference_applies(difference: Path) -> None:
    checked = subprocess.run(
        ["git", "apply", "--check", difference], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_there_are_six() -> None:
    assert len(DIFFERENCES) == 6
