"""The rows of refusal of the grants; which of them is shown tells an attacker nothing."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow


def _row(slug: str, says: str, help_text: str, spec: str, shown_as: str | None = None) -> ErrorRow:
    return ErrorRow(slug, "invalid_grant", 400, says, help_text, spec, shown_as)


_CODE = "The authorization code is invalid, expired or revoked."
_REFRESH = "The refresh token is invalid, expired or revoked."

CODE_UNKNOWN: Final = _row(
    "code-unknown",
    _CODE,
    "A code lives 60 seconds and is used once. Send it as it came, decoded once from the redirect and encoded once in "
    "the form; start again at the authorization endpoint.",
    "RFC 6749 §5.2",
)
CODE_OF_OTHER_CLIENT: Final = _row(
    "code-of-other-client",
    _CODE,
    "The code was issued to another application, or by another issuer. Use the same client_id and the same issuer's "
    "token endpoint as in the authorization request.",
    "RFC 6749 §4.1.3",
    "code-unknown",
)
REDIRECT_URI_MISMATCH: Final = _row(
    "redirect-uri-mismatch",
    "The redirect_uri differs from the one of the authorization request.",
    "Send the same redirect_uri, character for character, in both requests.",
    "RFC 6749 §4.1.3",
)
REDIRECT_URI_REMOVED: Final = _row(
    "redirect-uri-removed",
    "The redirect_uri is registered no more.",
    "The owner took this redirect URI from the application after the code was issued. Register it again, or start anew "
    "with one that is registered.",
    "RFC 6749 §3.1.2.4",
)
PKCE_MISMATCH: Final = _row(
    "pkce-mismatch",
    "The code_verifier does not match the code_challenge of the authorization request.",
    "Keep the code_verifier of this very request; send none where no code_challenge was sent.",
    "RFC 7636 §4.6",
)
RESOURCE_MISMATCH: Final = ErrorRow(
    "resource-mismatch",
    "invalid_target",
    400,
    "The resource differs from the one of the authorization request.",
    "Ask for the same resource in both requests, or leave it out here.",
    "RFC 8707 §2.2",
)
CODE_REUSED: Final = _row(
    "code-reused",
    _CODE,
    "The code was used before. A second use later than ten seconds ends every token that the first gave: look for a "
    "page that sends the code twice, or for a thief.",
    "RFC 6749 §4.1.2",
    "code-unknown",
)
CODE_REVOKED: Final = _row(
    "code-revoked",
    _CODE,
    "The person removed the application's access, a reuse ended it, or an operator renewed the application's "
    "credentials or the keys. Start again at the authorization endpoint.",
    "RFC 6749 §5.2",
    "code-unknown",
)
REFRESH_REVOKED: Final = _row(
    "refresh-revoked",
    _REFRESH,
    "The person removed the application's access, a reuse ended it, or an operator renewed the application's "
    "credentials or the keys. Start again at the authorization endpoint.",
    "RFC 6749 §5.2",
    "refresh-unknown",
)
CODE_OF_BLOCKED_ACCOUNT: Final = _row(
    "code-of-blocked-account",
    _CODE,
    "The account of the person is blocked: once the operator lifts it, start again at the authorization endpoint.",
    "RFC 6749 §5.2",
    "code-unknown",
)
REFRESH_UNKNOWN: Final = _row(
    "refresh-unknown",
    _REFRESH,
    "Send the refresh token of the newest answer, whole. Start again at the authorization endpoint if it is lost.",
    "RFC 6749 §5.2",
)
REFRESH_OF_OTHER_CLIENT: Final = _row(
    "refresh-of-other-client",
    _REFRESH,
    "The refresh token belongs to another application or issuer.",
    "RFC 6749 §6",
    "refresh-unknown",
)
REFRESH_OF_BLOCKED_ACCOUNT: Final = _row(
    "refresh-of-blocked-account",
    _REFRESH,
    "The person's account is blocked. The refresh token works again once the operator lifts the block.",
    "RFC 6749 §5.2",
    "refresh-unknown",
)
REFRESH_EXPIRED: Final = _row(
    "refresh-expired",
    _REFRESH,
    "A refresh token ends after 30 days without use, and after 180 days in all: the person must log in again.",
    "RFC 6749 §6",
    "refresh-unknown",
)
REFRESH_REUSED: Final = _row(
    "refresh-reused",
    _REFRESH,
    "An earlier refresh token was used after its successor, so two hold what one should: all tokens of this grant have "
    "ended. Store each new refresh token before using it, once for all processes.",
    "RFC 9700 §4.14.2",
    "refresh-unknown",
)
SCOPE_WIDER: Final = ErrorRow(
    "scope-wider",
    "invalid_scope",
    400,
    "The scope is wider than what was granted.",
    "Leave scope out, or ask for a part of what the person granted.",
    "RFC 6749 §6",
)

PROVES_NOTHING: Final = frozenset(
    (
        CODE_UNKNOWN,
        CODE_OF_OTHER_CLIENT,
        REDIRECT_URI_MISMATCH,
        PKCE_MISMATCH,
        REFRESH_UNKNOWN,
        REFRESH_OF_OTHER_CLIENT,
    )
)
"""Refusals of who shows nothing that was given to this client; any other is told to who holds something of a person."""

ROWS: Final = tuple(value for value in list(globals().values()) if isinstance(value, ErrorRow))
