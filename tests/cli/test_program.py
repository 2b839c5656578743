"""The program that finds its commands."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.wire.server import SATSUMA, clean_environment, run_satsuma


@pytest.mark.parametrize(
    ("typed", "meant"), [("app", "'apps'"), ("serv", "'serve'"), ("keyz", "'keys'")]
)
def test_a_mistyped_command_is_answered_with_those_that_are_like_it(typed: str, meant: str) -> None:
    done = run_satsuma(typed)
    assert done.returncode == 2
    assert "Did you mean" in done.stderr
    assert meant in done.stderr


def test_a_reader_that_has_seen_enough_hears_nothing_more(tmp_path: Path) -> None:
    """As `| head` does, which closes its end."""
    database = {"SATSUMA_DATABASE": f"sqlite:///{tmp_path / 'x.db'}"}
    assert run_satsuma("accounts", "create", "a@example.org", environment=database).returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [SATSUMA, "accounts", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=clean_environment(database),
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
