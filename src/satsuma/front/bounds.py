"""The bounds of one connection, on every path, and the answers when they are passed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from satsuma.domain.errors.row import ErrorRow
from satsuma.http.envelope import envelope

IDLE, HEAD, BODY, ANSWERING, LEAVING = range(5)

HEAD_BYTES: Final = 32 * 1024
HEAD_BYTES_UNPARSED: Final = 48 * 1024
FIELDS: Final = 100
URL_BYTES: Final = 8 * 1024
HEAD_SECONDS: Final = 10.0
BODY_SECONDS: Final = 30.0
LEAVING_SECONDS: Final = 2.0


def render(row: ErrorRow, request_id: str, dates: bytes) -> bytes:
    """The whole answer where a bound is passed; the connection closes after it."""
    body = envelope(row).render()
    phrase = HTTPStatus(row.status).phrase.encode()
    return (
        b"HTTP/1.1 %d %s\r\n" % (row.status, phrase)
        + dates
        + b"content-type: application/json\r\ncache-control: no-store\r\n"
        + b"x-oapi-request-id: "
        + request_id.encode()
        + b"\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        + body
    )
