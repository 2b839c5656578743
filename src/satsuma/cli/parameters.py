"""What a command reads: durations, scopes with the calls that need them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from satsuma.management.edits import AS_IT_IS, Edit
from satsuma.management.fields import Field
from satsuma_client.cli.whole import DIGITS, Whole

if TYPE_CHECKING:
    from satsuma.domain.apis import ScopeRule
    from satsuma.management.api_documents import Packed

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])\Z")
_LONGEST = timedelta(days=3650)
_IN_LANGUAGE = re.compile(r"(.+):(en|fr)\Z")
_METHODS = re.compile(r"[A-Z]+(?:,[A-Z]+)*\Z")


class Duration(click.ParamType[timedelta]):
    """A number and a unit: 90s, 15m, 12h, 7d."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a duration."""
        if isinstance(value, timedelta):
            return value
        found = _DURATION.match(value)
        if found is None:
            self.fail(f"{value!r} is not a number with s, m, h or d, such as 7d", param, ctx)
        duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if duration > _LONGEST:
            self.fail(f"{value!r} is longer than ten years", param, ctx)
        return duration


class Scope(click.ParamType["ScopeRule"]):
    """A scope, and the calls that need it: NAME, NAME=/prefix, NAME=GET,HEAD, NAME=GET:/prefix."""

    name = "scope"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ScopeRule:
        """Read a scope rule."""
        from satsuma.domain.apis import ScopeRule

        if isinstance(value, ScopeRule):
            return value
        scope, _, calls = value.partition("=")
        methods, prefix = calls, ""
        if "/" in calls:
            at = calls.index("/")
            methods, prefix = calls[:at].removesuffix(":"), calls[at:]
        if (methods and not _METHODS.match(methods)) or not scope:
            self.fail(
                f"{value!r} is not NAME[=METHODS:/prefix], such as poi.read=GET:/", param, ctx
            )
        return ScopeRule(scope, tuple(methods.split(",")) if methods else (), prefix or "/")


class ScopeText(click.ParamType[tuple[str, str, str]]):
    """What a scope means to a person: NAME=TEXT, or NAME:LANG=TEXT for one language."""

    name = "scope-text"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str, str]:
        """Read a scope, a language, empty for any, and a sentence."""
        if isinstance(value, tuple):
            return value[0], value[1], value[2]
        named, equals, text = value.partition("=")
        found = _IN_LANGUAGE.match(named)
        scope, language = (found[1], found[2]) if found else (named, "")
        if not equals or not scope or not text.strip():
            self.fail(f"{value!r} is not NAME[:LANG]=TEXT, such as poi.read:fr=Voir…", param, ctx)
        return scope, language, text


