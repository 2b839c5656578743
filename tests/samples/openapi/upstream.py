"""An API that takes what its OpenAPI document says and nothing else: it reads each request by the document's styles."""

import contextlib
import email
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema

Document = dict[str, Any]


@dataclass
class Upstream:
    """Where it is, what it was asked, and why it refused."""

    url: str
    document: Document
    answered: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Refused(Exception):
    """What the document does not allow."""


@contextlib.contextmanager
def running(document: Document) -> Iterator[Upstream]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                name = judged(document, self.command, self.path, self.headers, body)
                upstream.answered.append(name)
                status = 200
            except (Refused, jsonschema.ValidationError, ValueError) as why:
                upstream.refusals.append(f"{self.command} {self.path}: {str(why)[:300]}")
                status = 400
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "0" if self.command == "HEAD" else "2")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else b"{}")
            self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            """Nothing is told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        upstream = Upstream(f"http://127.0.0.1:{server.server_address[1]}/v1", document)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield upstream
        server.shutdown()


def judged(document: Document, method: str, target: str, headers: Any, body: bytes) -> str:
    """The operation's name; raises where the document does not allow the request."""
    path, _, query = target.removeprefix("/v1").partition("?")
    operation, shared, texts = found(document, method, path)
    pairs = [(_plain(k), v) for k, _, v in (p.partition("=") for p in query.split("&") if p)]
    cookies = dict(p.split("=", 1) for p in headers.get("Cookie", "").split("; ") if p)
    for parameter in [*shared, *operation.get("parameters", [])]:
        parameter = resolved(document, parameter)
        name, where = parameter["name"], parameter["in"]
        schema = resolved(document, parameter.get("schema", {}))
        kind = schema.get("type", "string")
        style, explode = parameter.get("style"), parameter.get("explode")
        if where == "path":
            raw: Any = of_path(texts[name], name, kind, style, explode)
        elif where == "query":
            raw = of_query(pairs, name, kind, style, explode)
        elif where == "header":
            text = headers.get(name)
            raw = None if text is None else split(text, kind, ",", "=" if explode else ",")
        else:
            raw = None if name not in cookies else split(cookies[name], kind, ",", ",")
        if raw is None:
            if parameter.get("required"):
                raise Refused(f"{where} {name} is missing")
            continue
        check(document, schema, typed(document, schema, raw), f"{where} {name}")
    if pairs and not any(True for _ in operation.get("parameters", [])):
        raise Refused("a query that nobody knows")
    _security(document, operation, headers, dict(pairs), cookies)
    _body(document, operation, headers, body)
    return str(operation["operationId"])


def found(document: Document, method: str, path: str) -> tuple[Document, list[Any], dict[str, str]]:
    """The operation, the one with the most literal path first, and the texts of its path's parameters."""
    ordered = sorted(document["paths"].items(), key=lambda each: each[0].count("{"))
    for template, item in ordered:
        pattern = re.sub(r"\\\{([^}]+)\\\}", "([^/]+)", re.escape(template))
        names = re.findall(r"\{([^}]+)\}", template)
        matched = re.fullmatch(pattern, path)
        if matched and method.lower() in item:
            texts = dict(zip(names, matched.groups(), strict=True))
            return item[method.lower()], item.get("parameters", []), texts
    raise Refused("no such operation")


def resolved(document: Document, node: Any) -> Document:
    while "$ref" in node:
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return dict(node)


def _plain(text: str) -> str:
    return urllib.parse.unquote(text, errors="strict")


def split(text: str, kind: str, between: str, member: str) -> Any:
    if kind == "array":
        return [_plain(each) for each in text.split(between)]
    if kind == "object":
        if member == between:
            flat = [_plain(each) for each in text.split(between)]
            return dict(zip(flat[::2], flat[1::2], strict=True))
        return dict([_plain(p) for p in each.split(member, 1)] for each in text.split(between))
    return _plain(text)


