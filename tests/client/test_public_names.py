"""Every public name of the client stands in client/public_names.txt, with its signature: what is taken away, fails.

Public is what `satsuma_client` and `satsuma_client.resource` export, the classes of errors, and of a class its methods
and attributes without an underscore, wherever in this distribution they come from. A change that is meant is written
anew by `python -m tests.client.test_public_names`.
"""

import ast
import dataclasses
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from satsuma_client import ClientCredentials, OAuthError
from satsuma_client.http import errors

LISTED = Path(__file__).parents[2] / "client" / "public_names.txt"
MODULES = ("satsuma_client", "satsuma_client.resource")
PACKAGE = "satsuma_client"
# The names by which libraries find an auth object: they call them, an application does not.
MAGIC = ("__init__", "__call__")


def public_names() -> list[str]:
    return [*(line for module in MODULES for line in names_of(module)), *names_of_errors()]


def names_of_errors() -> Iterator[str]:
    """The classes that `except` names; their attributes are OAuthError's."""
    for name, value in sorted(vars(errors).items()):
        if isinstance(value, type) and issubclass(value, OAuthError) and not name.startswith("_"):
            yield f"{errors.__name__}.{name}{bases_of(value)}"


def names_of(module: str) -> Iterator[str]:
    found = importlib.import_module(module)
    yield module
    for name in sorted(found.__all__):
        value = getattr(found, name)
        yield f"{module}.{name}{bases_of(value)}"
        yield from (f"    {name}: {line}" for line in members_of(value))


def bases_of(value: type) -> str:
    named = [base.__name__ for base in value.__mro__[1:-1] if not base.__name__.startswith("_")]
    return f"({', '.join(named)})" if named else ""


def members_of(value: type) -> Iterator[str]:
    names = {
        name
        for base in value.__mro__
        if base.__module__.startswith(PACKAGE)
        for name in (*vars(base), *attributes_set_by(base))
        if name in MAGIC or not name.startswith("_")
    }
    for name in sorted(names):
        member = inspect.getattr_static(value, name, None)
        if isinstance(member, staticmethod | classmethod):
            yield f"{type(member).__name__} {name}{signature(member.__func__)}"
        elif inspect.isfunction(member):
            yield f"{name}{signature(member)}"
        elif isinstance(member, property) and member.fget is not None:
            yield f"property {name}{signature(member.fget)}"
        else:
            yield f"{name}{annotation(value, name)}"


def signature(function: Any) -> str:
    """As it is written, and so the same on every Python and in every process; a data class's is made of its members."""
    try:
        source = inspect.getsource(function)
    except OSError:
        return "(members)"
    node = ast.parse(textwrap.dedent(source)).body[0]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    gives = ast.unparse(node.returns) if node.returns else ""
    waits = "awaited " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"({ast.unparse(node.args)}) -> {waits}{gives}"


def attributes_set_by(owner: type) -> Iterator[str]:
    """What `__init__` sets."""
    made = vars(owner).get("__init__")
    if made is None or dataclasses.is_dataclass(owner):
        return
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(made)))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def annotation(value: type, name: str) -> str:
    for base in value.__mro__:
        found = vars(base).get("__annotations__", {}).get(name)
        if found is not None:
            default = " = ..." if is_optional(base, name) else ""
            return f": {found}{default}"
    return ""


def is_optional(owner: type, name: str) -> bool:
    """A member of a data class that need not be given."""
    if not dataclasses.is_dataclass(owner):
        return False
    missing = dataclasses.MISSING
    return any(
        field.name == name and (field.default, field.default_factory) != (missing, missing)
        for field in dataclasses.fields(owner)
    )


def test_every_public_name_is_as_it_is_listed() -> None:
    found = public_names()
    listed = LISTED.read_text().splitlines()
    gone = sorted(set(listed) - set(found))
    new = sorted(set(found) - set(listed))
    assert not gone, f"taken away or changed, which breaks whoever uses it: {gone}; now: {new}"
    assert not new, f"not in {LISTED.name}: {new}; python -m tests.client.test_public_names"
    assert found == listed


def test_every_public_name_has_a_docstring() -> None:
    for module in MODULES:
        for name in importlib.import_module(module).__all__:
            assert inspect.getdoc(getattr(importlib.import_module(module), name)), name


@pytest.mark.parametrize("line", ["ClientCredentials", "TokenAuth", "ResourceServer"])
def test_the_list_reaches_into_the_classes(line: str) -> None:
    assert any(line in each for each in public_names())


def test_a_member_that_goes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(public_names())
    monkeypatch.delattr(ClientCredentials, "orange")
    monkeypatch.delattr(errors, "InvalidTarget")
    gone = before - set(public_names())
    assert {each.partition("(")[0] for each in gone} == {
        "    ClientCredentials: classmethod orange",
        "satsuma_client.http.errors.InvalidTarget",
    }


if __name__ == "__main__":
    LISTED.write_text("\n".join(public_names()) + "\n")
