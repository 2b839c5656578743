"""The bounds of a connection: what the front answers before any endpoint is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
