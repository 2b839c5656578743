"""What a command reads: durations, scopes with the calls that need them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from satsuma.domain.apis import ScopeRule

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


DURATION = Duration()
SCOPE = Scope()
SCOPE_TEXT = ScopeText()
