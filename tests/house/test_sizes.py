"""Functions of 40 lines, with exceptions by name and reason; a file holds one idea, and a long one says why it is long.

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
PLACES = ("src/", "client/src/", "tools/", "tests/", "bench/")
LONG_FILE = 400
EXCEPTIONS = Path(__file__).with_name("size_exceptions.toml")

Exceptions = dict[str, dict[str, dict[str, Any]]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_large(tree: Tree, exceptions: Exceptions) -> list[str]:
    findings = []
    allowed, used = exceptions.get("functions", {}), set()
    for name, lines in function_sizes(tree):
        if lines <= FUNCTION:
            continue
        used.add(name)
        limit = allowed.get(name, {}).get("lines", FUNCTION)
        if lines > limit:
            findings.append(f"{name}: {lines} lines, {limit} allowed")
    findings += [f"{name}: needs no exception any more" for name in set(allowed) - used]
    findings += [f"{name}: no reason" for name in allowed if not allowed[name].get("reason")]
    return findings


def function_sizes(tree: Tree) -> Iterator[tuple[str, int]]:
    for path in tree.under(*PLACES, ending=".py"):
        for name, node in functions(tree.module(path), ""):
            yield f"{path}::{name}", length(node)


def long_without_a_reason(tree: Tree) -> Iterator[str]:
    for path in tree.under("src/", "client/src/", ending=".py"):
        lines = len(tree[path].splitlines())
        docstring = ast.get_docstring(tree.module(path)) or ""
        if lines > LONG_FILE and "Long because" not in docstring:
            yield f"{path}: {lines} lines, and its docstring has no `Long because`"


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
            {"functions": {"src/a.py::b": {"lines": 60, "reason": "why"}}},
            "src/a.py::b: needs no exception any more",
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


@pytest.mark.parametrize(
    ("docstring", "found"),
    [("One.", 1), ("One.\n\nLong because a table is read best as one.\n", 0)],
)
def test_a_long_file_says_why(docstring: str, found: int) -> None:
    text = f'"""{docstring}"""\n' + "\n" * 400
    assert len(list(long_without_a_reason(Tree({"src/a.py": text})))) == found


def test_long_files_say_why(tree: Tree) -> None:
    assert list(long_without_a_reason(tree)) == []


def test_sizes(tree: Tree) -> None:
    assert too_large(tree, tomllib.loads(EXCEPTIONS.read_text())) == []
