"""The rows of refusal of the userinfo endpoint."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.row import ErrorRow

NOT_READY: Final = errors.NOT_READY
_INVALID = "The Access Token is invalid"


def _token_row(slug: str, says: str, help_text: str) -> ErrorRow:
    return ErrorRow(slug, "invalid_token", 401, says, help_text, "RFC 6750 §3.1")


TOKEN_MISSING: Final = ErrorRow(
    "userinfo-token-missing",
    "invalid_request",
    401,
    "No Access Token was sent",
    "Send Authorization: Bearer and the access token of the code exchange, or post it as access_token in a form.",
    "RFC 6750 §3.1",
)
TOKEN_TWICE: Final = ErrorRow(
    "userinfo-token-twice",
    "invalid_request",
    400,
    "The Access Token was sent in more than one way",
    "Send it in the Authorization header alone, or in the posted form alone.",
    "RFC 6750 §3.1",
)
TOKEN_INVALID: Final = _token_row(
    "userinfo-token-invalid",
    _INVALID,
    "Send an access token of this issuer that stands for a person; a machine's token has no userinfo.",
)
TOKEN_EXPIRED: Final = _token_row(
    "userinfo-token-expired",
    "The Access Token expired",
    "Refresh the token, then ask again.",
)
TOKEN_REVOKED: Final = _token_row(
    "userinfo-token-revoked",
    _INVALID,
    "The person removed the access, or the token was revoked: start again at the authorization endpoint.",
)
TOKEN_OF_OTHER_AUDIENCE: Final = _token_row(
    "userinfo-token-of-other-audience",
    _INVALID,
    "The token is for the API that the authorization request named by resource. Ask for userinfo with a token of a "
    "request without it.",
)
SCOPE_INSUFFICIENT: Final = ErrorRow(
    "userinfo-scope-missing",
    "insufficient_scope",
    403,
    "No user info scope was authorized",
    "Ask for the scope openid in the authorization request.",
    "RFC 6750 §3.1",
)
METHOD_NOT_ALLOWED: Final = ErrorRow(
    "userinfo-method-not-allowed",
    "invalid_request",
    405,
    "The URI does not support the requested method.",
    "Use GET or POST.",
    "OIDC Core §5.3.1",
    allow="GET, POST, HEAD",
)
ROWS: Final = (
    TOKEN_MISSING,
    TOKEN_TWICE,
    TOKEN_INVALID,
    TOKEN_EXPIRED,
    TOKEN_REVOKED,
    TOKEN_OF_OTHER_AUDIENCE,
    SCOPE_INSUFFICIENT,
    METHOD_NOT_ALLOWED,
)
