"""The numbered catalogue: a title and a sentence for each status and number."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow

# (status, code): title, sentence. The sentences that the platform publishes are used literally.
CATALOGUE: Final[dict[tuple[int, int], tuple[str, str]]] = {
    (400, 20): (
        "Invalid URL parameter value",
        "A parameter of the URL path holds an invalid value.",
    ),
    (400, 21): ("Missing body", "The request needs a body, but none was sent."),
    (400, 22): (
        "Invalid body",
        "The posted body is not well-formed and thus can not be parsed.",
    ),
    (400, 23): ("Missing body field", "One or more fields of the body are missing."),
    (400, 24): ("Invalid body field", "One or more fields of the body hold an invalid value."),
    (400, 25): ("Missing header", "One or more request headers are missing."),
    (400, 26): ("Invalid header value", "One or more request headers hold an invalid value."),
    (400, 27): (
        "Missing query-string parameter",
        "One or more query-string parameters are missing.",
    ),
    (400, 28): (
        "Invalid query-string parameter value",
        "One or more query-string parameters hold an invalid value.",
    ),
    (401, 40): (
        "Missing credentials",
        "The requested service needs credentials, but none were provided.",
    ),
    (401, 41): (
        "Invalid credentials",
        "The requested service needs credentials, but the ones provided were invalid.",
    ),
    (401, 42): (
        "Expired credentials",
        "The requested service needs credentials, and the ones provided were out-of-date.",
    ),
    (403, 50): (
        "Access denied",
        "The application that makes the request is not authorized to access this endpoint.",
    ),
    (403, 51): ("Forbidden requester", "The application that makes the request is blocked."),
    (403, 52): ("Forbidden user", "The end-user that the request concerns is blocked."),
    (403, 53): (
        "Too many requests",
        "The application has made too many calls and has exceeded the rate limit for this service.",
    ),
    (404, 60): (
        "Resource not found",
        "The requested URI or the requested resource does not exist.",
    ),
    (405, 61): ("Method not allowed", "The URI does not support the requested method."),
    (406, 62): (
        "Not acceptable",
        "The Accept incoming header does not match any available content-type.",
    ),
    (408, 63): ("Request time-out", "The request did not arrive whole in time."),
    (409, 69): ("Conflict", "The request conflicts with the present state of the resource."),
    (411, 64): ("Length required", "The request needs a Content-Length header."),
    (412, 65): ("Precondition failed", "A precondition in the request headers does not hold."),
    (413, 66): ("Request entity too large", "The body is larger than the endpoint allows."),
    (414, 67): ("Request-URI too long", "The requested URI is longer than the service allows."),
    (415, 68): (
        "Unsupported Media Type",
        "The format of the posted body is not supported by the endpoint.",
    ),
    (500, 1): ("Internal error", "The service met an error that it did not expect."),
    (502, 1): ("Bad gateway", "The API behind this service gave no valid answer."),
    (503, 5): (
        "Service temporarily unavailable",
        "The service is temporarily unavailable.",
    ),
    (503, 6): (
        "Orange API is over capacity, retry later!",
        "The API has as many calls in hand as it can serve.",
    ),
    (504, 6): ("Gateway timeout", "The API behind this service did not answer in time."),
}
SPECS: Final = {
    400: "RFC 9110 §15.5.1",
    401: "RFC 6750 §3.1",
    403: "RFC 6750 §3.1",
    404: "RFC 9110 §15.5.5",
    405: "RFC 9110 §15.5.6",
    406: "RFC 9110 §15.5.7",
    408: "RFC 9110 §15.5.9",
    409: "RFC 9110 §15.5.10",
    411: "RFC 9110 §15.5.12",
    412: "RFC 9110 §15.5.13",
    413: "RFC 9110 §15.5.14",
    414: "RFC 9110 §15.5.15",
    415: "RFC 9110 §15.5.16",
    500: "RFC 9110 §15.6.1",
    502: "RFC 9110 §15.6.3",
    503: "RFC 9110 §15.6.4",
    504: "RFC 9110 §15.6.5",
}


def numbered(status: int, code: int, slug: str, help_text: str, error: str) -> ErrorRow:
    """The row of one cause, worded as its number is; `error` is the word of its challenge, if it has one.

    Spec: RFC 6750 §3.1.
    """
    message, says = CATALOGUE[status, code]
    return ErrorRow(
        slug=slug,
        error=error,
        status=status,
        says=says,
        help=help_text,
        spec=SPECS[status],
        code=code,
        message=message,
    )
