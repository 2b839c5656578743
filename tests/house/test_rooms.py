"""Rooms have names that say something, and a charter; the pure ones stay pure."""

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.house.tree import Tree

BANNED = frozenset(
    {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core", "services"}
)
CHARTER = 15
OURS = ("src/", "client/src/")
PURE = ("client/src/satsuma_client/protocol/", "src/satsuma/domain/")
TOPS = frozenset({"satsuma", "satsuma_client"})
# Tables that a rule of the domain may look up: no state, no clock, nothing that waits (ADR-0020).
TABLES = frozenset({"idna"})
# Attributes that read a clock or draw at random, whatever they hang on.
IMPURE = frozenset({"now", "utcnow", "today", "urandom", "uuid1", "uuid4", "monotonic"})

# The parts of the standard library that reach the network, where the whole package does not.
REACHING = frozenset({"http.client", "http.server", "urllib.request"})


def banned_names(tree: Tree) -> list[str]:
    return [
        f"{path}: '{part}' names no room"
        for path in tree.under(*OURS, "tests/", "bench/", "tools/", ending=".py")
        for part in PurePosixPath(path).with_suffix("").parts
        if part in BANNED
    ]


def bad_charters(tree: Tree) -> Iterator[str]:
    for path in tree.under(*OURS, ending="/__init__.py"):
        charter = ast.get_docstring(tree.module(path), clean=False)
        if not charter:
            yield f"{path}: no charter"
        elif (lines := len(charter.strip().splitlines())) > CHARTER:
            yield f"{path}: a charter of {lines} lines, {CHARTER} allowed"
    packages = {
        str(PurePosixPath(path).parent)
        for path in tree.under("src/satsuma/", "client/src/satsuma_client/", ending=".py")
    }
    for package in sorted(packages):
        # Migrations are scripts in order, read by alembic: a folder of files, not a room.
        if f"{package}/__init__.py" not in tree and not package.endswith("/migrations/versions"):
            yield f"{package}: no __init__.py"


def impurities(tree: Tree) -> Iterator[str]:
    for path in tree.under(*PURE, ending=".py"):
        for node in ast.walk(tree.module(path)):
            if isinstance(node, ast.Attribute) and node.attr in IMPURE:
                yield f"{path}:{node.lineno}: .{node.attr} is an argument here, not a call"
            for name in imported(node):
                top = name.partition(".")[0]
                if top in TABLES and path.startswith("src/satsuma/domain/"):
                    continue
                if (top not in sys.stdlib_module_names and top not in TOPS) or name in REACHING:
                    yield f"{path}:{node.lineno}: imports {name}"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


@pytest.mark.parametrize("path", ["src/satsuma/web/utils.py", "src/satsuma/common/a.py"])
def test_a_banned_name_is_found(path: str) -> None:
    assert len(banned_names(Tree({path: ""}))) == 1


@pytest.mark.parametrize(
    ("texts", "finding"),
    [
        ({"src/satsuma/a/__init__.py": "import os"}, "src/satsuma/a/__init__.py: no charter"),
        (
            {"src/satsuma/a/__init__.py": '"""One.\n' + "Two.\n" * 15 + '"""'},
            "src/satsuma/a/__init__.py: a charter of 16 lines, 15 allowed",
        ),
        ({"src/satsuma/a/b.py": ""}, "src/satsuma/a: no __init__.py"),
    ],
)
def test_a_bad_charter_is_found(texts: dict[str, str], finding: str) -> None:
    assert list(bad_charters(Tree(texts))) == [finding]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("datetime.now(UTC)", ".now is an argument here, not a call"),
        ("import uuid\nuuid.uuid4()", ".uuid4 is an argument here, not a call"),
        ("import somewhere.else_", "imports somewhere.else_"),
        ("from http import client", "imports http.client"),
        ("import urllib.request", "imports urllib.request"),
    ],
)
def test_an_impure_rule_is_found(text: str, found: str) -> None:
    (finding,) = impurities(Tree({"src/satsuma/domain/a.py": text}))
    assert finding.endswith(found)


def test_names_say_something(tree: Tree) -> None:
    assert banned_names(tree) == []


def test_every_room_has_a_charter(tree: Tree) -> None:
    assert list(bad_charters(tree)) == []


def test_protocol_and_domain_are_pure(tree: Tree) -> None:
    assert list(impurities(tree)) == []
