"""A schema as the lines that a page shows of it: each property with its type, and what is demanded of its value.

A named schema inside another is a link to its own page, so that a document that goes round in a circle ends here too;
how far one that has no name is followed, and how many lines it may come to, is bounded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from satsuma.portal.reference.document import Document, Object, as_list, as_object
from satsuma.portal.reference.texts import plain

DEEPEST: Final = 8
MOST_ROWS: Final = 4_000
MOST_PARTS: Final = 60
MOST_VALUES: Final = 400
_LONGEST_VALUE: Final = 200
_DEEPEST_VALUE: Final = 30
_FACTS: Final = tuple(
    """
    format minLength maxLength pattern minimum exclusiveMinimum maximum exclusiveMaximum multipleOf minItems maxItems
    uniqueItems minProperties maxProperties contentMediaType contentEncoding
    """.split()  # noqa: SIM905
)
_OF_PARAMETERS: Final = ("example",)
_WAYS: Final = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as it is written: words before and after the name of a schema, which links to its page."""

    before: str = ""
    name: str = ""
    slug: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `mark` says what it is beside a property: an element, any other name, one of several forms, a limit.

    `within` names what it stands in, `links.` or `shops[].`: how far in it is drawn is seen by few who listen or parse.
    `facts` are keywords with their values, as the document has them; `missing` is a reference that nothing stands at.
    """

    depth: int
    name: str
    kind: Kind
    mark: str = ""
    required: bool = False
    deprecated: bool = False
    access: str = ""
    description: Any = ""
    facts: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    more_values: int = 0
    missing: str = ""
    within: str = ""


@dataclass(slots=True)
class _Walk:
    """What has been followed so far."""

    document: Document
    left: int = MOST_ROWS
    steps: int = 20 * MOST_ROWS
    inside: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A schema with what its `allOf` adds to it."""

    schema: dict[str, Any]
    properties: dict[str, Any]
    required: frozenset[str]
    missing: tuple[str, ...]


def rows_of(document: Document, node: Any) -> list[Row]:
    """The lines of a schema: first itself where it is no plain object, then what is inside of it."""
    walk = _Walk(document)
    return list(_top(walk, node))


def _top(walk: _Walk, node: Any) -> Iterator[Row]:
    found = walk.document.find(node)
    if found.missing:
        yield Row(0, "", Kind(), missing=plain(found.reference))
        return
    if found.reference:
        walk.inside.append(found.reference)
    whole = _merged(walk, found.value)
    if not whole.properties or "array" in _types(whole.schema) or _says_more(whole.schema):
        yield _row(walk, 0, "", found.value, mark="top")
    yield from _inside(walk, whole, 0)


def _says_more(schema: Object) -> bool:
    return any(name in schema for name in ("enum", "const", *_WAYS))


def _inside(walk: _Walk, whole: _Whole, depth: int) -> Iterator[Row]:
    """What stands inside a schema: its properties, elements, and the forms that it may have."""
    if depth > DEEPEST:
        yield Row(depth, "", Kind(), mark="deeper")
        return
    for missing in whole.missing:
        yield Row(depth, "", Kind(), missing=missing)
    for name, node in whole.properties.items():
        yield from _member(walk, depth, plain(name, 120), node, name in whole.required)
    schema = whole.schema
    for name, node in as_object(schema.get("patternProperties")).items():
        yield from _member(walk, depth, plain(name, 120), node, mark="pattern")
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict) and (extra or not whole.properties):
        yield from _member(walk, depth, "*", extra, mark="any")
    if "items" in schema:
        yield from _elements(walk, schema["items"], depth)
    for node in as_list(schema.get("prefixItems"))[:MOST_PARTS]:
        yield from _member(walk, depth, "[ ]", node, mark="item")
    for way in _WAYS:
        ways = as_list(schema.get(way))
        for node in ways[:MOST_PARTS]:
            yield from _member(walk, depth, "", node, mark=way)
        if len(ways) > MOST_PARTS:
            yield Row(depth, "", Kind(), mark="deeper")


