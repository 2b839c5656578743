"""An OpenAPI 3 document becomes an API: its scopes, and what the gateway can ask of every call.

The gateway's policy holds for the whole API, so only what each operation demands alike becomes a
demand; the rest is noted, and left to the API itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from satsuma.domain.apis import RequestPolicy, ScopeRule
from satsuma.domain.request_patterns import ANYTHING, LONGEST_HEAD, is_cheap, longest_value
from satsuma.management.api_documents import pack
from satsuma.management.apis import NewApi
from satsuma.management.context import NotPossible
from satsuma.management.openapi import Operation, operations_of, read_document, resolved_schema
from satsuma.management.scope_texts import texts_of

__all__ = ["Imported", "read_document", "read_openapi"]

_OURS: Final = frozenset({"accept", "content-type", "authorization"})
_SIMPLE: Final = {
    "integer": r"-?[0-9]{1,19}",
    "number": r"-?[0-9]{1,19}(?:\.[0-9]{1,19})?(?:[eE][+-]?[0-9]{1,3})?",
    "boolean": "true|false",
}
_Demand = tuple[str, str, bool]
Reaches = Callable[[str], bool]
"""Whether a caller's field of this name reaches an API."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a document says, what of it the gateway cannot hold callers to, and what it bounds by itself."""

    api: NewApi
    notes: tuple[str, ...]
    bounds: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    document: dict[str, Any]
    operations: list[Operation]
    reaches: Reaches
    notes: dict[str, None] = field(default_factory=dict)
    bounds: dict[str, None] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Remember, once, what is left to the API."""
        self.notes[text] = None


def read_openapi(
    document: dict[str, Any],
    name: str,
    version: int | None,
    upstream: str | None,
    issuers: tuple[str, ...] | None,
    reaches: Reaches,
) -> Imported:
    """The API that a document describes; raises NotPossible.

    A header that never reaches it is not demanded: every call would be refused.
    """
    reading = _Reading(document, operations_of(document), reaches)
    info = document.get("info") or {}
    bodies = [each.body for each in reading.operations if each.body is not None]
    policy = RequestPolicy(
        methods=tuple(sorted({each.method for each in reading.operations})),
        consumes=_media(tuple(body.get("content", {})) for body in bodies),
        produces=_produces(reading.operations),
        query=_demands(reading, "query"),
        headers=_demands(reading, "header"),
        body_fields=_body_fields(reading),
        body_required=all(each.body and each.body.get("required") for each in reading.operations),
    )
    scopes = _scopes(reading)
    api = NewApi(
        name=name,
        version=_version(info) if version is None else version,
        title=str(info.get("title") or name)[:200],
        upstream=upstream or _server(document),
        scopes=scopes,
        issuers=issuers,
        policy=policy,
        scope_texts=texts_of(document, (rule.scope for rule in scopes)),
        openapi=pack(document),
    )
    return Imported(api, tuple(reading.notes), tuple(reading.bounds))


def _version(info: dict[str, Any]) -> int:
    found = re.match(r"v?([0-9]{1,4})(?:\.|\Z)", str(info.get("version", "")))
    if found is None:
        raise NotPossible("openapi-version-unclear", "info.version has no number: say --version")
    return int(found[1])


def _server(document: dict[str, Any]) -> str:
    servers = document.get("servers") or [{}]
    url = str(servers[0].get("url", ""))
    if urlsplit(url).scheme not in ("http", "https") or "{" in url:
        raise NotPossible("openapi-server", "The document names no whole server: say --upstream")
    return url


def _media(sets: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    found = dict.fromkeys(
        media.partition(";")[0].strip().lower() for each in sets for media in each
    )
    return () if "*/*" in found else tuple(found)


def _produces(operations: Sequence[Operation]) -> tuple[str, ...]:
    if not all(each.produces for each in operations):
        return ()
    return _media(each.produces for each in operations)


def _demands(reading: _Reading, place: str) -> tuple[_Demand, ...]:
    names = {
        name: None
        for operation in reading.operations
        for where, name in operation.parameters
        if where == place and not (place == "header" and name.lower() in _OURS)
    }
    demands = (_demand(reading, place, name) for name in names)
    return tuple(demand for demand in demands if demand is not None)


def _demand(reading: _Reading, place: str, name: str) -> _Demand | None:
    found = [each.parameters.get((place, name)) for each in reading.operations]
    parameters = [each for each in found if each is not None]
    what = f"{place} parameter {name}" if place == "query" else f"header {name}"
    if place == "header" and not reading.reaches(name):
        reading.note(f"{what}, which the gateway does not hand on")
        return None
    if len(parameters) < len(found):
        reading.note(f"{what}, which not every operation has")
        return None
    schemas = [resolved_schema(reading.document, each.get("schema")) for each in parameters]
    if any(schema.get("type") in ("array", "object") or "type" not in schema for schema in schemas):
        reading.note(f"{what}, which is not one plain value")
        return None
    patterns = {_pattern(reading, what, schema) for schema in schemas}
    required = all(each.get("required") for each in parameters)
    pattern = patterns.pop() if len(patterns) == 1 else ANYTHING
    return (name, pattern, required) if required or pattern != ANYTHING else None


def _pattern(reading: _Reading, what: str, schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if "enum" in schema:
        return "|".join(re.escape(_plain(each)) for each in schema["enum"])
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    given = schema.get("pattern")
    if given is not None:
        most = schema.get("maxLength")
        return _from_schema(reading, what, str(given), most if isinstance(most, int) else None)
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", "")
    return f"[\\s\\S]{{{shortest},{longest}}}" if shortest or longest else ANYTHING


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _from_schema(reading: _Reading, what: str, pattern: str, most: int | None) -> str:
    """A document's pattern for a whole value, unless matching it could take long."""
    start = "" if pattern.startswith("^") else ANYTHING
    end = "" if pattern.endswith("$") else ANYTHING
    whole = start + pattern.removeprefix("^").removesuffix("$") + end
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(whole)
    except (re.error, FutureWarning):
        reading.note(f"the pattern of {what}, which Python cannot read")
        return ANYTHING
    if re.search(r"[()|]", re.sub(r"\\.", "", pattern)):
        reading.note(f"the pattern of {what}, which has groups or alternatives")
        return ANYTHING
    if not is_cheap(pattern, anywhere=bool(start)):
        reading.note(f"the pattern of {what}, which could take long to match: it repeats too much")
        return ANYTHING
    longest = longest_value(whole)
    if longest < min(LONGEST_HEAD, LONGEST_HEAD if most is None else most):
        reading.bounds[f"{what} longer than {longest:,} characters, by its pattern"] = None
    return whole


