"""The mutants: what a weak test lets live is found, a strong one leaves none, and each survivor needs a reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutants import differences
from bench.mutations import mutants_of

ROOT = Path(__file__).parents[2]
RULE = '''"""A limit of 10."""

from typing import Final, Literal

Kind = Literal["open", "shut"]
LIMIT: Final[int] = 10
"""How many, at most 10."""


def is_within(count: int, kind: "Kind") -> bool:
    """Say whether it is at most 10."""
    return count <= LIMIT and not kind == "shut"
'''
WEAK = """from sample.limit import is_within

def test_a_limit():
    assert is_within(3, "open") is True
    assert is_within(50, "open") is False
    assert is_within(3, "shut") is False
"""
STRONG = f"""{WEAK}
    assert is_within(10, "open") is True
    assert is_within(11, "open") is False
"""


def a_room(folder: Path, rule: str = RULE) -> Path:
    room = folder / "sample"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "limit.py").write_text(rule)
    return room / "limit.py"


def campaign(folder: Path, tests: str, rule: str = RULE) -> tuple[int, str]:
    a_room(folder, rule)
    (folder / "checks").mkdir()
    (folder / "checks/test_limit.py").write_text(tests)
    (folder / "known.toml").write_text("survivor = []")
    words = ["--sources", "sample", "--tests", "checks", "--known", "known.toml"]
    ended = subprocess.run(
        [sys.executable, "-m", "bench.mutants", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"},
        capture_output=True,
        text=True,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(("tests", "survive"), [(WEAK, ["11", "<"]), (STRONG, [])])
def test_a_weak_test_leaves_survivors_and_a_strong_one_none(
    tmp_path: Path, tests: str, survive: list[str]
) -> None:
    ended, text = campaign(tmp_path, tests)
    assert ended == (1 if survive else 0), text
    assert text.count("survives, and no entry says why") == len(survive)
    changed = {"11": "LIMIT: Final[int] = 11", "<": "return count < LIMIT and not kind =="}
    assert [name for name in changed if f'after = "{changed[name]}' in text] == survive
    assert f"sample.limit: 10 mutants, {10 - len(survive)} killed, {len(survive)} survive" in text


def test_what_an_import_calls_is_noticed_too(tmp_path: Path) -> None:
    called = "def _limit() -> int:\n    return 10\n\n\nLIMIT: Final[int] = _limit()"
    ended, text = campaign(tmp_path, STRONG, RULE.replace("LIMIT: Final[int] = 10", called))
    assert ended == 0, text
    assert "0 survive" in text


@pytest.mark.parametrize("tests", ["def test_nothing(): pass", WEAK.replace("50", "5")])
def test_tests_that_fail_or_see_no_rule_show_nothing(tmp_path: Path, tests: str) -> None:
    ended, text = campaign(tmp_path, tests)
    assert ended == 1
    assert "no mutant was tried" in text


def test_each_survivor_has_a_reason_and_each_reason_a_survivor(tmp_path: Path) -> None:
    first, second, *_ = mutants_of(a_room(tmp_path))
    entry = {"module": first.module, "before": first.before, "after": first.after}
    known = [entry | {"reason": "equal in effect"}]
    assert differences([first], known) == []
    (told,) = differences([second, first], known)
    assert told.startswith("survives, and no entry says why")
    (told,) = differences([], known)
    assert told.startswith("survives no more")
    (told,) = differences([first], [entry | {"reason": ""}])
    assert told.startswith("has no reason")
    assert differences([], known, only="other") == []


def test_words_and_types_are_left_as_they_are(tmp_path: Path) -> None:
    afters = {mutant.after for mutant in mutants_of(a_room(tmp_path))}
    assert afters == {
        "LIMIT: Final[int] = 11",
        "return None",
        'return count < LIMIT and not kind == "shut"',
        'return count > LIMIT and not kind == "shut"',
        'return count <= LIMIT or not kind == "shut"',
        'return True and not kind == "shut"',
        "return count <= LIMIT and True",
        'return count <= LIMIT and kind == "shut"',
        'return count <= LIMIT and not kind != "shut"',
        'return count <= LIMIT and not kind == "shut~"',
    }


def test_what_is_removed_or_decided_otherwise(tmp_path: Path) -> None:
    rule = """import re

_NAME = re.compile(r"[a-z]{2,40}\\Z")


class Rule:
    def check(self, name: str) -> int:
        if not name:
            raise ValueError("none")
        self.seen = [each for each in name if each]
        return 1 if len(name) + 1 > 2 else 0
"""
    afters = {(mutant.function, mutant.after) for mutant in mutants_of(a_room(tmp_path, rule))}
    assert {
        ("", '_NAME = re.compile(r"[a-z]{1,40}\\Z")'),
        ("", '_NAME = re.compile(r"[a-z]{2,41}\\Z")'),
        ("", '_NAME = re.compile(r"[a-z]{2,40}")'),
        ("Rule.check", "if name:"),
        ("Rule.check", "if False:"),
        ("Rule.check", "if True:"),
        ("Rule.check", "pass"),
        ("Rule.check", "self.seen = [each for each in name if True]"),
        ("Rule.check", "return 1 if len(name) - 1 > 2 else 0"),
        ("Rule.check", "return 1 if len(name) + 1 >= 2 else 0"),
        ("Rule.check", "return 1 if False else 0"),
    } <= afters