def _elements(walk: _Walk, node: Any, depth: int) -> Iterator[Row]:
    """What stands inside each element of a list; what it is, the list's own line says."""
    found = walk.document.find(node)
    if found.missing:
        yield Row(depth, "", Kind(), missing=plain(found.reference))
    elif depth == 0 or not walk.document.schema_slug(found.reference):
        yield from _deeper(walk, found.reference, found.value, depth + 1)


def _member(
    walk: _Walk, depth: int, name: str, node: Any, required: bool = False, mark: str = ""
) -> Iterator[Row]:
    """A line, and what is inside of it unless that has a page of its own."""
    walk.left -= 1
    if walk.left < 0:
        if walk.left == -1:
            yield Row(depth, "", Kind(), mark="deeper")
        return
    within = "".join(f"{each}." for each in walk.names)
    row = _row(walk, depth, name, node, required, mark)
    yield replace(row, within=within if len(within) <= _LONGEST_VALUE else f"…{within[-100:]}")
    found = walk.document.find(node)
    if not walk.document.schema_slug(found.reference) and not found.missing:
        names = len(walk.names)
        walk.names += [f"{name}[]" if row.kind.before.startswith("array") else name][: bool(name)]
        yield from _deeper(walk, found.reference, found.value, depth + 1)
        del walk.names[names:]


def _deeper(walk: _Walk, reference: str, value: Any, depth: int) -> Iterator[Row]:
    if reference and reference in walk.inside:
        yield Row(depth, plain(reference, 120), Kind(), mark="again")
        return
    walk.inside.append(reference)
    yield from _inside(walk, _merged(walk, value), depth)
    walk.inside.pop()


def _row(
    walk: _Walk, depth: int, name: str, node: Any, required: bool = False, mark: str = ""
) -> Row:
    found = walk.document.find(node)
    if found.missing:
        return Row(depth, name, Kind(), mark, required, missing=plain(found.reference))
    schema = _merged(walk, found.value).schema
    beside = node if isinstance(node, dict) and "$ref" in node else {}
    values = as_list(schema.get("enum"))
    access = next((each for each in ("readOnly", "writeOnly") if schema.get(each) is True), "")
    return Row(
        depth,
        name,
        kind_of(walk.document, node),
        mark,
        required,
        schema.get("deprecated") is True,
        access,
        beside.get("description") or schema.get("description") or schema.get("title") or "",
        tuple(facts_of(schema)),
        tuple(written(value) for value in values[:MOST_VALUES]),
        max(len(values) - MOST_VALUES, 0),
    )


def _merged(walk: _Walk, value: Any) -> _Whole:
    """A schema and all of its `allOf`, each part once."""
    schema: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    required: set[str] = set()
    missing: list[str] = []
    waiting, seen = [value], set[int]()
    while waiting and walk.steps > 0:
        walk.steps -= 1
        found = walk.document.find(waiting.pop(0))
        part = as_object(found.value)
        if found.missing:
            missing.append(plain(found.reference))
        if id(part) in seen:
            continue
        seen.add(id(part))
        for name, each in part.items():
            schema.setdefault(name, each)
        for name, each in as_object(part.get("properties")).items():
            properties.setdefault(name, each)
        required.update(each for each in as_list(part.get("required")) if isinstance(each, str))
        waiting[:0] = as_list(part.get("allOf"))[:MOST_PARTS]
    return _Whole(schema, properties, frozenset(required), tuple(missing))


def parameter_rows(document: Document, parameter: Object, name: str, mark: str) -> list[Row]:
    """The lines of a parameter or a header: its own, with what its schema says, then what is inside of that."""
    node = schema_of(parameter)
    first, *inside = _member(
        _Walk(document), 0, name, node, parameter.get("required") is True, mark
    )
    facts = tuple(facts_of({key: parameter[key] for key in _OF_PARAMETERS if key in parameter}))
    own = dict(facts)
    kept = tuple(each for each in first.facts if each[0] not in own)
    return [
        replace(
            first,
            description=parameter.get("description") or first.description,
            deprecated=first.deprecated or parameter.get("deprecated") is True,
            facts=kept + facts + _style(parameter),
        ),
        *inside,
    ]


