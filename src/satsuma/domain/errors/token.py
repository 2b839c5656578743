"""The rows of refusal of the endpoints that a client calls, token first. The guides' texts are used literally."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow

_GENERIC_401 = "The requested service needs credentials, but the ones provided were invalid."


def _client_row(slug: str, help_text: str) -> ErrorRow:
    return ErrorRow(
        slug=slug,
        error="invalid_client",
        status=401,
        says=_GENERIC_401,
        help=help_text,
        spec="RFC 6749 §5.2",
        shown_as="client-refused",
    )


CLIENT_REFUSED: Final = ErrorRow(
    slug="client-refused",
    error="invalid_client",
    status=401,
    says=_GENERIC_401,
    help="Check client_id and client_secret of this application; its owner sees the exact reason under the request id.",
    spec="RFC 6749 §5.2",
)
CLIENT_UNKNOWN: Final = _client_row(
    "client-unknown",
    "No application has this client_id. Copy it from the portal: it is 32 letters and digits, "
    "and it is not the Application ID.",
)
SECRET_WRONG: Final = _client_row(
    "secret-wrong",
    "The client_secret does not match. Copy the ready Authorization header instead of building one.",
)
SECRET_RETIRED: Final = _client_row(
    "secret-retired",
    "This is an earlier secret of the application, since renewed. Deploy the current one.",
)
CLIENT_PENDING: Final = _client_row(
    "client-pending",
    "The application waits for approval by the API provider. Nothing is wrong with the request.",
)
CLIENT_REVOKED: Final = _client_row(
    "client-revoked", "The application was revoked. Ask the operator, or register a new one."
)
CLIENT_BLOCKED: Final = _client_row(
    "client-blocked", "The application is blocked. Ask the operator to lift the block."
)
CLIENT_PUBLIC: Final = _client_row(
    "client-public", "A public client has no secret and cannot use client_credentials."
)
CREDENTIALS_MISSING: Final = ErrorRow(
    slug="client-credentials-missing",
    error="invalid_client",
    status=401,
    says="The requested service needs credentials, but none were provided.",
    help="Send the ready Authorization header of the application, or client_id and client_secret in the form.",
    spec="RFC 6749 §2.3",
)
SCHEME_UNSUPPORTED: Final = ErrorRow(
    slug="scheme-unsupported",
    error="invalid_client",
    status=401,
    says=_GENERIC_401,
    help="The Authorization header must use the Basic scheme here. Bearer is for the APIs, not for the token endpoint.",
    spec="RFC 6749 §2.3.1",
)
DUPLICATE_CREDENTIALS: Final = ErrorRow(
    slug="duplicate-credentials",
    error="invalid_request",
    status=400,
    says="Duplicate credentials",
    help="Send the credentials once: in the Authorization header or in the form, not in both.",
    spec="RFC 6749 §2.3; OAuth M2M guide, step 2",
)
GRANT_TYPE_MISSING: Final = ErrorRow(
    slug="grant-type-missing",
    error="invalid_request",
    status=400,
    says="Missing grant_type in body",
    help="Send grant_type=client_credentials as a form (application/x-www-form-urlencoded), not as JSON.",
    spec="RFC 6749 §4.4.2",
)
GRANT_TYPE_UNSUPPORTED: Final = ErrorRow(
    slug="grant-type-unsupported",
    error="unsupported_grant_type",
    status=400,
    says="The authorization grant type is not supported by the authorization server.",
    help="This issuer's metadata lists the grant types it supports.",
    spec="RFC 6749 §5.2",
)
CODE_MISSING: Final = ErrorRow(
    slug="code-missing",
    error="invalid_request",
    status=400,
    says="Missing code in body",
    help="Send code=..., the one that came with the redirect.",
    spec="RFC 6749 §4.1.3",
)
REFRESH_TOKEN_MISSING: Final = ErrorRow(
    slug="refresh-token-missing",
    error="invalid_request",
    status=400,
    says="Missing refresh_token in body",
    help="Send refresh_token=..., the one of the newest answer.",
    spec="RFC 6749 §6",
)
SCOPE_MALFORMED: Final = ErrorRow(
    slug="scope-malformed",
    error="invalid_scope",
    status=400,
    says="The requested scope is malformed.",
    help="Separate scope tokens by one space; quotes and backslashes are not allowed.",
    spec="RFC 6749 §3.3",
)
SCOPE_REFUSED: Final = ErrorRow(
    slug="scope-refused",
    error="invalid_scope",
    status=400,
    says="The requested scope exceeds what this application is subscribed to.",
    help="Leave scope out to get all that the application's APIs give, or subscribe to the API that has it.",
    spec="RFC 6749 §3.3",
)
SCOPE_ELSEWHERE: Final = ErrorRow(
    slug="scope-elsewhere",
    error="invalid_scope",
    status=400,
    says="The requested scope means nothing at the requested resource.",
    help="Ask for scopes of the API that resource names, or leave scope or resource out.",
    spec="RFC 9068 §3",
)
SCOPE_DEFAULT_EMPTY: Final = ErrorRow(
    slug="scope-default-empty",
    error="invalid_scope",
    status=400,
    says="The request has no scope, and none of the application's default scopes is for client credentials here.",
    help="Send scope, or change the application's default scopes to those that its subscriptions give.",
    spec="RFC 6749 §3.3",
)
SCOPE_OF_A_PERSON: Final = ErrorRow(
    slug="scope-of-a-person",
    error="invalid_scope",
    status=400,
    says="The requested scope tells of a person, and client credentials stand for none.",
    help="Leave openid, profile, email and offline_access out here; ask for them at the authorization endpoint, with a "
    "person.",
    spec="RFC 6749 §3.3",
)
SCOPE_TOO_LONG: Final = ErrorRow(
    slug="scope-too-long",
    error="invalid_scope",
    status=400,
    says="The scopes do not fit into one access token.",
    help="Ask for the scopes that this call needs; an access token has at most 8192 characters.",
    spec="RFC 6749 §3.3",
)
RESOURCE_REFUSED: Final = ErrorRow(
    slug="resource-refused",
    error="invalid_target",
    status=400,
    says="The requested resource is unknown or not subscribed to.",
    help="resource is the address of one subscribed API, such as https://HOST/poi/v1.",
    spec="RFC 8707 §2",
)
METHOD_NOT_ALLOWED: Final = ErrorRow(
    slug="method-not-allowed",
    error="invalid_request",
    status=405,
    says="The URI does not support the requested method.",
    help="Use POST for the token, revocation and introspection endpoints.",
    spec="RFC 6749 §3.2",
    allow="POST",
)
METHOD_NOT_ALLOWED_HERE: Final = ErrorRow(
    slug="document-method-not-allowed",
    error="invalid_request",
    status=405,
    says="The URI does not support the requested method.",
    help="This document is read with GET.",
    spec="RFC 9110 §15.5.6",
    allow="GET, HEAD",
)
NOT_ACCEPTABLE: Final = ErrorRow(
    slug="not-acceptable",
    error="invalid_request",
    status=406,
    says="The Accept incoming header does not match any available content-type.",
    help="Send the header Accept: application/json.",
    spec="OAuth M2M guide, step 2",
)
MEDIA_TYPE_UNSUPPORTED: Final = ErrorRow(
    slug="media-type-unsupported",
    error="invalid_request",
    status=415,
    says="The URI does not support the requested content type",
    help="Send a form: Content-Type: application/x-www-form-urlencoded.",
    spec="RFC 6749 §3.2",
)
BODY_TOO_LARGE: Final = ErrorRow(
    slug="body-too-large",
    error="invalid_request",
    status=413,
    says="The body is larger than this endpoint reads.",
    help="A token request is a few hundred bytes; at most 16 KiB are read.",
    spec="RFC 9110 §15.5.14",
)
TOO_MANY_REQUESTS: Final = ErrorRow(
    slug="too-many-token-requests",
    error="",
    status=429,
    says="The application has made too many calls and has exceeded the rate limit for this service",
    help="Ask for one token an hour and keep it; wait the seconds of Retry-After.",
    spec="OAuth M2M guide, step 2",
    code=53,
    message="Too many requests",
)
TOO_MANY_FAILURES: Final = ErrorRow(
    slug="too-many-failures",
    error="",
    status=429,
    says="The application has made too many calls and has exceeded the rate limit for this service",
    help="This address failed to authenticate this client too often; mend the credentials, then wait a minute. "
    "Other addresses of the same client are not affected.",
    spec="RFC 6749 §2.3.1",
    code=53,
    message="Too many requests",
)
TOKEN_MISSING: Final = ErrorRow(
    slug="token-parameter-missing",
    error="invalid_request",
    status=400,
    says="Missing token in body",
    help="Send token=... in the form.",
    spec="RFC 7009 §2.1; RFC 7662 §2.1",
)
TOKEN_OF_OTHER_CLIENT: Final = ErrorRow(
    slug="token-of-other-client",
    error="unauthorized_client",
    status=400,
    says="The token was not issued to this client.",
    help="A client can revoke its own tokens only.",
    spec="RFC 7009 §2.1",
)
NOT_READY: Final = ErrorRow(
    slug="not-ready",
    error="temporarily_unavailable",
    status=503,
    says="The service is temporarily unavailable.",
    help="The server cannot read its database at the moment; retry with back-off.",
    spec="RFC 9110 §15.6.4",
)
SERVER_ERROR: Final = ErrorRow(
    slug="server-error",
    error="server_error",
    status=500,
    says="The authorization server met an unexpected condition.",
    help="Report the request id to the operator: the log has the cause under it.",
    spec="RFC 9110 §15.6.1",
)
ORIGIN_UNREGISTERED: Final = ErrorRow(
    slug="origin-unregistered",
    error="invalid_request",
    status=403,
    says="The origin of this page is not registered for the application.",
    help="Register the page's origin (scheme, host and port) in the application's config section as a web origin.",
    spec="RFC 9700 §4.17",
)
FEED_OF_A_CLIENT: Final = ErrorRow(
    slug="feed-of-a-client",
    error="unauthorized_client",
    status=403,
    says="The feed is told to APIs alone",
    help="Use the API's own credentials, which satsuma apis create showed.",
    spec="RFC 9110 §15.5.4",
)
FEED_NUMBER_BAD: Final = ErrorRow(
    slug="feed-number-bad",
    error="invalid_request",
    status=400,
    says="A number of the feed's query is none",
    help="Send after=NUMBER as the page before said it, and wait=SECONDS.",
    spec="RFC 9110 §15.5.1",
)

ROWS: Final = tuple(value for value in list(globals().values()) if isinstance(value, ErrorRow))
