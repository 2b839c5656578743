"""The ASGI application: surfaces by Host, the hot endpoints for any ASGI server, the gateway, the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from satsuma.app.hot import HotTable, id_fields
from satsuma.app.surfaces import supplied_id
from satsuma.protocol.http import Answer, Block, Later, Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_ENVELOPE = b'{"code":%d,"message":"%s","description":"%s"}'
_MISDIRECTED = Answer(
    Block(421, (b"content-type", b"application/json"), (b"cache-control", b"no-store")),
    _ENVELOPE % (60, b"Resource not found", b"No surface of this server has the requested Host."),
)
TOO_LARGE = Answer(
    Block(413, (b"content-type", b"application/json"), (b"cache-control", b"no-store")),
    _ENVELOPE % (66, b"Request entity too large", b"The body is larger than this endpoint reads."),
)


class _TooLarge(Exception):
    """A body passed the bound."""


@dataclass(slots=True)
class Application:
    """Sends each request to its surface; `gateway` and `pages` are ASGI applications."""

    table: HotTable
    gateway: App
    pages: App
    is_hot_here: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        state = self._state(scope)
        path = scope["raw_path"]
        host = _host(scope["headers"])
        surfaces = self.table.surfaces
        route = self.table.routes.get(path)
        if route is not None and (host in surfaces.api_hosts or path in self.table.anywhere):
            await self._answer_hot(scope, state, path, receive, send)
        elif host in surfaces.pages_hosts:
            await self.pages(scope, receive, _with_ids(send, state))
        elif host in surfaces.api_hosts:
            await self.gateway(scope, receive, send)
        else:
            await _send_answer(_MISDIRECTED, scope["method"], state, send)

    def _state(self, scope: Scope) -> dict[str, Any]:
        """Give the request's ids and source; made here when no front of ours made them."""
        state: dict[str, Any] = scope.setdefault("state", {})
        if "request_id" not in state:
            fields = dict(scope["headers"])
            peer = scope["client"][0] if scope.get("client") else ""
            forwarded = fields.get(b"x-forwarded-for")
            state["request_id"] = self.table.new_id()
            state["supplied_id"] = supplied_id(fields)
            state["source"] = self.table.surfaces.source(peer, forwarded)
        return state

    async def _answer_hot(
        self, scope: Scope, state: dict[str, Any], path: bytes, receive: Receive, send: Send
    ) -> None:
        route = self.table.routes[path]
        try:
            body = await _read(receive, self.table.max_body)
        except _TooLarge:
            await _send_answer(TOO_LARGE, scope["method"], state, send)
            return
        request = Request(
            scope["method"].encode(),
            path,
            scope["query_string"],
            scope["headers"],
            body,
            state["source"],
            state["request_id"],
            state["supplied_id"],
        )
        started = perf_counter()
        try:
            answer = route.endpoint(request)
            if isinstance(answer, Later):
                answer = await answer.work
        except Exception as problem:
            answer = self.table.failed(request, problem)
        route.meter.note(answer.block.status, perf_counter() - started)
        await _send_answer(answer, scope["method"], state, send)


async def _read(receive: Receive, bound: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        if len(body) > bound:
            raise _TooLarge
        message = await receive()
        body += message.get("body", b"")
    if len(body) > bound:
        raise _TooLarge
    return body


def _host(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Give the only Host in lower case; empty where there is none or more than one.

    Spec: RFC 9112 §3.2.
    """
    hosts = [value for name, value in headers if name == b"host"]
    return hosts[0].lower() if len(hosts) == 1 else b""


async def _send_answer(answer: Answer, method: str, state: dict[str, Any], send: Send) -> None:
    block, body, extra = answer
    fields = [
        *block.fields,
        *id_fields(state["request_id"], state["supplied_id"]),
        *extra,
    ]
    if block.status != 204:
        fields.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": block.status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def _with_ids(send: Send, state: dict[str, Any]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            ids = id_fields(state["request_id"], state["supplied_id"])
            message = {**message, "headers": [*message.get("headers", []), *ids]}
        await send(message)

    return sending
