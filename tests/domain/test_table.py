"""The one table: every row stands in it, a slug means one row of its group, and nothing else is a refusal."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import satsuma.domain.errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import GROUPS, ROWS, TABLE

SOURCES = Path(__file__).parents[2] / "src/satsuma"
HOME = "domain/errors/"
# One slug, two rows: the group says which is meant. No slug may join them.
TWINS = {
    "body-too-large": {"Before a request is read", "Getting a token"},
    "request-too-slow": {"Before a request is read", "Calling an API"},
}
# The value and its exception; what renders it; a form that did not come from our own page, which has no row.
REFUSALS = {
    "domain/errors/refusal.py:Refusal",
    "domain/errors/refusal.py:Refused",
    "front/bounds.py:Bound",
    "gateway/error_response.py:Refusals",
    "oauth/error_response.py:Refusals",
    "testing/control.py:ControlRefused",
    "testing/values.py:Refused",
    "web/forms.py:FormRefused",
}
CALLED_SO = re.compile(r"refus|forbid|denied|denial|reject|\bbound\b", re.IGNORECASE)


def test_a_slug_means_one_row_of_its_group() -> None:
    for group in TABLE:
        assert max(Counter(row.slug for row in group.rows).values()) == 1


def test_only_three_slugs_stand_in_two_groups() -> None:
    found: dict[str, set[str]] = {}
    for group in TABLE:
        for row in group.rows:
            found.setdefault(row.slug, set()).add(group.title)
    assert {slug: titles for slug, titles in found.items() if len(titles) > 1} == TWINS


def test_where_nobody_says_which_the_later_group_is_meant() -> None:
    for slug, titles in TWINS.items():
        last = [group for group in GROUPS if group.title in titles][-1]
        assert ROWS[slug] in last.rows


def test_every_row_stands_in_the_table() -> None:
    listed = {id(row) for group in TABLE for row in group.rows}
    modules = (
        import_module(m.name) for m in iter_modules(satsuma.domain.errors.__path__, HOME_NAME)
    )
    rows = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, ErrorRow)}
    assert [row.slug for id_, row in rows.items() if id_ not in listed] == []
    assert rows.keys() == listed


HOME_NAME = "satsuma.domain.errors."


def test_what_is_shown_instead_exists() -> None:
    slugs = {row.slug for group in TABLE for row in group.rows}
    assert {row.shown_as for group in TABLE for row in group.rows} - {None} <= slugs


def test_the_client_is_told_at_its_redirect_uri_by_the_authorization_endpoint_alone() -> None:
    redirecting = {group.title for group in TABLE for row in group.rows if row.redirects}
    assert redirecting == {"Consent and login"}


def test_a_405_says_what_is_allowed_unless_that_is_an_apis_own() -> None:
    silent = [r.slug for g in TABLE for r in g.rows if (r.status == 405) != bool(r.allow)]
    assert silent == ["method-refused"]


# ---- nothing beside it ----


def strays(path: str, text: str) -> Iterator[str]:
    """Name rows made outside the table, and classes beside the one value and its one exception."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and "ErrorRow" in (
            getattr(node.func, "id", ""),
            getattr(node.func, "attr", ""),
        ):
            if not path.startswith(HOME):
                yield f"{path}:{node.lineno} makes a row"
        elif isinstance(node, ast.ClassDef):
            where = f"{path}:{node.name}"
            if (CALLED_SO.search(node.name) or carries_a_row(node)) and where not in REFUSALS:
                yield f"{where} is a second refusal"


def carries_a_row(node: ast.ClassDef) -> bool:
    """Say whether a class has a field `row` of the table, or is an exception that is given one."""
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    if any(
        f"{ast.unparse(f.target)}: {ast.unparse(f.annotation)}" == "row: ErrorRow" for f in fields
    ):
        return True
    is_exception = any(ast.unparse(base) in ("Exception", "Refused") for base in node.bases)
    return is_exception and "ErrorRow" in ast.unparse(node)


def test_nothing_beside_the_table_refuses() -> None:
    files = {str(path.relative_to(SOURCES)): path.read_text() for path in SOURCES.rglob("*.py")}
    assert [each for path, text in files.items() for each in strays(path, text)] == []
    classes = {f"{p}:{n.name}" for p, t in files.items() for n in classes_of(t)}
    assert classes >= REFUSALS


def classes_of(text: str) -> list[ast.ClassDef]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize(
    "text",
    [
        'ROW = ErrorRow("a", "b", 400, "c", "d", "e")',
        'ROW = row.ErrorRow("a", "b", 400, "c", "d", "e")',
        "class PageRefusal(Exception): ...",
        "class RequestDenied: ...",
        "class Bound: ...",
        "class No:\n    row: ErrorRow\n    effects: tuple[str, ...]",
        "class Wrong(Refused): \n    def __init__(self, row: ErrorRow) -> None: ...",
    ],
)
def test_a_stray_is_found(text: str) -> None:
    assert len(list(strays("rooms/a.py", text))) == 1


def test_a_refusal_never_shows_the_digest_of_a_secret() -> None:
    row = ROWS["secret-wrong"]
    refusal = Refusal(row, {"because": "another value"}, presented=b"digest of a secret")
    assert "digest of a secret" not in repr(refusal) + repr(Refused(refusal)) + str(
        Refused(refusal)
    )
