"""No tracked file names where packages come from, where somebody works, or with what.

The words are put together here, so that this file may be read by its own rule.
"""

import json
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Tree

HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("deb", "debian", "org"),
    )
)
PLACES = tuple(
    "/" + "/".join(parts) + "/" for parts in (("work",), ("root",), ("tmp", "bash_jobs"))
)
TOOLING = tuple("".join(parts) for parts in (("cla", "ude"), ("anth", "ropic"), ("sub", "agent")))
FORBIDDEN = re.compile(
    "|".join(
        [
            *(re.escape(host) for host in HOSTS),
            *(rf"(?<![\w.-]){re.escape(place)}" for place in PLACES),
            *(re.escape(word) for word in TOOLING),
        ],
    ),
    re.IGNORECASE,
)
LOCKED = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[^\s:/]+( ; [^:/]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def forbidden_words(tree: Tree) -> Iterator[str]:
    for path in tree:
        for number, line in enumerate(tree[path].splitlines(), start=1):
            if found := FORBIDDEN.search(line):
                yield f"{path}:{number}: {found[0]}"


def bad_locks(tree: Tree) -> Iterator[str]:
    """A lock holds names, versions and hashes, and nothing that could be an address."""
    for path in tree.under("requirements/", ending=".txt"):
        before = ""
        for number, line in enumerate(tree[path].splitlines(), start=1):
            if "://" in line or not (
                line.startswith("#") or LOCKED.match(line) or HASH.match(line)
            ):
                yield f"{path}:{number}: {line.strip()}"
            if LOCKED.match(before) and not HASH.match(line):
                yield f"{path}:{number - 1}: no hash"
            before = line
    for path in (path for path in tree if path.endswith("package-lock.json")):
        for name, package in json.loads(tree[path])["packages"].items():
            if name and ("://" in json.dumps(package) or "integrity" not in package):
                yield f"{path}: {name}: an address, or no hash"


@pytest.mark.parametrize("word", [*HOSTS, *PLACES, *TOOLING])
def test_a_forbidden_word_is_found(word: str) -> None:
    tree = Tree({"README.md": f"A line.\nSee {word}\n"})
    assert list(forbidden_words(tree)) == [f"README.md:2: {word}"]


def test_an_address_of_ours_is_not_forbidden() -> None:
    assert list(forbidden_words(Tree({"a.py": "https://api.example/work/1"}))) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements/a.txt", "--index-url https://example.org/simple\n"),
        ("requirements/a.txt", "a @ https://example.org/a.whl\n"),
        ("requirements/a.txt", "a==1.0\n"),
        ("requirements/a.txt", "a==1.0 \\\n# no hash follows\n"),
        ("bench/package-lock.json", '{"packages": {"node_modules/a": {"version": "1"}}}'),
        (
            "bench/package-lock.json",
            '{"packages": {"a": {"integrity": "sha512-", "resolved": "https://example.org"}}}',
        ),
    ],
)
def test_a_bad_lock_is_found(path: str, text: str) -> None:
    assert len(list(bad_locks(Tree({path: text})))) == 1


def test_no_forbidden_words(tree: Tree) -> None:
    assert list(forbidden_words(tree)) == []


def test_locks_hold_hashes_and_no_address(tree: Tree) -> None:
    assert list(bad_locks(tree)) == []