class Quota(click.ParamType[int]):
    """How many calls, or `none`, which is 0."""

    name = "quota"

    def __init__(self, most: int) -> None:
        """Allow at most so many."""
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a number of calls."""
        if isinstance(value, int):
            return value
        if value == "none":
            return 0
        if not DIGITS.match(value) or not 1 <= int(value) <= self.most:
            says = f"{value!r} is not a number of calls, 1 to {self.most}, and not none"
            self.fail(says, param, ctx)
        return int(value)


class Document(click.ParamType["Packed"]):
    """A file with an OpenAPI document; an empty name for none."""

    name = "document"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Packed:
        """Read the file; raises NotPossible for what is no document."""
        from satsuma.management.api_documents import Packed, pack
        from satsuma.management.openapi import read_document

        if isinstance(value, Packed):
            return value
        if not value:
            return Packed()
        file = Path(value)
        if not file.is_file():
            self.fail(f"{value!r} is no file", param, ctx)
        return pack(read_document(file))


DURATION = Duration()
SCOPE = Scope()
SCOPE_TEXT = ScopeText()
_TYPES: dict[str, click.ParamType[Any] | None] = {
    "text": None,
    "scope": SCOPE,
    "scope-text": SCOPE_TEXT,
    "document": Document(),
}


def field_options(
    fields: Iterable[Field], *names: str, required: str = "", says: Mapping[str, str] | None = None
) -> Callable[[F], F]:
    """Add the options of these fields to a command, in this order, as they are declared once for all doors.

    `says` replaces a field's sentence where this command has more to say.
    """
    known = {field.name: field for field in fields}

    def add(command: F) -> F:
        for name in reversed(names):
            field = known[name]
            sentence = (says or {}).get(name, field.says)
            command = _option(replace(field, says=sentence), name == required)(command)
        return command

    return add


def change_options(fields: Iterable[Field]) -> Callable[[F], F]:
    """Add the options by which each changeable field is changed, and `--dry-run`; read them by `edits_of`.

    Of a list `--NAME` gives the whole, `--no-NAME` empties it, `--add-NAME` and `--remove-NAME` change one each.
    Sentences of scopes are only put in the place of the one of the same scope and language.
    """
    changeable = [field for field in fields if field.changes]

    def add(command: F) -> F:
        dry = "Say what would change and what would stop working, and change nothing."
        command = click.option("--dry-run", is_flag=True, help=dry)(command)
        for field in reversed(changeable):
            command = _change_option(field)(command)
        return command

    return add


def _change_option(field: Field) -> Callable[[F], F]:
    if field.kind == "flag":
        both = f"{field.option}/--no-{field.option.removeprefix('--')}"
        return click.option(both, field.name, default=None, help=field.says)
    plain = replace(field, default=None)
    if not field.many or field.kind == "scope-text":
        return _option(plain, False)
    named = field.option.removeprefix("--")
    name, label = field.name, field.label
    whole = replace(plain, says=f"All of its {label}, one by one; those not named go.")
    added = replace(plain, name=f"add_{name}", option=f"--add-{named}", says=f"Add to its {label}.")
    removed = replace(
        plain,
        name=f"remove_{name}",
        option=f"--remove-{named}",
        says=f"Take from its {label}.",
        kind="text",
        metavar="NAME" if field.kind == "scope" else field.metavar,
    )

    emptied = replace(
        plain, name=f"no_{name}", option=f"--no-{named}", says=f"None of its {label}.", kind="flag"
    )

    def add(command: F) -> F:
        for each in (removed, added, replace(emptied, metavar=None, many=False), whole):
            command = _option(each, False)(command)
        return command

    return add


def edits_of(fields: Iterable[Field], given: Mapping[str, Any]) -> dict[str, Edit]:
    """What the options of `change_options` ask for; a field that none names is left out."""
    edits: dict[str, Edit] = {}
    for field in fields:
        value = given.get(field.name)
        if field.kind == "scope-text":
            edit = Edit(add=tuple(value or ()))
        elif field.many:
            added, removed = given.get(f"add_{field.name}"), given.get(f"remove_{field.name}")
            edit = Edit(_whole(field, value, given), tuple(added or ()), tuple(removed or ()))
        else:
            edit = Edit(AS_IT_IS if value is None else value)
        if edit != Edit():
            edits[field.name] = edit
    return edits


def _whole(field: Field, value: Any, given: Mapping[str, Any]) -> Any:
    """What a list is to be as a whole; raises UsageError where it is emptied and named."""
    if not given.get(f"no_{field.name}"):
        return tuple(value) if value else AS_IT_IS
    if value:
        says = f"--no-{field.option.removeprefix('--')} and {field.option}: one or the other"
        raise click.UsageError(says)
    return ()


def _option(field: Field, required: bool) -> Callable[[F], F]:
    more: dict[str, Any] = {"help": field.says, "metavar": field.metavar}
    if field.kind == "flag":
        return click.option(field.option, field.name, is_flag=True, **more)
    kind = _TYPES.get(field.kind)
    if field.kind == "whole":
        kind = Whole(*field.bounds)
    elif field.kind == "quota":
        kind = Quota(field.bounds[1])
    elif field.kind == "choice":
        kind = click.Choice(field.choices)
    if field.default is not None:
        more |= {"default": field.default, "show_default": True}
    many = field.many
    return click.option(
        field.option, field.name, type=kind, multiple=many, required=required, **more
    )
