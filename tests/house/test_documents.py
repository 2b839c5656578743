"""Links inside our documents lead somewhere; fragments and decisions are named as agreed; generated pages are fresh."""

import importlib.util
import posixpath
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import click
import pytest

from satsuma.app.settings import SECRETS, Settings
from satsuma_client.cli.program import satsuma
from tests.house.tree import ROOT, Tree

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")
FRAGMENT = re.compile(
    r"changes/(\d{3,}\.(added|changed|deprecated|removed|fixed|security)|README)\.md"
)
DECISION = re.compile(r"docs/adr/(\d{4}-[a-z0-9-]+|README|template)\.md")
DECISION_LINES = 120  # two printed pages
PICTURE = re.compile(r"\.(png|jpe?g|svg|webp)$")
PICTURES = 12
VARIABLE = re.compile(r"\bSATSUMA_[A-Z_]*[A-Z]\b")
COMMAND = re.compile(r"(?:^ *|[`$(;&|] ?)(?:\.venv/bin/)?satsuma ([a-z][^`\n|;&#)]*)", re.MULTILINE)

# Texts of the portal: they link to its pages, which tests/portal/test_articles.py opens.
ARTICLES = "src/satsuma/portal/articles/texts/"


def broken_links(tree: Tree) -> Iterator[str]:
    folders = {posixpath.dirname(path) for path in tree}
    for path in (path for path in tree if path.endswith(".md") and not path.startswith(ARTICLES)):
        for target in LINK.findall(CODE.sub("", FENCE.sub("", tree[path]))):
            if re.match(r"[a-z][a-z0-9+.-]*:", target) or PICTURE.search(target):
                continue
            file, _, anchor = target.partition("#")
            file = (
                posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            )
            known = file in tree or any(f"{folder}/".startswith(f"{file}/") for folder in folders)
            if not known or (anchor and anchor not in anchors(tree.get(file, ""))):
                yield f"{path}: {target}"


def missing_pictures(tree: Tree, is_there: Callable[[str], bool]) -> Iterator[str]:
    for path in (path for path in tree if path.endswith(".md")):
        for target in LINK.findall(CODE.sub("", FENCE.sub("", tree[path]))):
            file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if PICTURE.search(target) and ":" not in target and not is_there(file):
                yield f"{path}: {target}"


def bad_pictures(tree: Tree, pictures: list[str]) -> Iterator[str]:
    """Say which pictures no document shows or are no WebP, and whether they are too many."""
    texts = "".join(tree[path] for path in tree if path.endswith(".md"))
    for name in pictures:
        if not name.endswith(".webp"):
            yield f"{name}: not WebP"
        if not re.search(rf"\]\((?:docs/|\.\./|\./)*(?:pages/)?{re.escape(name)}\)", texts):
            yield f"{name}: no document shows it"
    if len(pictures) > PICTURES:
        yield f"{len(pictures)} pictures, {PICTURES} allowed: the others are taken by `make shots`"


def unknown_variables(tree: Tree) -> Iterator[str]:
    """Say which variables our documents name and no setting has."""
    known = {f"SATSUMA_{name.upper()}" for name in Settings.__struct_fields__}
    known |= {f"SATSUMA_{name.upper()}_FILE" for name in SECRETS} | {"SATSUMA_CLIENT"}
    for path in (path for path in tree if path.endswith(".md")):
        for variable in sorted(set(VARIABLE.findall(tree[path])) - known):
            yield f"{path}: {variable}"


def unknown_commands(tree: Tree) -> Iterator[str]:
    """Say which commands and options our documents name and the command line lacks."""
    for path in (path for path in tree if path.endswith(".md")):
        for line in COMMAND.findall(tree[path].replace("\\\n", " ")):
            words, found = re.split(r"[\s'\"]+", line.strip()), satsuma
            while words and isinstance(found, click.Group) and (known := command(found, words[0])):
                words, found = words[1:], known
            known_options = {name for each in found.params for name in each.opts}
            unknown = [
                word for word in words if word.startswith("--") and word not in known_options
            ]
            if found is satsuma or unknown:
                yield f"{path}: satsuma {line.strip()}"


