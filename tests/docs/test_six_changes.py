"""Each change of the page can be made as it says: its difference applies to this tree, and the test it adds passes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

CHANGES = ROOT / "docs" / "six-changes"
NAMES = ("column", "effect", "refusal", "endpoint", "setting", "page")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a change may touch."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("src", "client", "tests", "docs", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=NOT_COPIED)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def touched(difference: Path) -> list[str]:
    return re.findall(r"^\+\+\+ b/(.+)$", difference.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_change_applies_and_its_test_passes(name: str, whole: Path, tmp_path: Path) -> None:
    difference = CHANGES / f"{name}.diff"
    tree = shutil.copytree(whole, tmp_path / "tree")
    applied = subprocess.run(["git", "apply", difference], cwd=tree, capture_output=True, text=True)
    assert applied.returncode == 0, applied.stderr
    (test,) = (path for path in touched(difference) if re.search(r"/test_\w+\.py$", path))
    assert not (ROOT / test).exists()
    path = os.pathsep.join(str(tree / home) for home in ("src", "client/src"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path, "CI": ""},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_page_names_each_file_of_each_change() -> None:
    page = (ROOT / "docs" / "six-changes.md").read_text()
    sections = dict(re.findall(r"^## An? (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert tuple(sections) == NAMES
    for name, text in sections.items():
        listed = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
        assert listed == set(touched(CHANGES / f"{name}.diff")), name
