"""A request to a platform from inside its own process, past the tap: what a test prepares is not what it asserts on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from satsuma.front.asgi import App


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; `location` is where it sends on to, or empty."""

    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


async def ask(
    app: App, method: str, url: str, form: dict[str, str] | None = None, authorization: str = ""
) -> Told:
    """Ask `app` as a caller on this machine."""
    parts = urlsplit(url)
    body = b"" if form is None else urlencode(form).encode()
    scope = _scope(method, parts, _headers(parts, form is not None, len(body), authorization))
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    head = {name.lower(): value for name, value in messages[0]["headers"]}
    return Told(
        messages[0]["status"],
        head.get(b"location", b"").decode(),
        b"".join(each.get("body", b"") for each in messages[1:]),
    )


def _headers(
    parts: SplitResult, is_form: bool, length: int, authorization: str
) -> list[tuple[bytes, bytes]]:
    headers = [(b"host", parts.netloc.encode()), (b"accept", b"application/json")]
    if is_form:
        headers.append((b"content-type", b"application/x-www-form-urlencoded"))
        headers.append((b"content-length", b"%d" % length))
    if authorization:
        headers.append((b"authorization", authorization.encode()))
    return headers


def _scope(method: str, parts: SplitResult, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname, parts.port),
        "state": {},
    }
