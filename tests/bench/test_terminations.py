"""The terminations of the soak: a server that is told at any moment ends, and what is left behind is found."""

import os
import subprocess
import sys
from pathlib import Path

from bench.terminations import marked, terminate


def test_a_server_that_is_told_at_any_moment_ends_in_time(
    postgres_database: str, redis_database: str, tmp_path: Path
) -> None:
    result = terminate(postgres_database, redis_database, 4, 7, tmp_path)
    assert result.faults == []
    assert sum(result.statuses.values()) == 4


def test_a_server_on_sqlite_that_is_told_at_any_moment_ends_in_time(tmp_path: Path) -> None:
    result = terminate(f"sqlite:///{tmp_path / 'satsuma.db'}", None, 4, 7, tmp_path)
    assert result.faults == []
    assert sum(result.statuses.values()) == 4


def test_what_is_left_behind_is_found_by_its_mark() -> None:
    environment = os.environ | {"TERMINATION_MARK": "a-mark-of-this-test"}
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], env=environment, stdin=subprocess.PIPE
    ) as process:
        assert process.pid in marked("a-mark-of-this-test")
        process.communicate(b"\n")
    assert marked("a-mark-of-this-test") == []
