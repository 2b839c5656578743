"""A declared field as others show it: a form's field for the pages, and a property's schema for an API's document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from satsuma.management.fields import Field

Control = Literal["text", "number", "checkbox", "select", "lines"]

_CONTROLS: Final[dict[str, Control]] = {
    "whole": "number",
    "quota": "number",
    "flag": "checkbox",
    "choice": "select",
}
_TYPES: Final = {"whole": "integer", "quota": ["integer", "null"], "flag": "boolean"}


@dataclass(frozen=True, slots=True)
class FormField:
    """What a form shows of a field; `lines` is a text with one value a line, `bounds` are of a number."""

    name: str
    label: str
    control: Control
    says: str
    choices: tuple[str, ...]
    bounds: tuple[int, int] | None
    is_fixed: bool


def form_field(field: Field) -> FormField:
    """The field of a form; one that cannot be changed is shown and not asked for."""
    return FormField(
        field.name,
        field.label,
        "lines" if field.many else _CONTROLS.get(field.kind, "text"),
        field.says or "",
        field.choices,
        field.bounds if field.is_number else None,
        not field.changes,
    )


def schema_of(field: Field) -> dict[str, Any]:
    """The property's schema. Spec: OpenAPI 3.1 §4.8.24."""
    one: dict[str, Any] = {"type": _TYPES.get(field.kind, "string")}
    if field.choices:
        one["enum"] = list(field.choices)
    if field.is_number:
        one |= {"minimum": field.bounds[0], "maximum": field.bounds[1]}
    schema: dict[str, Any] = {"type": "array", "items": one} if field.many else one
    if field.kind == "scope-text":
        schema = {"type": "object", "additionalProperties": {"type": "string"}}
    if field.says:
        schema["description"] = field.says
    if field.default is not None:
        schema["default"] = field.default
    if not field.changes:
        schema["readOnly"] = not field.option
    return schema


def object_schema(fields: Iterable[Field]) -> dict[str, Any]:
    """The schema of the whole, as JSON shows it."""
    properties = {field.name: schema_of(field) for field in fields if field.is_shown}
    return {"type": "object", "properties": properties}
