"""The operations of an OpenAPI document, each as a request with the document's own examples."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from satsuma.samples.reading.address import read_address, with_query
from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.marks import has_mark, mark
from satsuma.samples.reading.multipart import Part, body_of
from satsuma.samples.reading.reading import Reading, reading_of
from satsuma.samples.reading.schema_values import Schemas
from satsuma.samples.reading.styles import cookie_pair, header_value, path_part, query_pairs
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.reading.wire import FORM, Wire

LONGEST: Final = 16 * 1024 * 1024
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SERVER: Final = "https://api.example.com"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation by its name, where it stands, and its one request."""

    name: str
    method: str
    path: str
    reading: Reading


def read_openapi(text: str, server: str | None = None) -> tuple[Operation, ...]:
    """Every operation of a document of OpenAPI 3 in JSON; raises Unreadable.

    `server` is where the API is, for a document that does not say.
    """
    document = _parsed(text)
    base = server or _server(document)
    found = []
    for path, method, shared, operation in _operations(document):
        made = _Maker(document, base).wire(path, method, shared, operation)
        name = operation.get("operationId")
        name = name if isinstance(name, str) and name else f"{method.upper()} {path}"
        found.append(Operation(name, method.upper(), path, reading_of([made], Ledger(), False)))
    if not found:
        raise Unreadable("The document has no operation")
    return tuple(found)


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise Unreadable(f"A document of more than {LONGEST // 1024 // 1024} MB is not read")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("The text is not JSON") from None
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise Unreadable("The text is no document of OpenAPI 3")
    if has_mark(text) or has_mark(json.dumps(document, ensure_ascii=False)):
        raise Unreadable("The text has signs that stand for no character")
    return document


def _server(document: Mapping[str, Any]) -> str:
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    url = first.get("url", "") if isinstance(first, dict) else ""
    variables = first.get("variables", {}) if isinstance(first, dict) else {}
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        url = url.replace(f"{{{name}}}", str(variable.get("default", name)))
    if not url.startswith(("http://", "https://")):
        url = SERVER + "/" + url.lstrip("/")
    return url.rstrip("/")


def _operations(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, str, list[Any], dict[str, Any]]]:
    schemas = Schemas(document)
    paths = document.get("paths")
    for path, given in paths.items() if isinstance(paths, dict) else ():
        item = schemas.resolved(given)
        for method in METHODS:
            operation = item.get(method)
            if isinstance(operation, dict) and path.startswith("/"):
                shared = item.get("parameters")
                yield path, method, shared if isinstance(shared, list) else [], operation


