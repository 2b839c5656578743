"""What our documents let a reader type is there: commands a test runs, targets, options and files that exist."""

import re
from collections import Counter
from collections.abc import Iterator

import click
import pytest

from satsuma_client.cli.program import satsuma
from tests.docs.blocks import SHELL, Block, read_blocks
from tests.house.tree import Tree

KINDS = frozenset({"run", "serves", "browser", "not run"})
# How many blocks a page has that nobody can run, each with its reason above it.
NOT_RUN = {"CONTRIBUTING.md": 1, "docs/command-line.md": 1}
SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(
    r"^ {4,}(?:\$ )?(?:satsuma|make|curl|export|python3?|apt-get|sudo|git|cd|npm|pip) ",
    re.MULTILINE,
)
TARGET = re.compile(r"(?:^|`|&& )make ((?:[a-z]+=\S+ )*)([a-z][a-z-]*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:\.(?:py|md|toml|txt|sql|html|mjs|json)|/)")
# What a document names and nobody keeps in git: what a running platform writes, and a word in a name's place.
MADE = re.compile(r"var/.*|.*\bNAME\b.*")
CHANGED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)


def documents(tree: Tree) -> list[str]:
    """The pages that a reader follows: decisions tell of their day, and fragments of theirs."""
    return [
        path
        for path in tree.under("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/", ending=".md")
        if not path.startswith("docs/adr/")
    ]


def shell_blocks(tree: Tree) -> Iterator[tuple[str, Block]]:
    for path in documents(tree):
        for block in read_blocks(tree[path]):
            if block.language in SHELL:
                yield path, block


def unmarked(tree: Tree) -> Iterator[str]:
    """Say which commands no test runs, and nobody says why."""
    for path, block in shell_blocks(tree):
        if block.kind not in KINDS or (block.kind == "not run" and not block.words):
            yield f"{path}: {block.text.splitlines()[0]}"
    for path in documents(tree):
        for found in INDENTED.findall(FENCE.sub("", tree[path])):
            yield f"{path}: indented, {found.strip()}"


def unknown_targets(tree: Tree) -> Iterator[str]:
    known = set(re.findall(r"^([a-z-]+):", tree["Makefile"], re.MULTILINE))
    for path in documents(tree):
        for _, target in TARGET.findall(tree[path]):
            if target not in known:
                yield f"{path}: make {target}"


def options_of(command: click.Command) -> Iterator[str]:
    for each in command.params:
        yield from each.opts
        yield from each.secondary_opts
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options_of(found)


def unknown_options(tree: Tree) -> Iterator[str]:
    """Say which options stand in words of ours and belong to no command of ours.

    Those of a command that is named with them are looked for at that command, in test_documents.
    """
    known = {*options_of(satsuma), "--help", "--version"}
    for path in documents(tree):
        for span in SPAN.findall(FENCE.sub("", tree[path])):
            if re.match(r"--|[a-z]+ [a-z]+ --", span):
                yield from (f"{path}: {each}" for each in OPTION.findall(span) if each not in known)


def unknown_files(tree: Tree, files: list[str]) -> Iterator[str]:
    """Say which files and folders our documents name by their end and nobody tracks."""
    folders = {f"{'/'.join(p.split('/')[:n])}/" for p in files for n in range(1, p.count("/") + 1)}
    ends = {
        "/".join(parts[n:])
        for path in (*files, *folders)
        for parts in [path.split("/")]
        for n in range(len(parts))
    }
    for path in documents(tree):
        for span in SPAN.findall(FENCE.sub("", tree[path])):
            if FILE.fullmatch(span) and span not in ends and not MADE.fullmatch(span):
                yield f"{path}: {span}"


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nsatsuma keys list\n```\n",
        "<!-- not run: -->\n```bash\nsystemctl start satsuma\n```\n",
        "<!-- later -->\n```sh\nls\n```\n",
        "    satsuma keys list\n",
        "1. So:\n\n        make run\n",
    ],
)
def test_a_command_that_nobody_runs_is_found(text: str) -> None:
    assert len(list(unmarked(Tree({"docs/a.md": text})))) == 1


def test_an_unknown_target_is_found() -> None:
    tree = Tree({"Makefile": "run: setup\n", "README.md": "`make run` `make rum PORT=1`"})
    assert list(unknown_targets(tree)) == ["README.md: make rum"]


@pytest.mark.parametrize("span", ["--fast", "apps create --colour", "--json --fast"])
def test_an_unknown_option_is_found(span: str) -> None:
    assert len(list(unknown_options(Tree({"docs/a.md": f"`{span}`"})))) == 1


def test_an_unknown_file_is_found() -> None:
    tree = Tree({"docs/a.md": "`b/c.py` `c.py` `b/` `d.py` `gone/` `x/c.py`"})
    named = list(unknown_files(tree, ["a/b/c.py"]))
    assert named == ["docs/a.md: d.py", "docs/a.md: gone/", "docs/a.md: x/c.py"]


def test_each_command_is_run_or_says_why_not(tree: Tree) -> None:
    assert list(unmarked(tree)) == []


def test_those_that_are_not_run_are_counted(tree: Tree) -> None:
    found = Counter(path for path, block in shell_blocks(tree) if block.kind == "not run")
    assert found == NOT_RUN


def test_targets_are_there(tree: Tree) -> None:
    assert list(unknown_targets(tree)) == []


def test_options_are_there(tree: Tree) -> None:
    assert list(unknown_options(tree)) == []


def test_files_are_there(tree: Tree) -> None:
    added = CHANGED.findall("".join(tree[diff] for diff in tree.under("docs/six-changes/")))
    assert list(unknown_files(tree, [*tree, *added])) == []
