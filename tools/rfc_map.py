"""The map of the standards: from the `Spec:` lines of docstrings and the `spec` markers of tests."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pages import ROOT, headed, table

MAP_HEAD: Final = """# What the standards say, and where it is done

Each section that a rule cites (the `Spec:` line of its docstring) or a test proves (its `spec` marker). A rule stands
as `module:name` under `src/satsuma`. Where the last cell is empty, no test carries the marker yet:
`tests/house/unproven_sections.txt` lists these, and the list may only become shorter.
"""
ITEM: Final = re.compile(r"^(.*?)((?: (?:§|App\. )[^,;]+(?:, (?:§|App\. )[^,;]+)*)?)$")


class Cited(NamedTuple):
    """One citation: of which section, by what, where."""

    document: str
    section: str
    name: str
    file: Path


def map_page() -> str:
    """Give the map of the standards."""
    rules, tests = _by_section(_rules()), _by_section(_tests())
    parts = [headed(MAP_HEAD)]
    sections = sorted({*rules, *tests}, key=_order)
    for document in dict.fromkeys(document for document, _ in sections):
        rows = (
            (section or "whole", _links(rules[document, section]), _links(tests[document, section]))
            for named, section in sections
            if named == document
        )
        parts += [f"## {document}\n", table(("section", "rules", "tests"), rows)]
    return "\n".join(parts)


def _by_section(citations: Iterable[Cited]) -> dict[tuple[str, str], list[Cited]]:
    found = defaultdict(list)
    for cited in citations:
        found[cited.document, cited.section].append(cited)
    return found


def unproven() -> list[str]:
    """Name the sections that a rule cites and no test proves."""
    claimed = set(_by_section(_rules())) - set(_by_section(_tests()))
    return [" ".join(filter(None, section)) for section in sorted(claimed, key=_order)]


def _order(key: tuple[str, str]) -> tuple[Any, ...]:
    return tuple(
        [
            (part.isdigit(), int(part) if part.isdigit() else 0, part)
            for part in re.split(r"(\d+)", text)
        ]
        for text in key
    )


def _links(cited: list[Cited]) -> str:
    found = dict.fromkeys(
        f"[{each.name}](../{each.file.relative_to(ROOT).as_posix()})" for each in cited
    )
    return "<br>".join(found)


def sections_of(citation: str) -> Iterator[tuple[str, str]]:
    """Split `RFC 6749 §4.1, §5.2; OAuth M2M guide, step 2` into documents and sections."""
    for item in citation.split(";"):
        found = ITEM.match(item.strip())
        assert found is not None, citation
        document, sections = found[1], found[2]
        if ", step " in document or ", section " in document:
            document, _, sections = document.partition(", ")
        for section in sections.split(",") or [""]:
            yield document, section.strip()


def _rules() -> Iterator[Cited]:
    packages = (ROOT / "client" / "src" / "satsuma_client", ROOT / "src" / "satsuma")
    for package, file in ((each, file) for each in packages for file in sorted(each.rglob("*.py"))):
        module = ".".join(file.relative_to(package).with_suffix("").parts)
        for name, node in _named(ast.parse(file.read_text())):
            for line in _citations(ast.get_docstring(node) or ""):
                for document, section in sections_of(line):
                    yield Cited(document, section, f"{module}:{name}" if name else module, file)


def _citations(text: str) -> Iterator[str]:
    """Give what follows `Spec:` in a docstring, each on one line."""
    for found in re.finditer(r"^Spec: ((?:.|\n)*?)\.$", text, re.MULTILINE):
        yield " ".join(found[1].split())


def _named(module: ast.Module, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if not prefix:
        yield "", module
    for node in module.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{node.name}"
            yield name, node
            yield from _named(node, f"{name}.")  # type: ignore[arg-type]


def _tests() -> Iterator[Cited]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        module = ast.parse(file.read_text())
        whole = [section for node in module.body for section in _marked(node, "pytestmark")]
        for name, node in _named(module):
            if not name.rpartition(".")[2].startswith("test_"):
                continue
            for section in [*whole, *_marks(node.decorator_list)]:
                for document, part in sections_of(section):
                    yield Cited(document, part, name.rpartition(".")[2], file)


def _marked(node: ast.stmt, name: str) -> list[str]:
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != name:
        return []
    return _marks(node.value.elts if isinstance(node.value, ast.List) else [node.value])


def _marks(decorators: list[ast.expr]) -> list[str]:
    calls = [each for each in decorators if isinstance(each, ast.Call)]
    return [
        str(each.value)
        for call in calls
        if ast.unparse(call.func) == "pytest.mark.spec"
        for each in call.args
        if isinstance(each, ast.Constant)
    ]