def command(group: click.Group, name: str) -> click.Command | None:
    return group.get_command(click.Context(group), name)


def unknown_tests(tree: Tree) -> Iterator[str]:
    """Say which tests our documents name and nobody wrote."""
    known = set(re.findall(r"def (test_\w+)\(", "".join(tree[p] for p in tree.under("tests/"))))
    for path in tree.under("docs/", ending=".md"):
        for name in sorted(set(re.findall(r"`(test_\w+)`", tree[path])) - known):
            yield f"{path}: {name}"


def load_tool(name: str) -> ModuleType:
    if (tools := str(ROOT / "tools")) not in sys.path:
        sys.path.append(tools)
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(text: str) -> set[str]:
    """Name headings as the usual renderers do: lower case, words joined by hyphens."""
    headings = HEADING.findall(FENCE.sub("", text))
    slugs = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return {*slugs, *ANCHOR.findall(text)}


def bad_fragments(tree: Tree) -> Iterator[str]:
    for path in tree.under("changes/"):
        if not FRAGMENT.fullmatch(path):
            yield f"{path}: not changes/NNN.added.md or one of its fellows"
        elif not tree[path].strip():
            yield f"{path}: says nothing"


def bad_decisions(tree: Tree) -> Iterator[str]:
    for path in tree.under("docs/adr/"):
        if not DECISION.fullmatch(path):
            yield f"{path}: not docs/adr/NNNN-words.md"
        if (lines := len(tree[path].splitlines())) > DECISION_LINES:
            yield f"{path}: {lines} lines, two pages are {DECISION_LINES}"
    numbers = [path[len("docs/adr/") :][:4] for path in tree.under("docs/adr/0", "docs/adr/1")]
    yield from (
        f"ADR-{number}: given twice" for number in set(numbers) if numbers.count(number) > 1
    )


def undocumented(names: list[str], page: str) -> list[str]:
    """Say which of these names (settings, error slugs) no heading, cell or code span shows."""
    shown = set(re.findall(r"`([^`\n]+)`", page)) | set(HEADING.findall(page))
    return [name for name in names if name not in shown]


@pytest.mark.parametrize(
    "link",
    ["[a](gone.md)", "[a](../gone/)", "[a](#gone)", "[a](b.md#gone)", '[a](gone.md "title")'],
)
def test_a_broken_link_is_found(link: str) -> None:
    assert len(list(broken_links(Tree({"docs/a.md": link, "docs/b.md": "# There"})))) == 1


@pytest.mark.parametrize(
    "link",
    ["[a](b.md)", "[a](b.md#its-there)", "[a](../src)", "[a](https://x.example)", "`[a](gone.md)`"],
)
def test_a_good_link_passes(link: str) -> None:
    texts = {"docs/a.md": link, "docs/b.md": "## It's there", "src/satsuma/x.py": ""}
    assert list(broken_links(Tree(texts))) == []


@pytest.mark.parametrize("path", ["changes/1.added.md", "changes/001.new.md", "changes/001.md"])
def test_a_bad_fragment_name_is_found(path: str) -> None:
    assert len(list(bad_fragments(Tree({path: "Words."})))) == 1


def test_an_empty_fragment_is_found() -> None:
    assert len(list(bad_fragments(Tree({"changes/001.added.md": "\n"})))) == 1


@pytest.mark.parametrize(
    "texts",
    [
        {"docs/adr/7-why.md": ""},
        {"docs/adr/0001-long.md": "\n" * 121},
        {"docs/adr/0001-one.md": "", "docs/adr/0001-two.md": ""},
    ],
)
def test_a_bad_decision_is_found(texts: dict[str, str]) -> None:
    assert len(list(bad_decisions(Tree(texts)))) == 1


def test_an_undocumented_name_is_found() -> None:
    assert undocumented(["api_url", "workers"], "| `api_url` | workers |") == ["workers"]


