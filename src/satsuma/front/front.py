"""The front: uvicorn's HTTP protocol with bounds on every path, and the hot endpoints answered from its call-backs.

What is not hot goes on to the ASGI application as uvicorn does it. The class depends on uvicorn's httptools protocol:
the version is pinned, and every wire test runs with hot call-backs and without.
"""

from __future__ import annotations

import asyncio
from time import monotonic, perf_counter
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools

from satsuma.domain.errors.connection import BAD_REQUEST, BODY_TOO_LARGE
from satsuma.domain.errors.row import ErrorRow
from satsuma.front.bounds import HEAD, IDLE, NEW, render
from satsuma.front.connection import BoundedConnection, Pending
from satsuma.front.cycle import ApplicationCycle
from satsuma.front.framing import check_framing, check_host
from satsuma.front.request_target import in_origin_form, is_ordinary
from satsuma.front.table import Route, RouteTable, wire
from satsuma.http.messages import Answer, Field, Later, Request, combined, supplied_id
from satsuma.telemetry.metrics import LEFT


class HttpFront(BoundedConnection):
    """One connection. `table` and `hot` are set by `front_class`."""

    hot: ClassVar[bool]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start with no request."""
        super().connection_made(transport)
        self._route: Route | None = None
        self._body: list[bytes] = []
        self._running: ApplicationCycle | None = None

    def on_message_begin(self) -> None:
        """Start a request."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self.trails = False
        self._route = None
        if self._phase == IDLE:
            self._phase = HEAD
            self._since = monotonic()

    def on_headers_complete(self) -> None:
        """Check the bounds, and send the request down the hot line or on to the application."""
        if self._refused:  # an answer said that this connection closes
            self._give_up(BAD_REQUEST)
        self.check_head()
        parser = self.parser
        if parser.should_upgrade():
            self._offered = True
            return
        if not is_ordinary(self.url):
            self._read_target()
        headers = self.headers
        fields = dict(headers)
        if b"transfer-encoding" in fields or not parser.should_keep_alive():
            self._check_framing(headers, fields)
        if len(fields) != len(headers) or fields.get(b"host") not in self.table.hosts.known:
            self._check_host(headers)
        path, mark, query = self.url.partition(b"?")
        table = self.table
        request = self._request = Request(
            parser.get_method(),
            path,
            query,
            headers,
            b"",
            self._peer,
            table.new_id(),
            supplied_id(fields) if b"x-oapi-request-id" in fields else None,
            fields,
        )
        request.has_query = mark != b""
        if table.hosts.trusted:
            request.source = table.hosts.source(self._peer, combined(headers, b"x-forwarded-for"))
        if self.hot and not self._is_answering():
            route = table.find(path)
            if route is not None and self._is_plain(fields, path):
                self._read_for(route)
                return
        self._to_application(request)

    def _read_for(self, route: Route) -> None:
        """Collect the body of a hot request."""
        self._route = route
        self.start_body()
        self._body = []
        self.waits_for_body = True

    def _read_target(self) -> None:
        """Go on with the path of the host that the target names, or refuse it."""
        read = in_origin_form(self.url, self.headers)
        if isinstance(read, ErrorRow):
            self._give_up(read)
        else:
            self.url, self.headers = read

    def _check_host(self, headers: list[Field]) -> None:
        """Refuse what is asked of no host, of two, or of what is none."""
        refused = check_host(self.parser.get_http_version(), headers)
        if refused is not None:
            self._give_up(refused)

    def _check_framing(self, headers: list[Field], fields: dict[bytes, bytes]) -> None:
        """Refuse what two readers could end at two places; without a coding, what stays open is read in one way."""
        refused = check_framing(self.parser.get_http_version(), headers, fields)
        if refused is not None:
            self._give_up(refused)
        if b"transfer-encoding" in fields:
            self.headers, self.trails = [], True

    def _is_plain(self, fields: dict[bytes, bytes], path: bytes) -> bool:
        api_hosts = self.table.hosts.api_hosts
        host = fields.get(b"host", b"")
        if (
            host not in api_hosts
            and host.lower() not in api_hosts
            and path not in self.table.anywhere
        ):
            return False
        return b"expect" not in fields

    def _to_application(self, request: Request) -> None:
        """Start the application on a request, or queue it where an earlier one is being answered.

        What HTTP/1.0 expects is ignored: it knows no interim answer.

        Spec: RFC 9110 §10.1.1.
        """
        version = self.parser.get_http_version()
        expect = request.fields.get(b"expect")
        url = httptools.parse_url(self.url)
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "method": request.method.decode("ascii"),
            "server": self.server,
            "client": None if self.client is None else (self._peer, self.client[1]),
            "scheme": self.scheme or "http",
            "root_path": "",
            "path": unquote(url.path.decode("ascii")),
            "raw_path": url.path,
            "query_string": url.query or b"",
            "headers": request.headers,
            "state": {
                "request": request,
                "request_id": request.request_id,
                "supplied_id": request.supplied_id,
                "source": request.source,
            },
        }
        self.start_body()
        running = self._is_answering()
        keep_alive = version != "1.0" and bool(self.parser.should_keep_alive())
        self.cycle = self._new_cycle(
            keep_alive and not self.table.draining,
            version != "1.0" and expect is not None and expect.lower() == b"100-continue",
        )
        if running:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Start the application, and know which request it answers: of those behind it uvicorn knows the last alone."""
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _new_cycle(self, keep_alive: bool, waits: bool) -> ApplicationCycle:
        return ApplicationCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=waits,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    def on_body(self, body: bytes) -> None:
        """Collect the body of a hot request, or hand it on."""
        self._head = 0
        self._length += len(body)
        if self._route is None:
            super().on_body(body)
            return
        self._body.append(body)
        if self._length > self.table.max_body:
            self._give_up(BODY_TOO_LARGE)

    def on_message_complete(self) -> None:
        """Answer a hot request whole, or tell the application that its body has ended."""
        if self._offered:
            return
        if self.trails:
            self.check_trailer()
        route = self._route
        self._head = 0
        self._phase = IDLE
        if route is None:
            super().on_message_complete()
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
        route.meter.note(answer.block.status, perf_counter() - started, request)
        self._write(answer, request, keep_alive)

    def say(self, row: ErrorRow) -> None:
        """Answer and leave; a body over the bound is its endpoint's to refuse, in its own form."""
        route, request = self._route, self._request
        if not self.waits_for_body or route is None or request is None:
            super().say(row)
            return
        self.waits_for_body = False
        if row is BODY_TOO_LARGE:
            answer = route.refuse_body(request, b"".join(self._body))
            self.leave_with(wire(answer, request, self._dates(), False))
        else:
            request.slug = row.slug
            route.meter.note(row.status, 0.0, request)
            self.leave_with(render(row, request.request_id, self._dates()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a hot request whose sender left before its end, and tell the application that nobody waits."""
        if self.waits_for_body and self._route is not None:
            self._route.meter.note(LEFT, 0.0, self._request)
        if self._running is not None:
            self._running.leave()
        super().connection_lost(exc)

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
            route.meter.note(answer.block.status, perf_counter() - started, request)
            pending.response_complete = True
            if not self.transport.is_closing():
                self._write(answer, request, pending.keep_alive and not self.table.draining)
            if (self.pipeline or self._owed) and not self.transport.is_closing():
                self.on_response_complete()

        task = self.loop.create_task(finish())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _write(self, answer: Answer, request: Request, keep_alive: bool) -> None:
        self.transport.write(wire(answer, request, self._dates(), keep_alive))
        if not keep_alive:
            self._refused = True
            self.transport.close()
        elif self._phase == IDLE:
            self._since = monotonic()

    def on_response_complete(self) -> None:
        """Go idle after an answer of the application; then say what was refused behind it."""
        if self._phase == IDLE:
            self._since = monotonic()
        if self._owed is not None and not self.pipeline:
            if not self.transport.is_closing():
                self.say(self._owed)
            return
        super().on_response_complete()

    def shutdown(self) -> None:
        """Close when nothing is under way; else after the answer."""
        if self._is_answering():
            self.cycle.keep_alive = False
        elif self._phase in (IDLE, NEW) and not self._unread:
            self.transport.close()


def front_class(table: RouteTable, hot: bool) -> type[HttpFront]:
    """The protocol class of one process."""
    members = {"table": table, "hot": hot, "live": set(), "sources": {}}
    return type("BoundFront", (HttpFront,), members)
