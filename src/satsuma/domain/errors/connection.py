"""The rows of what is refused before a request is read: the bounds of a connection, and the Host."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow

BAD_REQUEST: Final = ErrorRow(
    slug="bad-request",
    error="",
    status=400,
    says="The request is not well-formed HTTP.",
    help="Let an HTTP library write the request; look for a line break or a space too many in a header.",
    spec="RFC 9112 §2.2",
    code=22,
    message="Invalid body",
)
UPGRADE: Final = ErrorRow(
    slug="upgrade-refused",
    error="",
    status=400,
    says="The connection cannot be upgraded.",
    help="There is no WebSocket and no tunnel here: send ordinary HTTP/1.1 requests.",
    spec="RFC 9110 §7.8",
    code=26,
    message="Invalid header value",
)
HEAD_TOO_LARGE: Final = ErrorRow(
    slug="head-too-large",
    error="",
    status=431,
    says="The header or the trailer of the request has more than 100 fields or 32 KiB.",
    help="Send fewer header fields; cookies and long tokens are the usual cause. Trailers are read and dropped.",
    spec="RFC 6585 §5",
    code=26,
    message="Invalid header value",
)
URL_TOO_LONG: Final = ErrorRow(
    slug="url-too-long",
    error="",
    status=414,
    says="The request target is longer than 8 KiB.",
    help="Shorten the query string, or send the values in a body.",
    spec="RFC 9110 §15.5.15",
    code=67,
    message="Request-URI too long",
)
BODY_TOO_LARGE: Final = ErrorRow(
    slug="body-too-large",
    error="",
    status=413,
    says="The body is larger than this endpoint reads.",
    help="A token request is a few hundred bytes; at most 16 KiB are read.",
    spec="RFC 9110 §15.5.14",
    code=66,
    message="Request entity too large",
)
TOO_SLOW: Final = ErrorRow(
    slug="request-too-slow",
    error="",
    status=408,
    says="The request did not arrive in time.",
    help="Send the request without long pauses; check the network on the way.",
    spec="RFC 9110 §15.5.9",
    code=63,
    message="Request time-out",
)
CODING_UNKNOWN: Final = ErrorRow(
    slug="transfer-coding-unknown",
    error="",
    status=501,
    says="The body has a transfer coding other than chunked.",
    help="Send Content-Length, or Transfer-Encoding: chunked alone; a compressed body is told by Content-Encoding.",
    spec="RFC 9112 §6.1",
    code=26,
    message="Invalid header value",
)
METHOD_UNKNOWN: Final = ErrorRow(
    slug="method-unknown",
    error="",
    status=501,
    says="No endpoint of this server knows the method.",
    help="Send the method in capital letters; the documentation of the endpoint says which it takes.",
    spec="RFC 9110 §9.1",
    code=61,
    message="Method not allowed",
)
TOO_MANY_CONNECTIONS: Final = ErrorRow(
    slug="too-many-connections",
    error="",
    status=429,
    says="This source has too many connections open.",
    help="Keep connections and use them again. The operator lists a proxy of their own in trusted_proxies, "
    "or raises connections_per_source.",
    spec="RFC 6585 §4",
    code=53,
    message="Too many requests",
)
HOST_MALFORMED: Final = ErrorRow(
    slug="host-malformed",
    error="",
    status=400,
    says="The request has no Host although it is HTTP/1.1, more than one, or one that is no host.",
    help="Send the name that the URL has in one Host field, once; every HTTP library does.",
    spec="RFC 9112 §3.2",
    code=26,
    message="Invalid header value",
)
HOST_UNKNOWN: Final = ErrorRow(
    slug="host-unknown",
    error="",
    status=421,
    says="No surface of this server has the requested Host.",
    help="Ask for one of the two addresses that the operator configured, exactly once in Host; "
    "HTTP/1.0 without Host asks for neither.",
    spec="RFC 9110 §15.5.20",
    code=60,
    message="Resource not found",
)

ROWS: Final = tuple(value for value in list(globals().values()) if isinstance(value, ErrorRow))
