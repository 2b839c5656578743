"""The bounds of one connection, on every path: one table, and the answer when one of them is passed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

from satsuma.domain.errors import connection as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.envelope import envelope

IDLE, HEAD, BODY, LEAVING, NEW = range(5)
"""What the reader of a connection waits for; what is being answered meanwhile is another matter.

Nothing at all has come on one that is `NEW`: the time of its first head runs from the moment that it was accepted.
"""

HEAD_BYTES: Final = 32 * 1024
HEAD_BYTES_UNPARSED: Final = 48 * 1024
FIELDS: Final = 100
URL_BYTES: Final = 8 * 1024
HEAD_SECONDS: Final = 10.0
BODY_SECONDS: Final = 30.0
BODY_WHOLE_SECONDS: Final = 120.0
BODY_BYTES_PER_SECOND: Final = 1024
LEAVING_SECONDS: Final = 2.0


class Bound(NamedTuple):
    """One bound: at `value` a request passes, at one `unit` more `row` answers and the connection closes."""

    name: str
    value: float
    unit: str
    row: ErrorRow


BOUNDS: Final = (
    Bound("target", URL_BYTES, "bytes", errors.URL_TOO_LONG),
    Bound("head fields", FIELDS, "fields", errors.HEAD_TOO_LARGE),
    Bound("head", HEAD_BYTES, "bytes", errors.HEAD_TOO_LARGE),
    Bound("head without an end", HEAD_BYTES_UNPARSED, "bytes", errors.HEAD_TOO_LARGE),
    Bound("trailer fields", FIELDS, "fields", errors.HEAD_TOO_LARGE),
    Bound("trailer", HEAD_BYTES, "bytes", errors.HEAD_TOO_LARGE),
    Bound("trailer without an end", HEAD_BYTES_UNPARSED, "bytes", errors.HEAD_TOO_LARGE),
    Bound("time of the head", HEAD_SECONDS, "seconds", errors.TOO_SLOW),
    Bound("pause in the body", BODY_SECONDS, "seconds", errors.TOO_SLOW),
    Bound("time of the whole body", BODY_WHOLE_SECONDS, "seconds", errors.TOO_SLOW),
)
"""The bounds that are the same everywhere. A body's size is its endpoint's or its API's; connections are a setting."""


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
