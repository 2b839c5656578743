"""An OpenAPI 3 document as plain operations: references followed, parameters joined.

Spec: RFC 6901.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

from satsuma.management.api_documents import LARGEST
from satsuma.management.context import NotPossible

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_DEEPEST = 20
_YAML_WORDS: Final = {
    "null": (r"(?:null|Null|NULL|~|)\Z", ["n", "N", "~", ""]),
    "bool": (r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)\Z", "-+0123456789"),
    "float": (
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z",
        "-+.0123456789",
    ),
    "merge": (r"<<\Z", "<"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: its parameters by (place, name), its body, answers and scopes."""

    method: str
    path: str
    parameters: dict[tuple[str, str], dict[str, Any]]
    body: dict[str, Any] | None
    produces: tuple[str, ...]
    scopes: tuple[str, ...]
    other_ways: int

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def read_document(file: Path) -> dict[str, Any]:
    """Read an OpenAPI document, JSON or YAML; raises NotPossible."""
    if file.stat().st_size > 2 * LARGEST:  # it may be written wider than it is stored
        says = f"{file} has more than {2 * LARGEST // 1024**2} MB"
        raise NotPossible("openapi-too-large", says)
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise NotPossible("openapi-unreadable", f"{file} is not UTF-8") from None
    try:
        document = json.loads(text)
    except ValueError:
        document = _from_yaml(file, text)
    except RecursionError:
        raise NotPossible("openapi-unreadable", f"{file} is nested too deeply") from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise NotPossible("openapi-version", f"{file} is not an OpenAPI 3 document")
    return document


def _from_yaml(file: Path, text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise NotPossible(
            "openapi-unreadable", f"{file} is not JSON; YAML needs PyYAML: pip install pyyaml"
        ) from None
    try:
        return yaml.load(text, Loader=_yaml_loader())  # noqa: S506 - made of the safe one
    except RecursionError:
        raise NotPossible("openapi-unreadable", f"{file} is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as problem:
        raise NotPossible("openapi-unreadable", f"{file} is not YAML: {problem}") from None


@cache
def _yaml_loader() -> Any:
    """The safe loader, which reads words as JSON would: a date is a text, and so is a `no`, which is also Norway."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    for tag, (pattern, firsts) in _YAML_WORDS.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(firsts))
    return Loader


def operations_of(document: dict[str, Any]) -> list[Operation]:
    """Every operation of a document; raises NotPossible where it has none, or is no OpenAPI."""
    try:
        found = [
            _operation(document, method, path, _resolved(document, item))
            for path, item in document.get("paths", {}).items()
            for method in METHODS
            if method.lower() in _resolved(document, item)
        ]
    except (AttributeError, KeyError, TypeError) as problem:
        says = "The document is malformed: its paths, and what stands under each, must be objects"
        raise NotPossible("openapi-malformed", says) from problem
    if not found:
        raise NotPossible("openapi-empty", "The document has no operations")
    return found


def resolved_schema(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Follow a schema's references; an empty schema where there is none."""
    return _resolved(document, schema or {})


def _operation(document: dict[str, Any], method: str, path: str, item: dict[str, Any]) -> Operation:
    operation = item[method.lower()]
    parameters: dict[tuple[str, str], dict[str, Any]] = {}
    for each in (*item.get("parameters", ()), *operation.get("parameters", ())):
        parameter = _resolved(document, each)
        parameters[parameter["in"], parameter["name"]] = parameter
    body = operation.get("requestBody")
    ways = operation.get("security", document.get("security", []))
    return Operation(
        method,
        path,
        parameters,
        None if body is None else _resolved(document, body),
        _produces(document, operation),
        tuple(dict.fromkeys(scope for scopes in (ways or [{}])[0].values() for scope in scopes)),
        max(len(ways) - 1, 0),
    )


def _produces(document: dict[str, Any], operation: dict[str, Any]) -> tuple[str, ...]:
    media: dict[str, None] = {}
    for status, answer in operation.get("responses", {}).items():
        if str(status).startswith(("2", "d")):
            media.update(dict.fromkeys(_resolved(document, answer).get("content", {})))
    return tuple(media)


def _resolved(document: dict[str, Any], value: object) -> dict[str, Any]:
    for _ in range(_DEEPEST):
        if not isinstance(value, dict):
            raise NotPossible("openapi-malformed", "An object of the document is none")
        if "$ref" not in value:
            return dict(value)
        value = _pointed(document, value["$ref"])
    raise NotPossible("openapi-malformed", "References in the document go round in a circle")


def _pointed(document: dict[str, Any], reference: str) -> Any:
    if not reference.startswith("#/"):
        raise NotPossible(
            "openapi-reference", f"{reference}: only references within the document are followed"
        )
    found: Any = document
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or name not in found:
            raise NotPossible("openapi-reference", f"{reference} points nowhere")
        found = found[name]
    return found
