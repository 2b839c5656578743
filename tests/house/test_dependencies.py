"""What is imported is declared, and what is declared is imported, in both distributions."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

import pytest

from tests.house.tree import Tree

PROJECTS = {
    "pyproject.toml": "src/satsuma/",
    "client/pyproject.toml": "client/src/satsuma_client/",
}
HOSTS = {"aiohttp", "django", "fastapi", "flask", "httpx", "niquests", "requests", "starlette"}
"""What the application that plugs our client in brings itself; the platform declares its own."""


def differences(tree: Tree) -> Iterator[str]:
    for project, package in PROJECTS.items():
        if project not in tree:
            continue
        about = tomllib.loads(tree[project])["project"]
        extras = about.get("optional-dependencies", {})
        listed = [*about["dependencies"], *(each for extra in extras.values() for each in extra)]
        declared = {normal(re.split(r"[\s\[<>=!~;]", each)[0]) for each in listed}
        brought = HOSTS if project.startswith("client") else set()
        imported = {normal(name) for name in distributions(tree, package)}
        yield from (
            f"{project}: {name} is imported and not declared"
            for name in sorted(imported - declared - brought)
        )
        unused = declared - imported
        yield from (f"{project}: {name} is declared and not imported" for name in sorted(unused))


def distributions(tree: Tree, package: str) -> set[str]:
    """The distributions that bring what the modules of a package import."""
    known = packages_distributions()
    own = PurePosixPath(package).name
    found = set()
    for path in tree.under(package, ending=".py"):
        for node in ast.walk(tree.module(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {own}
            found.update(known.get(top, [top])[0] for top in tops)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def project(*dependencies: str) -> str:
    return f"[project]\ndependencies = {list(dependencies)}\n"


@pytest.mark.parametrize(
    ("text", "dependencies", "finding"),
    [
        ("import yaml", (), "pyproject.toml: pyyaml is imported and not declared"),
        ("from click import echo", (), "pyproject.toml: click is imported and not declared"),
        ("import os", ("click>=8",), "pyproject.toml: click is declared and not imported"),
        ("import unheard_of", (), "pyproject.toml: unheard-of is imported and not declared"),
    ],
)
def test_a_difference_is_found(text: str, dependencies: tuple[str, ...], finding: str) -> None:
    tree = Tree({"src/satsuma/a.py": text, "pyproject.toml": project(*dependencies)})
    assert list(differences(tree)) == [finding]


def test_what_is_declared_is_imported(tree: Tree) -> None:
    assert list(differences(tree)) == []
