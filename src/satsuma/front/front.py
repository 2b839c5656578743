"""The front: uvicorn's HTTP protocol with bounds on every path, and the hot endpoints answered from its call-backs.

What is not hot goes on to the ASGI application as uvicorn does it. The class depends on uvicorn's httptools protocol:
the version is pinned, and every wire test runs with hot call-backs and without.
"""

from __future__ import annotations

import asyncio
from time import monotonic, perf_counter
from typing import ClassVar

from satsuma.domain.errors.connection import BODY_TOO_LARGE, HEAD_TOO_LARGE
from satsuma.front.bounds import ANSWERING, BODY, FIELDS, HEAD, HEAD_BYTES, IDLE
from satsuma.front.connection import BoundedConnection, Pending
from satsuma.front.table import Route, RouteTable, wire
from satsuma.http.messages import Answer, Later, Request, supplied_id


class HttpFront(BoundedConnection):
    """One connection. `table` and `hot` are set by `front_class`."""

    hot: ClassVar[bool]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start with no request."""
        super().connection_made(transport)
        self._route: Route | None = None
        self._request: Request | None = None
        self._body: list[bytes] = []
        self._length = 0

    def on_message_begin(self) -> None:
        """Start a request."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._route = None
        if self._phase == IDLE:
            self._phase = HEAD
            self._since = monotonic()

    def on_headers_complete(self) -> None:
        """Check the bounds, and send the request down the hot line or on to the application."""
        headers = self.headers
        if len(headers) > FIELDS:
            self._give_up(HEAD_TOO_LARGE)
        if self._head > HEAD_BYTES:
            size = sum(len(name) + len(value) + 4 for name, value in headers)
            if size > HEAD_BYTES:
                self._give_up(HEAD_TOO_LARGE)
        self._head = 0
        self._phase = BODY
        fields = dict(headers)
        path, _, query = self.url.partition(b"?")
        table = self.table
        request = self._request = Request(
            self.parser.get_method(),
            path,
            query,
            headers,
            b"",
            self._peer,
            table.new_id(),
            supplied_id(fields) if b"x-oapi-request-id" in fields else None,
            fields,
        )
        if table.hosts.trusted:
            request.source = table.hosts.source(self._peer, fields.get(b"x-forwarded-for"))
        if self.hot and not self._is_answering():
            route = table.routes.get(path)
            if route is not None and self._is_plain(fields, path):
                self._route = route
                self._body = []
                self._length = 0
                self.waits_for_body = True
                return
        self._to_application(request)

    def _is_plain(self, fields: dict[bytes, bytes], path: bytes) -> bool:
        api_hosts = self.table.hosts.api_hosts
        host = fields.get(b"host", b"")
        if (
            host not in api_hosts
            and host.lower() not in api_hosts
            and path not in self.table.anywhere
        ):
            return False
        if b"expect" in fields or b"upgrade" in fields:
            return False
        if len(fields) == len(self.headers):
            return host != b""
        return sum(name == b"host" for name, _ in self.headers) == 1

    def _to_application(self, request: Request) -> None:
        expect = request.fields.get(b"expect")
        if expect is not None and expect.lower() == b"100-continue":
            self.expect_100_continue = True
        self.scope = {  # type: ignore[typeddict-item]
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,  # type: ignore[typeddict-item]
            "root_path": self.root_path,
            "headers": self.headers,
            "state": {
                "request": request,
                "request_id": request.request_id,
                "supplied_id": request.supplied_id,
                "source": request.source,
            },
        }
        super().on_headers_complete()
        if self.table.draining:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Collect the body of a hot request, or hand it on."""
        if self._route is None:
            super().on_body(body)
            return
        self._length += len(body)
        if self._length > self.table.max_body:
            self._give_up(BODY_TOO_LARGE)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer a hot request whole, or tell the application that its body has ended."""
        route = self._route
        self._phase = ANSWERING
        if route is None:
            super().on_message_complete()
            if not self._is_answering():
                self._phase = IDLE
            return
        request = self._request
        assert request is not None  # noqa: S101 - set with the route
        self._route = None
        self.waits_for_body = False
        if self._body:
            request.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        started = perf_counter()
        keep_alive = bool(self.parser.should_keep_alive()) and not self.table.draining
        try:
            answer = route.endpoint(request)
        except Exception as problem:
            answer = self.table.failed(request, problem)
        if isinstance(answer, Later):
            self._wait(route, request, answer, started, keep_alive)
            return
        route.meter.note(answer.block.status, perf_counter() - started)
        self._write(answer, request, keep_alive)

    def _wait(
        self, route: Route, request: Request, later: Later, started: float, keep_alive: bool
    ) -> None:
        pending = Pending()
        pending.keep_alive = keep_alive
        self.cycle = pending  # type: ignore[assignment]

        async def finish() -> None:
            try:
                answer = await later.work
            except Exception as problem:
                answer = self.table.failed(request, problem)
            route.meter.note(answer.block.status, perf_counter() - started)
            pending.response_complete = True
            if not self.transport.is_closing():
                self._write(answer, request, pending.keep_alive and not self.table.draining)
            if self.pipeline and not self.transport.is_closing():
                self.on_response_complete()

        task = self.loop.create_task(finish())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _write(self, answer: Answer, request: Request, keep_alive: bool) -> None:
        self.transport.write(wire(answer, request, self._dates(), keep_alive))
        self._phase = IDLE
        if keep_alive:
            self._since = monotonic()
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Go idle after an answer of the application."""
        if self._phase == ANSWERING:
            self._phase = IDLE
            self._since = monotonic()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Close when nothing is under way; else after the answer."""
        if self._phase == IDLE:
            self.transport.close()
        elif self._is_answering():
            self.cycle.keep_alive = False


def front_class(table: RouteTable, hot: bool) -> type[HttpFront]:
    """The protocol class of one process."""
    return type("BoundFront", (HttpFront,), {"table": table, "hot": hot, "live": set()})
