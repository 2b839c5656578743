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
SANDBOX_METHOD_NOT_ALLOWED: Final = ErrorRow(
    "sandbox-method-not-allowed",
    "invalid_request",
    405,
    "The URI does not support the requested method.",
    "Use POST, without a body: each call opens a sandbox.",
    "RFC 9110 §15.5.6",
    allow="POST",
)
SANDBOX_TOO_OFTEN: Final = ErrorRow(
    "sandbox-too-often",
    "temporarily_unavailable",
    429,
    "Three sandboxes were opened from this address in the last hour",
    "Use the one that you have: it lives for a day. Or wait the seconds of Retry-After, or sign up.",
    "RFC 6585 §4",
)
SANDBOX_FULL: Final = ErrorRow(
    "sandbox-full",
    "temporarily_unavailable",
    503,
    "As many sandboxes as there may be are open at the moment",
    "Come back in an hour, or sign up.",
    "RFC 9110 §15.6.4",
)
SANDBOX_EMPTY: Final = ErrorRow(
    "sandbox-empty",
    "invalid_request",
    404,
    "There is no API here that may be tried without an account",
    "Sign up. An operator marks an API by satsuma apis change NAME --sandbox.",
    "RFC 9110 §15.5.5",
)
ROWS: Final = (
    SCOPE_MISSING,
    METHOD_NOT_ALLOWED,
    PARAMETER_BAD,
    NOT_THERE,
    TOO_MANY_CALLS,
    SANDBOX_METHOD_NOT_ALLOWED,
    SANDBOX_TOO_OFTEN,
    SANDBOX_FULL,
    SANDBOX_EMPTY,
)