def _body_fields(reading: _Reading) -> tuple[_Demand, ...]:
    """Demand a field only where each operation takes a JSON object that requires it."""
    required: set[str] | None = None
    for operation in reading.operations:
        content = (operation.body or {}).get("content", {})
        schemas = [
            resolved_schema(reading.document, each.get("schema")) for each in content.values()
        ]
        if set(content) != {"application/json"} or schemas[0].get("type") != "object":
            if content:
                reading.note(f"the body of {operation}")
            return ()
        fields = set(schemas[0].get("required", ()))
        required = fields if required is None else required & fields
    return tuple((name, ANYTHING, True) for name in sorted(required or ()))


def _scopes(reading: _Reading) -> tuple[ScopeRule, ...]:
    operations = reading.operations
    for operation in operations:
        if operation.other_ways and operation.scopes:
            reading.note(f"other ways to be allowed to {operation} than {operation.scopes[0]}")
    if len({each.scopes for each in operations}) == 1:
        return tuple(ScopeRule(scope) for scope in operations[0].scopes)
    methods: dict[tuple[str, str], set[str]] = {}
    for operation in operations:
        prefix = operation.path.partition("{")[0]
        for scope in operation.scopes:
            methods.setdefault((scope, prefix), set()).add(operation.method)
    for operation in operations:
        for (scope, prefix), needed in methods.items():
            covered = operation.path.startswith(prefix) and operation.method in needed
            if covered and scope not in operation.scopes:
                reading.note(f"{operation} asks for {scope} too, as all below {prefix} does")
    return tuple(
        ScopeRule(scope, tuple(sorted(needed)), prefix)
        for (scope, prefix), needed in methods.items()
    )