def test_a_missing_picture_is_found() -> None:
    tree = Tree({"docs/a.md": "![a](pages/a.png) ![b](../b.png)"})
    assert list(missing_pictures(tree, {"b.png"}.__contains__)) == ["docs/a.md: pages/a.png"]


def test_a_bad_picture_is_found() -> None:
    tree = Tree({"docs/a.md": "![a](pages/a.webp) ![b](pages/b.png)"})
    assert list(bad_pictures(tree, ["a.webp"])) == []
    assert list(bad_pictures(tree, ["b.png"])) == ["b.png: not WebP"]
    assert list(bad_pictures(tree, ["c.webp"])) == ["c.webp: no document shows it"]
    assert list(bad_pictures(tree, ["a.webp"] * 13))[-1].startswith("13 pictures, 12 allowed")


def test_an_unknown_variable_is_found() -> None:
    tree = Tree({"a.md": "SATSUMA_PORT, SATSUMA_MASTER_KEY_FILE, SATSUMA_PORTS."})
    assert list(unknown_variables(tree)) == ["a.md: SATSUMA_PORTS"]


@pytest.mark.parametrize("command", ["appz list", "db restore --force x.db", "keys rotate --today"])
def test_an_unknown_command_is_found(command: str) -> None:
    assert len(list(unknown_commands(Tree({"a.md": f"    satsuma {command}\n"})))) == 1
    assert len(list(unknown_commands(Tree({"a.md": f"`satsuma {command}`"})))) == 1


def test_links_lead_somewhere(tree: Tree) -> None:
    assert list(broken_links(tree)) == []


def test_fragments_are_named_by_what_they_do(tree: Tree) -> None:
    assert list(bad_fragments(tree)) == []


def test_decisions_are_short_and_numbered_once(tree: Tree) -> None:
    assert list(bad_decisions(tree)) == []


def test_pictures_are_there(tree: Tree) -> None:
    assert list(missing_pictures(tree, lambda file: (ROOT / file).is_file())) == []


def test_pictures_are_few_and_shown(tree: Tree) -> None:
    pictures = [file.name for file in (ROOT / "docs/pages").iterdir() if file.suffix != ".md"]
    assert list(bad_pictures(tree, sorted(pictures))) == []


def test_variables_are_settings(tree: Tree) -> None:
    assert list(unknown_variables(tree)) == []


def test_commands_are_there(tree: Tree) -> None:
    assert list(unknown_commands(tree)) == []


def test_an_unknown_test_is_found() -> None:
    tree = Tree({"docs/a.md": "`test_a` `test_b`", "tests/test_x.py": "async def test_a(): ..."})
    assert list(unknown_tests(tree)) == ["docs/a.md: test_b"]


def promises_without_a_test(text: str) -> Iterator[str]:
    """The bullets that name no test."""
    for bullet in re.split(r"(?m)^(?=- )", text)[1:]:
        promise = bullet.partition("\n\n")[0]
        if not re.search(r"`test_\w+`", promise):
            yield promise[:60]


def test_a_promise_without_a_test_is_found() -> None:
    text = "# A\n\n- One.\n  (`test_a`)\n- Two,\n  in two lines.\n\nTests: `test_b`.\n"
    assert list(promises_without_a_test(text)) == ["- Two,\n  in two lines."]


def test_each_promise_of_security_names_a_test() -> None:
    """That the test is there is shown below."""
    assert list(promises_without_a_test((ROOT / "docs/security.md").read_text())) == []


def test_named_tests_are_there(tree: Tree) -> None:
    assert list(unknown_tests(tree)) == []


def test_generated_pages_are_what_the_code_says() -> None:
    # By itself: what earlier tests left known in this process would be missing from the traces.
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_section_that_is_cited_has_a_test_or_waits_for_one() -> None:
    """The list of those that wait may only become shorter."""
    waiting = (ROOT / "tests/house/unproven_sections.txt").read_text().splitlines()
    assert load_tool("rfc_map").unproven() == waiting
