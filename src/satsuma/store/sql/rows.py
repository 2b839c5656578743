"""Rows and facts: instants as UTC microseconds, flags as 0 or 1, tuples and policies as JSON text.

Columns bear the names of the facts' fields, so one rule by annotation serves every table. A newer release may write
beside this one: a word of its own is read as the one that allows least, and a member that is not known is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, get_args

from satsuma.domain.accounts import Role
from satsuma.domain.apis import Access, LifeCycle, RequestPolicy, ScopeRule
from satsuma.domain.applications import AccessTokenFormat, ApplicationState, PkceDemand
from satsuma.domain.limits import Limits
from satsuma.domain.spaces import SpaceRole
from satsuma.domain.subscriptions import SubscriptionState

Values = Mapping[str, object]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_AS_IT_IS = frozenset((str, int, bytes, type(None)))


class Fact(Protocol):
    """A frozen dataclass of `domain`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)


def microseconds(at: datetime) -> int:
    """An aware instant as microseconds since 1970 in UTC, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def instant(count: int) -> datetime:
    """The aware instant that so many microseconds are."""
    return _EPOCH + timedelta(microseconds=count)


@cache
def columns(fact: type[Fact]) -> tuple[str, ...]:
    """Name the columns that hold a fact, in the order of its fields."""
    return tuple(field.name for field in fields(fact))


def values_of(fact: Fact) -> dict[str, object]:
    """A fact as values for the columns of its table."""
    return {name: to_column(getattr(fact, name)) for name in columns(type(fact))}


def to_column(value: object) -> object:
    """One field's value in its stored form."""
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple) or is_dataclass(value):
        return json.dumps(value, default=asdict, separators=(",", ":"))
    return value


def fact_of(fact: type[F], row: Sequence[Any]) -> F:
    """The fact that a row of `columns(fact)` holds."""
    values = list(row)
    for at, decode in _decoders(fact):
        if values[at] is not None:
            values[at] = decode(values[at])
    return fact(*values)


def as_stored(fact: Fact, row: Sequence[Any]) -> dict[str, object]:
    """What `values_of` gives, but a column as a row has it where that says the same.

    Another release may have put the same in other words, so a fact that was read is not compared by how
    this one would write it.
    """
    stored = fact_of(type(fact), row)
    return {
        name: column if getattr(stored, name) == getattr(fact, name) else value
        for (name, value), column in zip(values_of(fact).items(), row, strict=True)
    }


def was_of(fact: Fact, row: Sequence[Any]) -> dict[str, object]:
    """A fact as it is stored in a row, as the parameters that `clauses.unchanged` compares with."""
    return {f"was_{name}": column for name, column in as_stored(fact, row).items()}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _part(part: type[F], members: Mapping[str, Any]) -> F:
    """A part of a fact, of the members that this release knows."""
    known = columns(part)
    return part(**{name: _tuples(value) for name, value in members.items() if name in known})


def _scopes(text: str) -> tuple[ScopeRule, ...]:
    return tuple(_part(ScopeRule, item) for item in json.loads(text))


def _policy(text: str) -> RequestPolicy:
    return _part(RequestPolicy, json.loads(text))


def _limits(text: str) -> Limits:
    return _part(Limits, json.loads(text))


def _word(words: Any, least: str) -> Callable[[str], str]:
    """One of the words of a closed list, and what allows least for one that is none of them."""
    known = frozenset(get_args(words))
    return lambda word: word if word in known else least


_DECODERS: dict[str, Callable[[Any], Any] | None] = {
    "datetime": instant,
    "datetime | None": instant,
    "bool": bool,
    "tuple[str, ...]": lambda text: _tuples(json.loads(text)),
    "tuple[tuple[str, str, str], ...]": lambda text: _tuples(json.loads(text)),
    "tuple[ScopeRule, ...]": _scopes,
    "RequestPolicy": _policy,
    "Limits": _limits,
    "ApplicationState": _word(ApplicationState, "blocked"),
    "SubscriptionState": _word(SubscriptionState, "revoked"),
    "LifeCycle": _word(LifeCycle, "retired"),
    "Access": _word(Access, "private"),
    "SpaceRole": _word(SpaceRole, "viewer"),
    "Role": _word(Role, "user"),
    "PkceDemand": _word(PkceDemand, "required"),
    "AccessTokenFormat": _word(AccessTokenFormat, "issuer"),
    **dict.fromkeys(
        (
            "str",
            "str | None",
            "int",
            "int | None",
            "bytes",
            "bytes | None",
            "KeyPurpose",
            "LinkPurpose",
            "RevocationKind",
        )
    ),
}


@cache
def _decoders(fact: type[Fact]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Which of a fact's columns need decoding, and how."""
    found = ((at, _DECODERS[str(field.type)]) for at, field in enumerate(fields(fact)))
    return tuple((at, decode) for at, decode in found if decode is not None)
