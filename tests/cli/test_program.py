"""The program that finds its commands."""

import pytest

from tests.wire.server import run_satsuma


@pytest.mark.parametrize(
    ("typed", "meant"), [("app", "'apps'"), ("serv", "'serve'"), ("keyz", "'keys'")]
)
def test_a_mistyped_command_is_answered_with_those_that_are_like_it(typed: str, meant: str) -> None:
    done = run_satsuma(typed)
    assert done.returncode == 2
    assert "Did you mean" in done.stderr
    assert meant in done.stderr
