"""What CI promises: nothing is skipped, each stage is timed, nothing is left running."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.house.tree import ROOT

SKIPS = {
    "test_call.py": "import pytest\ndef test_it(): pytest.skip('no such call')",
    "test_mark.py": "import pytest\n@pytest.mark.skip(reason='no such mark')\ndef test_it(): ...",
    "test_module.py": "import pytest\npytest.skip('no such module', allow_module_level=True)",
}
XFAIL = {"test_it.py": "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False"}


def run_pytest(place: Path, files: dict[str, str], *, ci: str) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (place / name).write_text(text)
    quick = ("-p", "no:cacheprovider", "-p", "no:schemathesis")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.conftest", *quick),
            *("-c", ROOT / "pyproject.toml", "--rootdir", place, "--continue-on-collection-errors"),
            place,
        ],
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_fails_in_ci(tmp_path: Path) -> None:
    said = run_pytest(tmp_path, SKIPS, ci="true").stdout
    for kind in ("call", "mark", "module"):
        assert f"Nothing is skipped in CI: Skipped: no such {kind}" in said, said
    assert "1 failed, 2 errors in" in said  # a marked skip is met in set-up


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    assert "3 skipped in" in run_pytest(tmp_path, SKIPS, ci="").stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    assert run_pytest(tmp_path, XFAIL, ci="true").returncode == 0


def install_ci(place: Path, makefile: str) -> None:
    """Put a copy of .ci/run where `make` means something small."""
    for name in (".ci/run", "tools/timed"):
        (place / name).parent.mkdir()
        (place / name).write_text((ROOT / name).read_text())
        (place / name).chmod(0o755)
    (place / "Makefile").write_text(makefile)


def run_ci(place: Path, makefile: str) -> subprocess.CompletedProcess[str]:
    install_ci(place, makefile)
    return subprocess.run(
        [place / ".ci/run"],
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_ci_times_each_stage_and_passes(tmp_path: Path) -> None:
    done = run_ci(
        tmp_path, "dev:\n\t@true\ncheck:\n\t@tools/timed lint true\ntest:\n\t@echo 9 passed\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[-4:-1]] == [
        "setup",
        "lint",
        "total",
    ]
    assert "9 passed" in done.stdout


def test_ci_fails_where_a_stage_fails(tmp_path: Path) -> None:
    done = run_ci(
        tmp_path, "dev:\n\t@true\ncheck:\n\t@tools/timed lint false\ntest:\n\t@echo late\n"
    )
    assert done.returncode != 0
    assert "late" not in done.stdout


def test_ci_hears_a_signal_and_ends_what_it_started(tmp_path: Path) -> None:
    install_ci(tmp_path, "dev:\n\t@echo $$$$ >make; exec sleep 300\n")
    with subprocess.Popen([tmp_path / ".ci/run"], stdout=subprocess.PIPE, text=True) as ci:
        wait_for((tmp_path / "make").exists)
        ci.terminate()
        assert ci.wait(20) == 143
    started = int((tmp_path / "make").read_text())
    wait_for(lambda: not Path(f"/proc/{started}").exists())


def test_ci_ends_and_reports_what_was_left_running(tmp_path: Path) -> None:
    makefile = (
        "dev:\n\t@true\ncheck:\n\t@true\n"
        "test:\n\t@setsid sh -c 'echo $$$$ >left; exec sleep 300' >/dev/null 2>&1 & sleep 0.5\n"
    )
    done = run_ci(tmp_path, makefile)
    left = int((tmp_path / "left").read_text())
    assert done.returncode != 0
    assert f"Left running: {left}" in done.stderr
    wait_for(lambda: not Path(f"/proc/{left}").exists())
