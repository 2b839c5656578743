"""The control endpoint's OpenAPI document, written from the types that its bodies are read by."""

from __future__ import annotations

from typing import Any

import msgspec

from satsuma.testing.operations import OPERATIONS, Operation

_REFUSED = {
    "description": "Refused: a stable word, and a sentence for a person.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"error": {"type": "string"}, "says": {"type": "string"}},
                "required": ["error", "says"],
            }
        }
    },
}


def document(url: str) -> dict[str, Any]:
    """The document of a server whose control endpoint is at `url`."""
    types = list(dict.fromkeys(each.body for each in OPERATIONS))
    _, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path or "/", {})[operation.method.lower()] = _operation(
            operation
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Satsuma for tests: control", "version": "1"},
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    says = (operation.do.__doc__ or "").strip().partition("\n")[0]
    answer: dict[str, Any] = {"description": says}
    if operation.status != 204:
        answer["content"] = {"application/json": {"schema": {"type": "object"}}}
    described: dict[str, Any] = {
        "operationId": operation.do.__name__,
        "summary": says,
        "responses": {str(operation.status): answer, "default": _REFUSED},
    }
    if operation.method == "POST":
        schema = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described