def schema_of(parameter: Object) -> Any:
    """The schema of a parameter, also where it stands under a media type."""
    for media in as_object(parameter.get("content")).values():
        return as_object(media).get("schema", {})
    return parameter.get("schema", {})


def _style(parameter: Object) -> tuple[tuple[str, str], ...]:
    given = [(name, parameter[name]) for name in ("style", "explode") if name in parameter]
    return tuple((name, written(value)) for name, value in given)


def kind_of(document: Document, node: Any, depth: int = 0) -> Kind:
    """The type of a schema in words of JSON Schema; a named one by its name."""
    found = document.find(node)
    slug = document.schema_slug(found.reference)
    if slug:
        return Kind(name=plain(document.schemas[slug], 120), slug=slug)
    schema = as_object(found.value)
    types = _types(schema)
    if types and types[0] == "array" and depth < DEEPEST:
        inner = kind_of(document, schema.get("items", {}), depth + 1)
        rest = "".join(f" | {each}" for each in types[1:])
        return Kind(f"array of {inner.before}", inner.name, inner.slug, inner.after + rest)
    parts = as_list(schema.get("allOf"))
    if not types and len(parts) == 1 and depth < DEEPEST:
        return kind_of(document, parts[0], depth + 1)
    return Kind(" | ".join(types) or _guessed(schema))


def _types(schema: Object) -> list[str]:
    given = schema.get("type")
    types = [given] if isinstance(given, str) else as_list(given)
    found = [plain(each, 40) for each in types if isinstance(each, str)][:8]
    return [*found, "null"] if found and schema.get("nullable") is True else found


def _guessed(schema: Object) -> str:
    """What a schema is that names no type."""
    for keyword, kind in (("properties", "object"), ("allOf", "object"), ("items", "array")):
        if keyword in schema:
            return kind
    for way, kind in (("oneOf", "one of"), ("anyOf", "any of")):
        if way in schema:
            return kind
    values = as_list(schema.get("enum"))
    return "string" if values and all(isinstance(each, str) for each in values) else "any"


def facts_of(schema: Object) -> Iterator[tuple[str, str]]:
    """What is demanded of a value, by keyword, and what it is where nothing is said."""
    for name in (*_FACTS, "const", "default"):
        if name in schema and schema[name] is not None and schema[name] is not False:
            yield name, written(schema[name])
    example = schema.get("example", next(iter(as_list(schema.get("examples"))), None))
    if example is not None:
        yield "example", written(example)
    if schema.get("additionalProperties") is False:
        yield "additionalProperties", "false"
    mapping = as_object(schema.get("discriminator")).get("propertyName")
    if isinstance(mapping, str):
        yield "discriminator", plain(mapping, 120)


def written(value: Any) -> str:
    """A value as it is in JSON, a text without its quotes; cut where it is long."""
    if isinstance(value, str):
        return plain(value, _LONGEST_VALUE) or '""'
    return plain(json.dumps(clipped(value, 60), ensure_ascii=False), _LONGEST_VALUE)


def clipped(value: Any, most: int) -> Any:
    """A value of at most so many parts, its texts cut too: what is left out is an ellipsis."""
    left = [most]

    def clip(value: Any, depth: int) -> Any:
        left[0] -= 1
        if isinstance(value, str):
            return plain(value, 2 * _LONGEST_VALUE)
        if isinstance(value, dict | list) and (left[0] <= 0 or depth > _DEEPEST_VALUE):
            return "…"
        if isinstance(value, dict):
            found = {}
            for name, each in value.items():
                if left[0] <= 0:
                    found["…"] = "…"
                    break
                found[plain(name, _LONGEST_VALUE)] = clip(each, depth + 1)
            return found
        if isinstance(value, list):
            return [
                *(clip(each, depth + 1) for each in value[: max(left[0], 0)] if left[0] > 0),
                *(["…"] if len(value) > max(left[0], 0) and left[0] <= 0 else []),
            ]
        return value

    return clip(value, 0)
