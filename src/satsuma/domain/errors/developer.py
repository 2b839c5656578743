"""The rows of refusal of the developer's own API."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow

SCOPE_MISSING: Final = ErrorRow(
    "developer-scope-missing",
    "insufficient_scope",
    403,
    "The Access Token does not have the scope satsuma:applications",
    "Log in anew and allow it: satsuma login URL.",
    "RFC 6750 §3.1",
)
METHOD_NOT_ALLOWED: Final = ErrorRow(
    "developer-method-not-allowed",
    "invalid_request",
    405,
    "The URI does not support the requested method.",
    "Use GET. What there is stands in /satsuma/v1/openapi.json.",
    "RFC 9110 §15.5.6",
    allow="GET, HEAD",
)
PARAMETER_BAD: Final = ErrorRow(
    "developer-parameter-bad",
    "invalid_request",
    400,
    "A parameter of the query is unknown or has a value that it cannot have",
    "See /satsuma/v1/openapi.json for the parameters and their bounds.",
    "RFC 9110 §15.5.1",
)
NOT_THERE: Final = ErrorRow(
    "developer-not-there",
    "invalid_request",
    404,
    "There is nothing of yours at this address",
    "Check the id, and that you are logged in as the owner of the application. Refused requests are kept for 7 days.",
    "RFC 9110 §15.5.5",
)
TOO_MANY_CALLS: Final = ErrorRow(
    "developer-too-many-calls",
    "temporarily_unavailable",
    429,
    "Too many calls in a minute",
    "Wait the seconds of Retry-After; ask for larger pages less often.",
    "RFC 6585 §4",
)
ROWS: Final = (SCOPE_MISSING, METHOD_NOT_ALLOWED, PARAMETER_BAD, NOT_THERE, TOO_MANY_CALLS)
