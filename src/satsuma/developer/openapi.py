"""The OpenAPI document of the developer's own API, written from its table of routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from satsuma.developer.operations import ROOT, Operation
from satsuma.developer.sandbox import PATH, OpenedSandbox
from satsuma.domain.built_in_client import OWN_APPLICATIONS

_REFUSALS = {
    "400": "A parameter is unknown, or has a value that it cannot have.",
    "401": "No access token, or none that is good.",
    "403": f"The token does not have the scope {OWN_APPLICATIONS}.",
    "404": "There is nothing of yours at this address.",
    "429": "More than 60 calls in a minute; Retry-After says how long to wait.",
    "503": "Nobody can say at the moment.",
}
_NO_SANDBOX = {
    "404": "There is no API that may be tried without an account.",
    "429": "Three were opened from this address in the last hour; Retry-After says how long to wait.",
    "503": "As many are open as may be, or nobody can say at the moment.",
}


def document(
    api_url: str, issuer: str, operations: Sequence[Operation], opens_sandboxes: bool
) -> dict[str, Any]:
    """The document of an installation; sandboxes stand in it where anybody may open one."""
    types = [each.answers for each in operations] + [OpenedSandbox] * opens_sandboxes
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    refusal = {
        "type": "object",
        "properties": {
            name: {"type": "string"} for name in ("error", "error_description", "error_uri")
        },
        "required": ["error", "error_description"],
    }
    flow = {
        "authorizationUrl": f"{issuer}/authorize",
        "tokenUrl": f"{issuer}/token",
        "scopes": {
            OWN_APPLICATIONS: "Read your applications, what they used, and which of their requests were refused."
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Satsuma: your own applications", "version": "1"},
        "servers": [{"url": api_url + ROOT}],
        "security": [{"person": [OWN_APPLICATIONS]}],
        "paths": {
            each.path + ("{id}" if each.has_item else ""): {"get": _operation(each)}
            for each in operations
        }
        | ({PATH.removeprefix(ROOT): {"post": _sandbox()}} if opens_sandboxes else {}),
        "components": {
            "schemas": {**schemas, "Refusal": refusal},
            "securitySchemes": {"person": {"type": "oauth2", "flows": {"authorizationCode": flow}}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {
            "name": each.name,
            "in": "query",
            "description": each.says,
            "schema": _schema(each.schema, each.default),
            **({"required": True} if each.required else {}),
        }
        for each in operation.parameters
    ]
    if operation.has_item:
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        )
    answers = {"$ref": f"#/components/schemas/{operation.answers.__name__}"}
    refused = {"$ref": "#/components/schemas/Refusal"}
    return {
        "operationId": operation.name,
        "summary": operation.says,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": operation.says,
                "content": {"application/json": {"schema": answers}},
            },
            **{
                status: {"description": says, "content": {"application/json": {"schema": refused}}}
                for status, says in _REFUSALS.items()
            },
        },
    }


def _sandbox() -> dict[str, Any]:
    says = "Open a sandbox: an application for a day, without an account."
    answers = {"$ref": f"#/components/schemas/{OpenedSandbox.__name__}"}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    return {
        "operationId": "openSandbox",
        "summary": says,
        "security": [],
        "responses": {
            "201": {"description": says, "content": {"application/json": {"schema": answers}}},
            **{
                status: {"description": why, "content": refused}
                for status, why in _NO_SANDBOX.items()
            },
        },
    }


def _schema(schema: Any, default: Any) -> dict[str, Any]:
    return {**schema, **({} if default is None else {"default": default})}