class _Maker:
    """Makes the request of an operation."""

    def __init__(self, document: Mapping[str, Any], base: str) -> None:
        self.document = document
        self.schemas = Schemas(document)
        self.base = base

    def wire(self, path: str, method: str, shared: list[Any], operation: dict[str, Any]) -> Wire:
        """The request, with what is required and what has an example."""
        target, pairs, headers, cookies = path, [], [], []
        for parameter in self._parameters(shared, operation):
            name, where = parameter["name"], parameter["in"]
            value = self._value_of(parameter)
            if value is None and not parameter.get("required"):
                continue
            style = (parameter.get("style"), parameter.get("explode"))
            value = "text" if value is None else value
            if where == "path":
                target = target.replace(f"{{{name}}}", path_part(name, value, *style))
            elif where == "query":
                pairs += query_pairs(name, value, *style, bool(parameter.get("allowReserved")))
            elif where == "header" and name.lower() not in (
                "accept",
                "content-type",
                "authorization",
            ):
                headers.append((name, header_value(value, style[1])))
            elif where == "cookie":
                cookies.append(cookie_pair(name, value))
        url = with_query(self.base + target, "&".join(pairs))
        wire = Wire(
            method.upper(), read_address(url).url, [("Accept", self._accept(operation)), *headers]
        )
        self._body(wire, operation)
        self._who_asks(wire, operation, cookies)
        if cookies:
            wire.headers.append(("Cookie", "; ".join(cookies)))
        return wire

    def _parameters(self, shared: list[Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
        own = operation.get("parameters")
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for given in [*shared, *(own if isinstance(own, list) else [])]:
            parameter = self.schemas.resolved(given)
            if isinstance(parameter.get("name"), str) and isinstance(parameter.get("in"), str):
                found[(parameter["name"], parameter["in"])] = parameter
        return list(found.values())

    def _value_of(self, parameter: dict[str, Any]) -> Any:
        """An example, or a value made where one is required."""
        example = self._example(parameter)
        if example is not None:
            return example
        schema = self.schemas.resolved(parameter.get("schema"))
        if "example" in schema:
            return schema["example"]
        if not parameter.get("required"):
            return None
        content = parameter.get("content")
        if isinstance(content, dict) and content:
            media = next(iter(content.values()))
            return json.dumps(self.schemas.value(media.get("schema")), ensure_ascii=False)
        return self.schemas.value(schema)

    def _example(self, holder: Mapping[str, Any]) -> Any:
        if holder.get("example") is not None:
            return holder["example"]
        examples = holder.get("examples")
        if isinstance(examples, dict) and examples:
            return self.schemas.resolved(next(iter(examples.values()))).get("value")
        return None

    def _accept(self, operation: dict[str, Any]) -> str:
        responses = operation.get("responses")
        for status, given in responses.items() if isinstance(responses, dict) else ():
            content = self.schemas.resolved(given).get("content")
            if str(status).startswith("2") and isinstance(content, dict) and content:
                return str(next((kind for kind in content if "json" in kind), next(iter(content))))
        return "*/*"

    def _body(self, wire: Wire, operation: dict[str, Any]) -> None:
        body = self.schemas.resolved(operation.get("requestBody"))
        content = body.get("content")
        if not isinstance(content, dict) or not content:
            return
        kinds = sorted(content, key=lambda kind: ("json" not in kind, kind != FORM))
        kind, media = kinds[0], content[kinds[0]]
        media = media if isinstance(media, dict) else {}
        value = self._example(media)
        value = self.schemas.value(media.get("schema")) if value is None else value
        kind = "application/octet-stream" if kind == "*/*" else kind
        if kind.partition(";")[0] == FORM and isinstance(value, dict):
            wire.form = [
                (name, _plain(each))
                for name, one in value.items()
                for each in (one if isinstance(one, list) else [one])
            ]
        elif kind.startswith("multipart/") and isinstance(value, dict):
            wire.body, boundary = body_of(self._parts(value, media), backslashes=False)
            wire.headers.append(("Content-Type", f"{kind}; boundary={boundary}"))
        else:
            text = isinstance(value, str) and "json" not in kind
            wire.body = value if text else json.dumps(value, ensure_ascii=False, indent=2)
            wire.headers.append(("Content-Type", kind))

    def _parts(self, value: dict[str, Any], media: dict[str, Any]) -> list[Part]:
        properties = self.schemas.resolved(media.get("schema")).get("properties", {})
        found = []
        for name, one in value.items():
            schema = self.schemas.resolved(properties.get(name))
            is_file = schema.get("format") == "binary" or "contentMediaType" in schema
            kind = "application/json" if isinstance(one, dict | list) else None
            kind = (
                str(schema.get("contentMediaType", "application/octet-stream")) if is_file else kind
            )
            found.append(Part(name, _plain(one), name if is_file else None, kind))
        return found

    def _who_asks(self, wire: Wire, operation: dict[str, Any], cookies: list[str]) -> None:
        wanted = operation.get("security", self.document.get("security"))
        if not isinstance(wanted, list) or not wanted or {} in wanted:
            return
        components = self.document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else {}
        for name in wanted[0] if isinstance(wanted[0], dict) else ():
            scheme = self.schemas.resolved((schemes or {}).get(name))
            key = scheme.get("name")
            if scheme.get("type") == "apiKey" and isinstance(key, str):
                value = mark("SATSUMA_CLIENT_KEY")
                if scheme.get("in") == "query":
                    wire.url = with_query(wire.url, f"{urllib.parse.quote(key)}={value}")
                elif scheme.get("in") == "cookie":
                    cookies.append(f"{key}={value}")
                else:
                    wire.headers.append((key, value))
            elif str(scheme.get("scheme", "")).lower() == "basic":
                wire.basic = ("YOUR_USER", mark("SATSUMA_CLIENT_SECRET"))
            elif scheme:
                wire.bearer = mark("SATSUMA_CLIENT_TOKEN")


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
