"""The bounds of one connection, on every path, and the answers when they are passed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

IDLE, HEAD, BODY, ANSWERING, LEAVING = range(5)

HEAD_BYTES: Final = 32 * 1024
HEAD_BYTES_UNPARSED: Final = 48 * 1024
FIELDS: Final = 100
URL_BYTES: Final = 8 * 1024
HEAD_SECONDS: Final = 10.0
BODY_SECONDS: Final = 30.0
LEAVING_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound and the answer when it is passed, in the gateway's envelope."""

    slug: str
    status: int
    code: int
    message: str
    says: str


BAD_REQUEST: Final = Bound(
    "bad-request", 400, 22, "Invalid body", "The request is not well-formed HTTP."
)
UPGRADE: Final = Bound(
    "upgrade-refused", 400, 26, "Invalid header value", "The connection cannot be upgraded."
)
HEAD_TOO_LARGE: Final = Bound(
    "head-too-large",
    431,
    26,
    "Invalid header value",
    "The request header has more than 100 fields or 32 KiB.",
)
URL_TOO_LONG: Final = Bound(
    "url-too-long", 414, 67, "Request-URI too long", "The request target is longer than 8 KiB."
)
BODY_TOO_LARGE: Final = Bound(
    "body-too-large",
    413,
    66,
    "Request entity too large",
    "The body is larger than this endpoint reads.",
)
TOO_SLOW: Final = Bound(
    "request-too-slow", 408, 63, "Request time-out", "The request did not arrive in time."
)


def render(bound: Bound, request_id: str, dates: bytes) -> bytes:
    """Give the whole answer; the connection closes after it."""
    body = json.dumps(
        {"code": bound.code, "message": bound.message, "description": bound.says},
        separators=(",", ":"),
    ).encode()
    phrase = HTTPStatus(bound.status).phrase.encode()
    return (
        b"HTTP/1.1 %d %s\r\n" % (bound.status, phrase)
        + dates
        + b"content-type: application/json\r\ncache-control: no-store\r\n"
        + b"x-oapi-request-id: "
        + request_id.encode()
        + b"\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        + body
    )
