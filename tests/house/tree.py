"""What the house rules read: a tree is path -> text, so a bad sample is a dictionary."""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

type_of_documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Tree(Mapping[str, str]):
    """Text by path relative to the repository, in order of path."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(sorted(texts.items()))
        self._modules: dict[str, ast.Module] = {}

    def __getitem__(self, path: str) -> str:
        return self._texts[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def under(self, *places: str, ending: str = "") -> list[str]:
        return [path for path in self if path.startswith(places) and path.endswith(ending)]

    def module(self, path: str) -> ast.Module:
        if path not in self._modules:
            self._modules[path] = ast.parse(self[path], path)
        return self._modules[path]


def load(root: Path = ROOT) -> Tree:
    """Read every text file that git tracks or is about to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout.decode()
    texts = {}
    for path in filter(None, listed.split("\0")):
        file = root / path
        content = file.read_bytes() if file.is_file() and not file.is_symlink() else b"\0"
        if b"\0" not in content:
            texts[path] = content.decode("utf-8", errors="replace")
    return Tree(texts)


class Documented(NamedTuple):
    where: str
    docstring: str


def docstrings(tree: Tree, *places: str) -> Iterator[Documented]:
    for path in tree.under(*places, ending=".py"):
        for node in ast.walk(tree.module(path)):
            if isinstance(node, type_of_documented) and (text := ast.get_docstring(node)):
                line = 1 if isinstance(node, ast.Module) else node.lineno
                yield Documented(f"{path}:{line}", text)
