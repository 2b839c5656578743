"""The table of hot endpoints, and how an answer becomes bytes on either front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from satsuma.front.hosts import Hosts
from satsuma.http.messages import Answer, Endpoint, Request
from satsuma.telemetry.metrics import Meter


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint and its meter."""

    endpoint: Endpoint
    meter: Meter


@dataclass(slots=True)
class RouteTable:
    """What the fronts share: routes by path on the API surface, surfaces, ids, and whether the process is leaving."""

    routes: dict[bytes, Route]
    hosts: Hosts
    new_id: Callable[[], str]
    max_body: int
    failed: Callable[[Request, BaseException], Answer]
    draining: bool = False
    anywhere: frozenset[bytes] = field(default_factory=frozenset)


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
