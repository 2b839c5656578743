"""The numbered catalogue of the resource side: one row per cause, one envelope per number."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.numbered import numbered
from satsuma.domain.errors.row import ErrorRow

_ALL: Final[list[ErrorRow]] = []


def _row(status: int, code: int, slug: str, help_text: str, error: str = "") -> ErrorRow:
    _ALL.append(numbered(status, code, slug, help_text, error))
    return _ALL[-1]


PATH_UNSAFE: Final = _row(
    400,
    20,
    "path-unsafe",
    "Remove dot segments (., ..), backslashes and control characters from the path.",
)
PATH_MALFORMED: Final = _row(
    400,
    20,
    "path-malformed",
    "Percent-encode the path as UTF-8: a bare % is written %25, other characters are ASCII.",
)
BODY_MISSING: Final = _row(400, 21, "body-missing", "Send the body that this endpoint needs.")
BODY_MALFORMED: Final = _row(
    400, 22, "body-malformed", "Send one JSON object in UTF-8; check it with a JSON parser first."
)
BODY_FIELD_MISSING: Final = _row(
    400, 23, "body-field-missing", "Add the missing field; the API reference lists what it needs."
)
BODY_FIELD_INVALID: Final = _row(
    400, 24, "body-field-invalid", "Correct the field's value; the API reference shows its form."
)
HEADER_MISSING: Final = _row(
    400, 25, "header-missing", "Add the missing header; the API reference lists what it needs."
)
HEADER_INVALID: Final = _row(
    400, 26, "header-invalid", "Correct the header's value; the API reference shows its form."
)
AUTHORIZATION_REPEATED: Final = _row(
    400,
    26,
    "authorization-repeated",
    "Send the Authorization header exactly once.",
    "invalid_request",
)
UPGRADE_UNSUPPORTED: Final = _row(
    400,
    26,
    "upgrade-unsupported",
    "WebSocket connections do not pass the gateway; use ordinary requests or a streamed answer.",
)
ADDRESS_AMBIGUOUS: Final = _row(
    400,
    26,
    "address-ambiguous",
    "Let your gateway set exactly one of X-Original-URI, X-Original-URL and X-Forwarded-Uri.",
)
QUERY_MISSING: Final = _row(
    400,
    27,
    "query-parameter-missing",
    "Add the missing query-string parameter; the API reference lists what it needs.",
)
ADDRESS_MISSING: Final = _row(
    400,
    27,
    "address-missing",
    "Say which API is asked: X-Original-URI or X-Forwarded-Uri from your gateway, "
    "or ?api=NAME&version=N.",
)
QUERY_INVALID: Final = _row(
    400,
    28,
    "query-parameter-invalid",
    "Correct the parameter's value, send it once, and percent-encode it.",
)
CREDENTIALS_MISSING: Final = _row(
    401,
    40,
    "credentials-missing",
    "Send Authorization: Bearer and, after one space, the access token; never in the query.",
)
BEARER_PREFIX_MISSING: Final = _row(
    401,
    40,
    "bearer-prefix-missing",
    "Write Bearer and one space before the token; Basic credentials belong to the token endpoint.",
)
TOKEN_FORGED: Final = _row(
    401,
    41,
    "token-forged",
    "This is no access token of this service, or it was changed or cut. Send a new one, whole.",
    "invalid_token",
)
TOKEN_OF_OTHER_ISSUER: Final = _row(
    401,
    41,
    "token-of-other-issuer",
    "The API does not trust the token's issuer. Use the token endpoint that its page names.",
    "invalid_token",
)
TOKEN_OF_OTHER_AUDIENCE: Final = _row(
    401,
    41,
    "token-of-other-audience",
    "The token was narrowed to another API. Ask for one without that resource parameter.",
    "invalid_token",
)
TOKEN_REVOKED: Final = _row(
    401, 41, "token-revoked", "The token was revoked. Get a new one.", "invalid_token"
)
GRANT_REVOKED: Final = _row(
    401,
    41,
    "grant-revoked",
    "The user's consent, or its chain of refresh tokens, was revoked. Ask the user again.",
    "invalid_token",
)
CREDENTIALS_RENEWED: Final = _row(
    401,
    41,
    "credentials-renewed",
    "The application's credentials were renewed or revoked together with the tokens they had made. "
    "Get a token with the present ones.",
    "invalid_token",
)
SUBJECT_REVOKED: Final = _row(
    401,
    41,
    "subject-revoked",
    "All tokens of this user were revoked. Let the user sign in again.",
    "invalid_token",
)
APPLICATION_UNKNOWN: Final = _row(
    401,
    41,
    "application-unknown",
    "The application that the token was made for does not exist any more.",
    "invalid_token",
)
APPLICATION_PENDING: Final = _row(
    401,
    41,
    "application-pending",
    "The application waits for approval. Nothing is wrong with the request.",
    "invalid_token",
)
APPLICATION_REVOKED: Final = _row(
    401,
    41,
    "application-revoked",
    "The application was revoked. Ask the operator, or register a new one.",
    "invalid_token",
)
TOKEN_EXPIRED: Final = _row(
    401,
    42,
    "token-expired",
    "Get a new token and send the request again, once. Keep to expires_in, less a margin.",
    "invalid_token",
)
NOT_SUBSCRIBED: Final = _row(
    403, 50, "not-subscribed", "Subscribe it: satsuma apps subscribe APPLICATION API."
)
SUBSCRIPTION_PENDING: Final = _row(
    403,
    50,
    "subscription-pending",
    "The subscription waits for approval by the API provider. Nothing is wrong with the request.",
)
SUBSCRIPTION_REVOKED: Final = _row(
    403, 50, "subscription-revoked", "The subscription was revoked. Ask the API provider why."
)
SUBSCRIPTION_REFUSED: Final = _row(
    403,
    50,
    "subscription-refused",
    "The API provider refused the subscription; the application's page shows the reason.",
)
SCOPE_MISSING: Final = _row(
    403,
    50,
    "scope-missing",
    "Ask for a token with the scope that the challenge names.",
    "insufficient_scope",
)
ORIGIN_REFUSED: Final = _row(
    403,
    50,
    "origin-refused",
    "Register this web origin in the application's configuration, exactly as the browser sends it.",
)
APPLICATION_BLOCKED: Final = _row(
    403,
    51,
    "application-blocked",
    "The application is blocked. Ask the operator to lift the block.",
)
USER_BLOCKED: Final = _row(
    403, 52, "user-blocked", "The user's account is blocked. The user must ask the operator."
)
SPIKE_ARREST: Final = _row(
    403,
    53,
    "spike-arrest",
    "Wait as long as Retry-After says, then spread the calls over the second.",
)
QUOTA_EXCEEDED: Final = _row(
    403,
    53,
    "quota-exceeded",
    "Wait as long as Retry-After says, or ask the API provider for a larger plan.",
)
CONCURRENCY_EXCEEDED: Final = _row(
    403,
    53,
    "concurrency-exceeded",
    "Let calls end before new ones begin, or ask the API provider for a larger plan.",
)
API_UNKNOWN: Final = _row(
    404, 60, "api-unknown", "Check the base address: no API has this name. It is in lower case."
)
VERSION_UNKNOWN: Final = _row(
    404,
    60,
    "version-unknown",
    "The API exists, but not in this version; its page names the live ones.",
)
API_RETIRED: Final = _row(
    404, 60, "api-retired", "This version of the API is retired; its page names what replaces it."
)
RESOURCE_NOT_FOUND: Final = _row(
    404, 60, "resource-not-found", "Check the path and the identifier below the API's base address."
)
METHOD_REFUSED: Final = _row(
    405, 61, "method-refused", "Use one of the methods that the Allow header lists."
)
NOT_PRODUCED: Final = _row(
    406, 62, "not-produced", "Accept a media type that the API produces; */* always passes."
)
REQUEST_TOO_SLOW: Final = _row(
    408, 63, "request-too-slow", "Send the body without long pauses; check the network on the way."
)
LENGTH_MISSING: Final = _row(
    411, 64, "length-missing", "Send Content-Length; this API takes no chunked body."
)
PRECONDITION_FAILED: Final = _row(
    412, 65, "precondition-failed", "Read the resource again and send its present ETag in If-Match."
)
CONFLICT: Final = _row(
    409, 69, "resource-conflict", "Read the resource again; it exists already or has changed since."
)
BODY_TOO_LARGE: Final = _row(
    413, 66, "call-body-too-large", "Send less at once; the API's page names its largest body."
)
URI_TOO_LONG: Final = _row(
    414, 67, "uri-too-long", "Shorten the query string, or send the values in a body."
)
MEDIA_TYPE_REFUSED: Final = _row(
    415,
    68,
    "media-type-refused",
    "Set Content-Type to one of the media types that the API consumes.",
)
INTERNAL_ERROR: Final = _row(
    500, 1, "gateway-error", "Try again later; if it stays, send the request id to the operator."
)
SIGNING_KEY_MISSING: Final = _row(
    500,
    1,
    "signing-key-missing",
    "No EdDSA key is active to sign the identity header. Operator: satsuma keys rotate.",
)
POLICY_UNUSABLE: Final = _row(
    500,
    1,
    "policy-unusable",
    "A pattern of the API's request policy is no regular expression. Operator: correct it with "
    "satsuma apis import.",
)
UPSTREAM_REFUSED: Final = _row(
    502, 1, "upstream-refused", "The API's server takes no connection. Its provider must start it."
)
UPSTREAM_BROKEN: Final = _row(
    502,
    1,
    "upstream-broken",
    "The API's server broke off or answered no valid HTTP. Try again later.",
)
REPLICA_STALE: Final = _row(
    503,
    5,
    "picture-stale",
    "The gateway has lost its database and cannot know what was revoked. Retry with back-off.",
)
LOOK_UP_FAILED: Final = _row(
    503, 5, "look-up-failed", "The application could not be looked up. Retry with back-off."
)
QUOTA_UNKNOWN: Final = _row(
    503,
    5,
    "quota-unknown",
    "How much of the quota is used could not be looked up. Retry with back-off.",
)
OVER_CAPACITY: Final = _row(503, 6, "over-capacity", "Retry with exponential back-off.")
UPSTREAM_SLOW: Final = _row(
    504, 6, "upstream-slow", "The API's server took too long. Retry with exponential back-off."
)

ROWS: Final = tuple(_ALL)
