"""Functions of 40 lines, files of 300, test files of 600; exceptions by name, with a reason.

A docstring does not count against its function: explaining a rule is free.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import Tree

FUNCTION = 40
FILE = {"src/": 300, "tools/": 300, "tests/": 600, "bench/": 600}
EXCEPTIONS = Path(__file__).with_name("size_exceptions.toml")

Exceptions = dict[str, dict[str, dict[str, Any]]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_large(tree: Tree, exceptions: Exceptions) -> list[str]:
    findings = []
    for kind, sizes in (("files", file_sizes(tree)), ("functions", function_sizes(tree))):
        allowed, used = exceptions.get(kind, {}), set()
        for name, lines, limit in sizes:
            if lines <= limit:
                continue
            used.add(name)
            limit = allowed.get(name, {}).get("lines", limit)
            if lines > limit:
                findings.append(f"{name}: {lines} lines, {limit} allowed")
        findings += [f"{name}: needs no exception any more" for name in set(allowed) - used]
        findings += [f"{name}: no reason" for name in allowed if not allowed[name].get("reason")]
    return findings


def file_sizes(tree: Tree) -> Iterator[tuple[str, int, int]]:
    for place, limit in FILE.items():
        for path in tree.under(place, ending=".py"):
            yield path, len(tree[path].splitlines()), limit


def function_sizes(tree: Tree) -> Iterator[tuple[str, int, int]]:
    for path in tree.under(*FILE, ending=".py"):
        for name, node in functions(tree.module(path), ""):
            yield f"{path}::{name}", length(node), FUNCTION


def functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, Function):
            yield f"{prefix}{child.name}", child
        if isinstance(child, Function | ast.ClassDef):
            name = f"{prefix}{child.name}."
        yield from functions(child, name)


def length(node: Function) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return lines


LONG = "def long():\n" + "    pass\n" * 40
SAYS_MUCH = 'def short():\n    """One.\n' + "    Two.\n" * 50 + '    """\n'


@pytest.mark.parametrize(
    ("path", "text", "exceptions", "finding"),
    [
        ("src/a.py", "\n" * 301, {}, "src/a.py: 301 lines, 300 allowed"),
        ("tests/a.py", "\n" * 601, {}, "tests/a.py: 601 lines, 600 allowed"),
        ("src/a.py", LONG, {}, "src/a.py::long: 41 lines, 40 allowed"),
        (
            "src/a.py",
            "class A:\n" + "".join(f"    {line}\n" for line in LONG.splitlines()),
            {"functions": {"src/a.py::A.long": {"lines": 40, "reason": "why"}}},
            "src/a.py::A.long: 41 lines, 40 allowed",
        ),
        (
            "src/a.py",
            LONG,
            {"functions": {"src/a.py::long": {"lines": 41}}},
            "src/a.py::long: no reason",
        ),
        (
            "src/a.py",
            "",
            {"files": {"src/a.py": {"lines": 400, "reason": "why"}}},
            "src/a.py: needs no exception any more",
        ),
    ],
)
def test_a_bad_size_is_found(path: str, text: str, exceptions: Exceptions, finding: str) -> None:
    assert too_large(Tree({path: text}), exceptions) == [finding]


@pytest.mark.parametrize(
    ("text", "exceptions"),
    [
        (SAYS_MUCH, {}),
        (LONG, {"functions": {"src/a.py::long": {"lines": 41, "reason": "why"}}}),
    ],
)
def test_a_good_size_passes(text: str, exceptions: Exceptions) -> None:
    assert too_large(Tree({"src/a.py": text}), exceptions) == []


def test_sizes(tree: Tree) -> None:
    assert too_large(tree, tomllib.loads(EXCEPTIONS.read_text())) == []
