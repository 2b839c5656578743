"""What is asked to be changed of a fact, field by field: a value in place of the present one, or a list's additions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from satsuma.management.fields import BadValue, Field

F = TypeVar("F")
AS_IT_IS: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Edit:
    """What is asked of one field; of a list, `value` is the whole of it, before what is added and removed.

    What is added stands in the place of all that is known by the same key, such as the rules of one scope.
    """

    value: Any = AS_IT_IS
    add: tuple[Any, ...] = ()
    remove: tuple[str, ...] = ()


Edits = Mapping[str, Edit]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change makes of a fact: each field that differs as (was, is) in JSON's form, and what stops working."""

    fields: dict[str, dict[str, Any]]
    ends: tuple[str, ...]


def edited(fields: Iterable[Field], fact: F, edits: Edits) -> F:
    """The fact as the edits make it; raises BadValue where a field cannot be changed, or a list has not what goes."""
    known = {field.name: field for field in fields}
    for name, edit in edits.items():
        field = known.get(name)
        if field is None or not field.changes:
            raise BadValue("field-fixed", f"{name} cannot be changed")
        value = _edited_value(field, field.of(fact), edit)
        fact = _with(fact, field, value)
    return fact


def _edited_value(field: Field, present: Any, edit: Edit) -> Any:
    value = present if edit.value is AS_IT_IS else edit.value
    if not field.many:
        return value
    known = {field.key(each) for each in value}
    for gone in edit.remove:
        if gone not in known:
            raise BadValue("not-there", f"{gone!r} is not among the {field.label} of this one")
    added: dict[str, list[Any]] = {}
    for each in edit.add:
        added.setdefault(field.key(each), []).append(each)
    left: list[Any] = []
    for each in value:
        key = field.key(each)
        if key not in edit.remove and key not in added:
            left.append(each)
        elif key not in edit.remove:
            left += added[key]
            added[key] = []
    return tuple(dict.fromkeys((*left, *(each for more in added.values() for each in more))))


def _with(fact: Any, field: Field, value: Any) -> Any:
    if not field.inside:
        return replace(fact, **{field.name: value})
    part = getattr(fact, field.inside)
    if field.seconds:
        part = part.with_quota(field.seconds, value)
    else:
        part = replace(part, **{field.name: value})
    return replace(fact, **{field.inside: part})


def in_form(fields: Iterable[Field], was: object, now: F) -> F:
    """What was made of a fact, each value that is new in the one form that is stored; raises BadValue."""
    for field in fields:
        before, after = field.of(was), field.of(now)
        if before == after:
            continue
        if field.many:
            after = tuple(each if each in before else field.form(each) for each in after)
            now = _with(now, field, tuple(dict.fromkeys(after)))
        else:
            now = _with(now, field, field.form(after))
    return now


def differences(
    fields: Iterable[Field], was: object, now: object, more: Iterable[str] = ()
) -> Changed:
    """What differs between a fact and what was made of it; `more` stops working beside what single fields say."""
    moved = [f for f in fields if f.is_shown and f.of(was) != f.of(now)]
    shown = {f.name: {"was": f.shown(f.of(was)), "is": f.shown(f.of(now))} for f in moved}
    return Changed(shown, (*_ends(moved, was, now), *more))


def _ends(moved: Iterable[Field], was: object, now: object) -> Iterator[str]:
    for field in moved:
        yield from field.ends(field.of(was), field.of(now))
