"""The ASGI application: surfaces by Host, the hot endpoints for any ASGI server, the gateway, the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from satsuma.domain.errors.connection import HOST_UNKNOWN
from satsuma.front.framing import check_host
from satsuma.front.hosts import unmapped
from satsuma.front.table import Route, RouteTable, refusal_answer
from satsuma.http.messages import (
    Answer,
    Later,
    Request,
    combined,
    id_fields,
    read_field,
    supplied_id,
)
from satsuma.telemetry.metrics import LEFT, Meter

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _TooLarge(Exception):
    """A body passed the bound; its argument is what came."""


class _BrokenOff(Exception):
    """The caller left before the end of the body."""


@dataclass(slots=True)
class Application:
    """Sends each request to its surface; `gateway` and `pages` are ASGI applications, `page_meter` counts pages."""

    table: RouteTable
    gateway: App
    pages: App
    page_meter: Meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        state = self._state(scope)
        request: Request = state["request"]
        path = request.path = scope["raw_path"]
        refused = check_host(scope.get("http_version", ""), request.headers)
        if refused is not None:  # under another server than ours, which told it before
            await _send_answer(refusal_answer(refused), request, send)
            return
        host = _host(request)
        hosts = self.table.hosts
        route = self.table.find(path)
        if route is not None and (host in hosts.api_hosts or path in self.table.anywhere):
            await self._answer_hot(route, request, receive, send)
        elif host in hosts.pages_hosts:
            await self._show_page(scope, receive, send, state)
        elif host in hosts.api_hosts:
            await self.gateway(scope, receive, send)
        else:
            self.table.note_unrouted(HOST_UNKNOWN, request)
            await _send_answer(refusal_answer(HOST_UNKNOWN), request, send)

    def _state(self, scope: Scope) -> dict[str, Any]:
        """The request with its ids and source; made here when no front of ours made them."""
        state: dict[str, Any] = scope.setdefault("state", {})
        if "request" not in state:
            headers = scope["headers"] = [read_field(*field) for field in scope["headers"]]
            fields = dict(headers)
            peer = unmapped(scope["client"][0]) if scope.get("client") else ""
            request = state["request"] = Request(
                scope["method"].encode(),
                scope["raw_path"],
                scope["query_string"],
                headers,
                b"",
                self.table.hosts.source(peer, combined(headers, b"x-forwarded-for")),
                self.table.new_id(),
                supplied_id(fields),
                fields,
            )
            state["request_id"] = request.request_id
            state["supplied_id"] = request.supplied_id
            state["source"] = request.source
        return state

    async def _show_page(
        self, scope: Scope, receive: Receive, send: Send, state: dict[str, Any]
    ) -> None:
        status, started = LEFT, perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                ids = id_fields(state["request_id"], state["supplied_id"])
                message = {**message, "headers": [*message.get("headers", []), *ids]}
            await send(message)

        try:
            await self.pages(scope, receive, sending)
        finally:
            self.page_meter.note(status, perf_counter() - started, state["request"])

    async def _answer_hot(
        self, route: Route, request: Request, receive: Receive, send: Send
    ) -> None:
        try:
            body = await _read_body(receive, self.table.max_body)
        except _TooLarge as found:
            await _send_answer(route.refuse_body(request, found.args[0]), request, send)
            return
        except _BrokenOff:
            route.meter.note(LEFT, 0.0, request)
            return
        request.body = body
        started = perf_counter()
        try:
            answer = route.endpoint(request)
            if isinstance(answer, Later):
                answer = await answer.work
        except Exception as problem:
            answer = self.table.failed(request, problem)
        route.meter.note(answer.block.status, perf_counter() - started, request)
        await _send_answer(answer, request, send)


async def _read_body(receive: Receive, bound: int) -> bytes:
    """Read a body to its end; raises _TooLarge beyond the bound, and _BrokenOff where the end never comes.

    Half a body may read as another request, such as one for less scope, so that nothing may act on it.

    Spec: RFC 9112 §8.
    """
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _BrokenOff
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > bound:
            raise _TooLarge(b"".join(parts))
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _host(request: Request) -> bytes:
    """The Host in lower case; empty where an old request has none."""
    return request.fields.get(b"host", b"").lower()


async def _send_answer(answer: Answer, request: Request, send: Send) -> None:
    block, body, extra = answer
    ids = id_fields(request.request_id, request.supplied_id)
    fields = [*block.fields, *ids, *extra]
    if block.status != 204:
        fields.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": block.status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if request.method == b"HEAD" else body})
