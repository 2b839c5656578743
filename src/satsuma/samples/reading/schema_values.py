"""A value that a schema takes: its example, or the smallest that can be made from its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

DEEPEST: Final = 12
MOST_LOOKED_AT: Final = 20_000
"""So many parts of a document are looked at for one request: what each names twice again would never end."""
_FORMATS: Final = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "email": "person@example.org",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "uri-reference": "/",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
    "binary": "text",
}
_TRIED: Final = (
    "text",
    "a",
    "A",
    "1",
    "12",
    "1234",
    "abc",
    "ABC",
    "AB",
    "a-b",
    "a_b",
    "2026",
    "FR",
    "#000000",
)
_TRIED_MORE: Final = (
    "+33600000000",
    "35000",
    "0" * 32,
    "a" * 40,
    "1.0",
    "v1",
    "en",
    "en-US",
    "12:00",
    "2026-01-31",
)


class Schemas:
    """Makes values, with the document at hand for what is said elsewhere.

    Without `matching` no pattern is tried: one of somebody else's may take for ever.
    """

    def __init__(self, document: Mapping[str, Any], matching: bool = True) -> None:
        self.document = document
        self.matching = matching
        self._left = MOST_LOOKED_AT

    def resolved(self, node: Any) -> dict[str, Any]:
        """What a reference stands for; an empty one for what cannot be found."""
        self._left -= 1
        for _ in range(DEEPEST):
            if not isinstance(node, dict) or self._left < 0:
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            if not reference.startswith("#/"):
                return {}
            node = self._at(reference)
        return {}

    def _at(self, reference: str) -> Any:
        node: Any = self.document
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, dict) else None
        return node

    def value(self, node: Any, depth: int = 0) -> Any:
        """A value; None where nothing can be said."""
        schema = self._merged(self.resolved(node), depth)
        for name in ("example", "const", "default"):
            if name in schema and schema[name] is not None:
                return schema[name]
        for name in ("examples", "enum"):
            if isinstance(schema.get(name), list) and schema[name]:
                return schema[name][0]
        if depth > DEEPEST:
            return None
        return self._made(schema, depth)

    def _merged(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        """With all of `allOf`, and the first of the alternatives."""
        parts = list(schema["allOf"]) if isinstance(schema.get("allOf"), list) else []
        for name in ("oneOf", "anyOf"):
            if isinstance(schema.get(name), list) and schema[name]:
                parts.append(schema[name][0])
        found = dict(schema)
        for part in parts if depth <= DEEPEST else []:
            other = self._merged(self.resolved(part), depth + 1)
            properties = {**found.get("properties", {}), **other.get("properties", {})}
            required = [*found.get("required", []), *other.get("required", [])]
            found = {**other, **found}
            if properties:
                found["properties"] = properties
            if required:
                found["required"] = list(dict.fromkeys(required))
        return found

    def _made(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((each for each in kind if each != "null"), "null")
        if kind is None:
            kind = (
                "object" if "properties" in schema else "array" if "items" in schema else "string"
            )
        if kind == "object":
            properties = schema.get("properties", {})
            wanted = list(schema.get("required", []))
            return {name: self.value(properties.get(name, {}), depth + 1) for name in wanted}
        if kind == "array":
            count = max(int(schema.get("minItems", 1)), 1)
            return [self.value(schema.get("items", {}), depth + 1)] * min(count, 20)
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return _number(schema, kind)
        return None if kind == "null" else _text(schema, self.matching)


def _number(schema: Mapping[str, Any], kind: str) -> int | float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    value = 1
    if isinstance(least, int | float) and not isinstance(least, bool):
        value = max(value, int(least) + ("minimum" not in schema))
    if isinstance(most, int | float) and not isinstance(most, bool) and value > most:
        value = int(most)
    step = schema.get("multipleOf")
    if isinstance(step, int) and step > 1:
        value = -(-value // step) * step
    return value if kind == "integer" else float(value) if isinstance(step, float) else value


def _text(schema: Mapping[str, Any], matching: bool) -> str:
    least = min(int(schema.get("minLength", 0)), 1000)
    most = int(schema.get("maxLength", 1000))
    pattern = schema.get("pattern") if matching else None
    tried = (_FORMATS.get(schema.get("format", ""), "text"), *_TRIED, *_TRIED_MORE)
    for text in tried:
        full = text + "a" * (least - len(text))
        if len(full) <= most and (not isinstance(pattern, str) or _matches(pattern, full)):
            return full
    return tried[0]


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False
