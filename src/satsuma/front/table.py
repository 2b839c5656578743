"""The table of hot endpoints, and how an answer becomes bytes on either front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from satsuma.domain.errors.connection import BODY_TOO_LARGE
from satsuma.domain.errors.row import ErrorRow
from satsuma.front.hosts import Hosts
from satsuma.http.envelope import envelope
from satsuma.http.messages import Answer, Block, Endpoint, Later, Request
from satsuma.telemetry.metrics import Meter


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and its meter; `bounds_body` says that the endpoint refuses a body over the bound in its own form."""

    endpoint: Endpoint
    meter: Meter
    bounds_body: bool = False

    def refuse_body(self, request: Request, body: bytes) -> Answer:
        """The answer to a request of whose body more came than is read; `body` is what came of it.

        Spec: RFC 9110 §15.5.14.
        """
        answer: Answer | Later | None = None
        if self.bounds_body:
            request.body = body
            answer = self.endpoint(request)
        if isinstance(answer, Later):
            answer.work.close()
        if not isinstance(answer, Answer):
            answer = refusal_answer(BODY_TOO_LARGE)
        self.meter.note(answer.block.status, 0.0, request)
        return answer


@dataclass(slots=True)
class RouteTable:
    """What the fronts share: routes by path on the API surface, surfaces, ids, and whether the process is leaving.

    `connections` is how many one source may have, 0 for any number. `tree` answers every path that begins with
    `below`, where no route is the path's own.
    """

    routes: dict[bytes, Route]
    hosts: Hosts
    new_id: Callable[[], str]
    max_body: int
    failed: Callable[[Request, BaseException], Answer]
    draining: bool = False
    connections: int = 0
    anywhere: frozenset[bytes] = field(default_factory=frozenset)
    unrouted: Meter | None = None
    below: bytes = b"\0"
    tree: Route | None = None

    def find(self, path: bytes) -> Route | None:
        """The route of a path: its own, or that of the tree that it stands in."""
        route = self.routes.get(path)
        return self.tree if route is None and path.startswith(self.below) else route

    def note_unrouted(self, row: ErrorRow, request: Request) -> None:
        """Count and tell an answer that was given before anybody asked whose endpoint it is."""
        request.slug = row.slug
        if self.unrouted is not None:
            self.unrouted.note(row.status, 0.0, request)

    def note_unread(self, row: ErrorRow, source: str) -> str:
        """The same of what is no whole request, or of a connection that brought none; gives its id."""
        request = Request(b"", b"", b"", [], b"", source, self.new_id())
        self.note_unrouted(row, request)
        return request.request_id


@lru_cache
def refusal_answer(row: ErrorRow) -> Answer:
    """The numbered envelope of what is refused before an endpoint is asked."""
    fields = (b"content-type", b"application/json"), (b"cache-control", b"no-store")
    return Answer(Block(row.status, *fields), envelope(row).render())


def wire(answer: Answer, request: Request, date: bytes, keep_alive: bool) -> bytes:
    """Render an answer as HTTP/1.1; `date` is rendered fields that every answer has.

    Spec: RFC 9112 §2.1, §6.2.
    """
    block, body, extra = answer
    head = block.wire + date + b"x-oapi-request-id: "
    supplied = request.supplied_id
    if supplied is None:
        head += request.request_id.encode()
    else:
        head += supplied.encode() + b"\r\nx-satsuma-request-id: " + request.request_id.encode()
    for name, value in extra:
        head += b"\r\n" + name + b": " + value
    if not keep_alive:
        head += b"\r\nconnection: close"
    if block.status == 204:
        return head + b"\r\n\r\n"
    head += b"\r\ncontent-length: %d\r\n\r\n" % len(body)
    return head if request.method == b"HEAD" else head + body
