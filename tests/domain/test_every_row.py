"""Every row of refusal is named by a test that provokes it, or stands below with the reason why nothing can."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from satsuma.domain.errors import authorization as authorization_errors
from satsuma.domain.errors import connection as connection_errors
from satsuma.domain.errors import developer as developer_errors
from satsuma.domain.errors import gateway as gateway_errors
from satsuma.domain.errors import grants as grant_errors
from satsuma.domain.errors import parsing as parsing_errors
from satsuma.domain.errors import token as server_errors
from satsuma.domain.errors import userinfo as userinfo_errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import TABLE

TESTS = Path(__file__).parents[1]
# Where refusals are provoked. What only explains, logs or prints a row does not count.
PROVOKING = (
    "developer",
    "domain",
    "front",
    "gateway",
    "kinds",
    "oauth",
    "portal",
    "signin",
    "wire",
)
MODULES: tuple[ModuleType, ...] = (
    parsing_errors,
    server_errors,
    authorization_errors,
    grant_errors,
    userinfo_errors,
    developer_errors,
    gateway_errors,
    connection_errors,
)
NOTHING_RAISES: dict[str, str] = {
    f"{authorization_errors.__name__}.INTERACTION_REQUIRED": "no rule gives the word: "
    "what a person must do is a login or a consent, and each has its own row",
}


class Entry(NamedTuple):
    """A row by the module and the constant that hold it."""

    constant: str
    slug: str


def entries() -> list[Entry]:
    """Give every row once, by where it was written first."""
    found: dict[int, Entry] = {}
    for table in MODULES:
        for name, value in vars(table).items():
            if isinstance(value, ErrorRow):
                found.setdefault(id(value), Entry(f"{table.__name__}.{name}", value.slug))
    return list(found.values())


def named_in(texts: Mapping[str, str]) -> set[str]:
    """Give what tests name: whole strings, and constants of modules by their full names."""
    found: set[str] = set()
    for path, text in texts.items():
        module = ast.parse(text, path)
        imported = dict(imports_of(module))
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.add(f"{imported.get(node.value.id, node.value.id)}.{node.attr}")
            elif isinstance(node, ast.Name):
                found.add(imported.get(node.id, node.id))
    return found


def imports_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def provoking_tests() -> dict[str, str]:
    files = [file for place in PROVOKING for file in (TESTS / place).glob("*.py")]
    return {str(file): file.read_text() for file in files if file != Path(__file__)}


def unnamed(rows: list[Entry], named: set[str]) -> list[str]:
    return [row.constant for row in rows if row.slug not in named and row.constant not in named]


def test_every_row_is_named_by_a_test_that_provokes_it() -> None:
    missing = set(unnamed(entries(), named_in(provoking_tests())))
    assert missing - NOTHING_RAISES.keys() == set()


def test_what_nothing_raises_exists_and_is_named_by_no_test() -> None:
    named = named_in(provoking_tests())
    assert NOTHING_RAISES.keys() <= {row.constant for row in entries()}
    assert [constant for constant in NOTHING_RAISES if constant in named] == []


def test_no_table_of_the_catalogue_is_forgotten_here() -> None:
    here = {id(value) for table in MODULES for value in vars(table).values()}
    assert [row.slug for group in TABLE for row in group.rows if id(row) not in here] == []


ROW = Entry("satsuma.rooms.errors.DOOR_SHUT", "door-shut")


@pytest.mark.parametrize(
    "text",
    [
        'refused("door-shut")',
        "from satsuma.rooms import errors\nraises(errors.DOOR_SHUT)",
        "from satsuma.rooms import errors as rows\nraises(rows.DOOR_SHUT)",
        "from satsuma.rooms.errors import DOOR_SHUT\nraises(DOOR_SHUT)",
    ],
)
def test_a_row_that_is_named_is_found(text: str) -> None:
    assert unnamed([ROW], named_in({"tests/a.py": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# door-shut",
        'refused("the door-shut row")',
        "from satsuma.other import errors\nraises(errors.DOOR_SHUT)",
        "raises(DOOR_SHUT)",
    ],
)
def test_a_row_that_is_not_named_is_found_out(text: str) -> None:
    assert unnamed([ROW], named_in({"tests/a.py": text})) == [ROW.constant]