def of_path(text: str, name: str, kind: str, style: str | None, explode: bool | None) -> Any:
    begin = {"label": ".", "matrix": ";"}.get(style or "", "")
    if not text.startswith(begin):
        raise Refused(f"path {name} begins wrong")
    text = text[len(begin) :]
    if style == "matrix" and not (explode and kind == "object"):
        if explode and kind == "array":
            return [_plain(each.removeprefix(f"{name}=")) for each in text.split(";")]
        if not text.startswith(f"{name}="):
            raise Refused(f"path {name} has not its name")
        text = text.removeprefix(f"{name}=")
    between = begin if explode and begin else ","
    return split(text, kind, between, "=" if explode else between)


def of_query(
    pairs: list[tuple[str, str]], name: str, kind: str, style: str | None, explode: bool | None
) -> Any:
    explode = style in (None, "form") if explode is None else explode
    if style == "deepObject":
        inside = [(k[len(name) + 1 : -1], _plain(v)) for k, v in pairs if k.startswith(f"{name}[")]
        return dict(inside) or None
    values = [value for key, value in pairs if key == name]
    if not values:
        return None
    if kind == "array" and explode:
        return [_plain(value) for value in values]
    if len(values) > 1:
        raise Refused(f"query {name} comes twice")
    between = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(style or "", ",")
    return split(values[0].replace("%7C", "|") if between == "|" else values[0], kind, between, ",")


def typed(document: Document, schema: Document, raw: Any) -> Any:
    """The texts as what their schema calls them."""
    schema = resolved(document, schema)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if isinstance(raw, list):
        return [typed(document, schema.get("items", {}), each) for each in raw]
    if isinstance(raw, dict):
        known = schema.get("properties", {})
        return {name: typed(document, known.get(name, {}), each) for name, each in raw.items()}
    if kind in ("integer", "number", "boolean"):
        return json.loads(raw)
    return raw


def check(document: Document, schema: Any, value: Any, where: str) -> None:
    whole = {**schema, "components": document.get("components", {})}
    validator = jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for problem in validator.iter_errors(value):
        raise Refused(f"{where}: {problem.message}")


def _security(
    document: Document, operation: Document, headers: Any, query: Document, cookies: Document
) -> None:
    wanted = operation.get("security", document.get("security", []))
    schemes = document.get("components", {}).get("securitySchemes", {})
    for name in wanted[0] if wanted and {} not in wanted else ():
        scheme = schemes[name]
        if scheme["type"] == "apiKey":
            place = {"header": headers, "query": query, "cookie": cookies}[scheme["in"]]
            good = place.get(scheme["name"]) == "k3y"
        else:
            kind = "Basic " if scheme.get("scheme") == "basic" else "Bearer t0ken"
            good = headers.get("Authorization", "").startswith(kind)
        if not good:
            raise Refused(f"{name} does not prove who asks")


def _body(document: Document, operation: Document, headers: Any, body: bytes) -> None:
    said = resolved(document, operation.get("requestBody", {}))
    if not said:
        if body:
            raise Refused("a body where there is none")
        return
    kind = headers.get("Content-Type", "").partition(";")[0]
    media = next((m for k, m in said["content"].items() if k.partition(";")[0] == kind), None)
    if media is None:
        raise Refused(f"a body of {kind}")
    schema = resolved(document, media.get("schema", {}))
    if "json" in kind:
        value: Any = json.loads(body)
    elif kind == "application/x-www-form-urlencoded":
        value = _grouped(
            document, schema, urllib.parse.parse_qsl(body.decode(), strict_parsing=True)
        )
    elif kind == "multipart/form-data":
        whole = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body
        parts = email.message_from_bytes(whole).get_payload()
        named = [
            (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
            for part in parts
        ]
        value = _grouped(document, schema, [(str(n), p.decode()) for n, p in named])  # type: ignore[union-attr]
    else:
        value = body.decode()
    check(document, schema, value, "body")


def _grouped(document: Document, schema: Document, pairs: list[tuple[str, str]]) -> Document:
    value: Document = {}
    for name, text in pairs:
        known = resolved(document, schema.get("properties", {}).get(name, {}))
        if known.get("type") == "array":
            value.setdefault(name, []).append(typed(document, known.get("items", {}), text))
        elif known.get("type") == "object":
            value[name] = json.loads(text)
        else:
            value[name] = typed(document, known, text)
    return value
