"""Malformed carries a slug of the list, each is raised somewhere and provoked by a test, and none is another row's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.domain.errors.parsing import ROWS as PARSING
from satsuma.domain.errors.table import GROUPS
from satsuma_client import protocol
from satsuma_client.protocol.errors import SLUGS

SOURCES = Path(protocol.__file__).parent
FORM_SLUGS = {row.slug for row in PARSING}


def raised(text: str) -> Iterator[str]:
    """The first argument of each Malformed, as it is written."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Malformed":
            yield ast.literal_eval(node.args[0]) if is_text(node) else ast.unparse(node)


def is_text(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant)


@pytest.mark.parametrize(
    ("text", "slug"),
    [('raise Malformed("a", b=1)', "a"), ("raise Malformed(slug)", "Malformed(slug)")],
)
def test_a_raise_is_found(text: str, slug: str) -> None:
    assert list(raised(text)) == [slug]


def test_what_is_raised_is_the_list() -> None:
    found = {slug for file in SOURCES.rglob("*.py") for slug in raised(file.read_text())}
    assert found == SLUGS


def test_each_slug_is_provoked() -> None:
    text = (Path(__file__).parent / "test_foreign.py").read_text()
    assert [slug for slug in SLUGS if f'"{slug}"' not in text] == []


def test_what_the_platform_has_no_row_for_is_no_other_rows_slug() -> None:
    rows = {row.slug for _, group in GROUPS for row in group}
    assert (SLUGS - FORM_SLUGS) & rows == set()
    assert FORM_SLUGS - {"repeated-header"} == SLUGS & FORM_SLUGS
