"""The rows of refusal of the authorization endpoint: on a page where nothing may be redirected to, else a redirect."""

from __future__ import annotations

from typing import Final

from satsuma.protocol.errors import Row

CLIENT_UNKNOWN: Final = Row(
    "authorize-client-unknown",
    "invalid_request",
    400,
    "No application has this client_id.",
    "The application that sent you here is not registered, or its address was mistyped. Tell its "
    "developer: the client_id in the link is unknown.",
    "RFC 6749 §4.1.2.1",
    may_redirect=False,
)
CLIENT_NOT_ACTIVE: Final = Row(
    "authorize-client-not-active",
    "unauthorized_client",
    400,
    "The application is not active.",
    "The application waits for approval, or was revoked or blocked. Its owner sees which in the list of "
    "applications.",
    "RFC 6749 §4.1.2.1",
    may_redirect=False,
)
REDIRECT_URI_MISSING: Final = Row(
    "redirect-uri-missing",
    "invalid_request",
    400,
    "The request has no redirect_uri.",
    "Send redirect_uri, one of those registered in the application's config section.",
    "RFC 6749 §4.1.2.1",
    may_redirect=False,
)
REDIRECT_URI_UNREGISTERED: Final = Row(
    "redirect-uri-unregistered",
    "invalid_request",
    400,
    "The redirect_uri is not registered for this application.",
    "Register this redirect_uri, character for character, in the application's config section; a slash at "
    "the end, the port and the letters' case all count.",
    "RFC 6749 §3.1.2.4; RFC 9700 §4.1.3",
    may_redirect=False,
)
RESPONSE_TYPE_MISSING: Final = Row(
    "response-type-missing",
    "invalid_request",
    400,
    "The request has no response_type.",
    "Send response_type=code.",
    "RFC 6749 §4.1.2.1",
    may_redirect=True,
)
RESPONSE_TYPE_UNSUPPORTED: Final = Row(
    "response-type-unsupported",
    "unsupported_response_type",
    400,
    "The authorization server does not support this response_type.",
    "Send response_type=code: tokens are never given in a redirect.",
    "RFC 6749 §4.1.2.1; RFC 9700 §2.1.2",
    may_redirect=True,
)
RESPONSE_MODE_UNSUPPORTED: Final = Row(
    "response-mode-unsupported",
    "invalid_request",
    400,
    "The response_mode is not supported.",
    "Leave response_mode out, or send query or form_post.",
    "RFC 6749 §4.1.2.1",
    may_redirect=True,
)
REQUEST_NOT_SUPPORTED: Final = Row(
    "request-not-supported",
    "request_not_supported",
    400,
    "The request parameter is not supported.",
    "Send the parameters themselves, not a request object.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
REQUEST_URI_NOT_SUPPORTED: Final = Row(
    "request-uri-not-supported",
    "request_uri_not_supported",
    400,
    "The request_uri parameter is not supported.",
    "Send the parameters themselves, not a reference to them.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
REGISTRATION_NOT_SUPPORTED: Final = Row(
    "registration-not-supported",
    "registration_not_supported",
    400,
    "The registration parameter is not supported.",
    "Register the application beforehand.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
STATE_MISSING: Final = Row(
    "state-missing",
    "invalid_request",
    400,
    "The request has no state.",
    "Send a state that nobody can guess and compare it when the person comes back: it prevents cross-site "
    "request forgery.",
    "OAuth U2M guide, step 2",
    may_redirect=True,
)
PARAMETER_TOO_LONG: Final = Row(
    "parameter-too-long",
    "invalid_request",
    400,
    "A parameter is longer than 2048 characters.",
    "Keep what is long on your side and send a reference in state.",
    "RFC 6749 §4.1.2.1",
    may_redirect=True,
)
SCOPE_MISSING: Final = Row(
    "scope-missing-in-request",
    "invalid_scope",
    400,
    "The request has no scope.",
    "Send the scopes that the application needs, separated by spaces.",
    "RFC 6749 §3.3",
    may_redirect=True,
)
SCOPE_MALFORMED: Final = Row(
    "authorize-scope-malformed",
    "invalid_scope",
    400,
    "The requested scope is malformed.",
    "Separate scope tokens by one space, and encode the whole value for a URL.",
    "RFC 6749 §3.3",
    may_redirect=True,
)
OPENID_MISSING: Final = Row(
    "openid-missing",
    "invalid_scope",
    400,
    "The scope openid is required.",
    "Add openid to the scopes.",
    "OIDC Core §3.1.2.1",
    may_redirect=True,
)
SCOPE_REFUSED: Final = Row(
    "authorize-scope-refused",
    "invalid_scope",
    400,
    "The requested scope exceeds what this application may ask for.",
    "Ask for scopes of the APIs that the application is subscribed to, and openid, profile, email, "
    "offline_access where the issuer lists them.",
    "RFC 6749 §3.3",
    may_redirect=True,
)
PROMPT_UNKNOWN: Final = Row(
    "prompt-unknown",
    "invalid_request",
    400,
    "The prompt has an unknown value.",
    "prompt is none, login, consent, or login consent.",
    "OIDC Core §3.1.2.1",
    may_redirect=True,
)
PROMPT_NONE_WITH_OTHERS: Final = Row(
    "prompt-none-with-others",
    "invalid_request",
    400,
    "The prompt none stands with other values.",
    "Send prompt=none alone.",
    "OIDC Core §3.1.2.1",
    may_redirect=True,
)
PROMPT_UNSUPPORTED: Final = Row(
    "prompt-unsupported",
    "invalid_request",
    400,
    "The prompt select_account is not supported.",
    "Send prompt=login to let another person log in.",
    "OIDC Core §3.1.2.1",
    may_redirect=True,
)
MAX_AGE_MALFORMED: Final = Row(
    "max-age-malformed",
    "invalid_request",
    400,
    "The max_age is not a number of seconds.",
    "Send max_age as whole seconds.",
    "OIDC Core §3.1.2.1",
    may_redirect=True,
)
CLAIMS_MALFORMED: Final = Row(
    "claims-malformed",
    "invalid_request",
    400,
    "The claims parameter is not a JSON object of the right form.",
    "See the form of the claims parameter in OpenID Connect Core, section 5.5.",
    "OIDC Core §5.5",
    may_redirect=True,
)
PKCE_MISSING: Final = Row(
    "pkce-missing",
    "invalid_request",
    400,
    "The request has no code_challenge.",
    "Public clients, and all clients of this issuer where it says so, send code_challenge and "
    "code_challenge_method=S256.",
    "RFC 7636 §4.4.1; RFC 9700 §2.1.1",
    may_redirect=True,
)
PKCE_NOT_S256: Final = Row(
    "pkce-not-s256",
    "invalid_request",
    400,
    "The code_challenge_method is not S256.",
    "Send code_challenge_method=S256: plain protects nothing.",
    "RFC 7636 §4.4.1; RFC 9700 §2.1.1",
    may_redirect=True,
)
PKCE_MALFORMED: Final = Row(
    "pkce-malformed",
    "invalid_request",
    400,
    "The code_challenge is malformed.",
    "The challenge is the base64url SHA-256 of the verifier: 43 characters without padding.",
    "RFC 7636 §4.2",
    may_redirect=True,
)
RESOURCE_REFUSED: Final = Row(
    "authorize-resource-refused",
    "invalid_target",
    400,
    "The requested resource is unknown or not subscribed to.",
    "resource is the address of one subscribed API, such as https://HOST/poi/v1.",
    "RFC 8707 §2",
    may_redirect=True,
)
ACCESS_DENIED: Final = Row(
    "access-denied",
    "access_denied",
    400,
    "The person refused the access.",
    "Respect it; explain why the application needs the access before asking again.",
    "RFC 6749 §4.1.2.1",
    may_redirect=True,
)
LOGIN_REQUIRED: Final = Row(
    "login-required",
    "login_required",
    400,
    "The person must log in.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
CONSENT_REQUIRED: Final = Row(
    "consent-required",
    "consent_required",
    400,
    "The person must be asked for consent.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
INTERACTION_REQUIRED: Final = Row(
    "interaction-required",
    "interaction_required",
    400,
    "The person must take a further step.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
    may_redirect=True,
)
HINT_INVALID: Final = Row(
    "id-token-hint-invalid",
    "invalid_request",
    400,
    "The id_token_hint is not an ID token of this issuer for this client.",
    "Send the ID token that this issuer gave to this application, whole.",
    "OIDC RP-Initiated Logout §4",
    may_redirect=False,
)
REQUEST_EXPIRED: Final = Row(
    "authorize-request-expired",
    "invalid_request",
    400,
    "This page has expired.",
    "Go back to the application and start again.",
    "OAuth U2M guide, step 2",
    may_redirect=False,
)
METHOD_NOT_ALLOWED: Final = Row(
    "authorize-method-not-allowed",
    "invalid_request",
    405,
    "The URI does not support the requested method.",
    "Use GET or POST for the authorization endpoint.",
    "RFC 6749 §3.1",
    may_redirect=False,
)
MALFORMED: Final = Row(
    "authorize-malformed",
    "invalid_request",
    400,
    "A parameter is malformed or stands twice.",
    "Send each parameter once, percent-encoded as UTF-8.",
    "RFC 6749 §3.1",
    may_redirect=False,
)

ROWS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Row))
