"""The rows of refusal of the authorization endpoint: on a page where nothing may be redirected to, else a redirect."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors.row import ErrorRow


def _on_page(slug: str, error: str, says: str, mend: str, spec: str) -> ErrorRow:
    return ErrorRow(slug, error, 400, says, mend, spec)


def _redirected(slug: str, error: str, says: str, mend: str, spec: str) -> ErrorRow:
    return ErrorRow(slug, error, 400, says, mend, spec, redirects=True)


CLIENT_UNKNOWN: Final = _on_page(
    "authorize-client-unknown",
    "invalid_request",
    "No application has this client_id.",
    "The application that sent you here is not registered, or its address was mistyped. Tell its developer: the "
    "client_id in the link is unknown.",
    "RFC 6749 §4.1.2.1",
)
CLIENT_NOT_ACTIVE: Final = _on_page(
    "authorize-client-not-active",
    "unauthorized_client",
    "The application is not active.",
    "The application waits for approval, or was revoked or blocked. Its owner sees which in the list of "
    "applications.",
    "RFC 6749 §4.1.2.1",
)
REDIRECT_URI_MISSING: Final = _on_page(
    "redirect-uri-missing",
    "invalid_request",
    "The request has no redirect_uri.",
    "Send redirect_uri, one of those registered in the application's config section.",
    "RFC 6749 §4.1.2.1",
)
REDIRECT_URI_UNREGISTERED: Final = _on_page(
    "redirect-uri-unregistered",
    "invalid_request",
    "The redirect_uri is not registered for this application.",
    "Register this redirect_uri, character for character, in the application's config section; a slash at the "
    "end, the port and the letters' case all count.",
    "RFC 6749 §3.1.2.4; RFC 9700 §4.1.3",
)
LOGOUT_URI_UNREGISTERED: Final = _on_page(
    "logout-uri-unregistered",
    "invalid_request",
    "The post_logout_redirect_uri is not registered for this application.",
    "Register it, character for character, among the application's logout addresses; without any, its redirect URIs "
    "stand for them.",
    "OIDC RP-Initiated Logout §3",
)
LOGOUT_CLIENT_MISSING: Final = _on_page(
    "logout-client-missing",
    "invalid_request",
    "The request has a post_logout_redirect_uri, and does not say of which application.",
    "Send the ID token as id_token_hint, or the client_id.",
    "OIDC RP-Initiated Logout §2",
)
RESPONSE_TYPE_MISSING: Final = _redirected(
    "response-type-missing",
    "invalid_request",
    "The request has no response_type.",
    "Send response_type=code.",
    "RFC 6749 §4.1.2.1",
)
RESPONSE_TYPE_UNSUPPORTED: Final = _redirected(
    "response-type-unsupported",
    "unsupported_response_type",
    "The authorization server does not support this response_type.",
    "Send response_type=code: tokens are never given in a redirect.",
    "RFC 6749 §4.1.2.1; RFC 9700 §2.1.2",
)
RESPONSE_MODE_UNSUPPORTED: Final = _redirected(
    "response-mode-unsupported",
    "invalid_request",
    "The response_mode is not supported.",
    "Leave response_mode out, or send query or form_post.",
    "RFC 6749 §4.1.2.1",
)
REQUEST_NOT_SUPPORTED: Final = _redirected(
    "request-not-supported",
    "request_not_supported",
    "The request parameter is not supported.",
    "Send the parameters themselves, not a request object.",
    "OIDC Core §3.1.2.6",
)
REQUEST_URI_NOT_SUPPORTED: Final = _redirected(
    "request-uri-not-supported",
    "request_uri_not_supported",
    "The request_uri parameter is not supported.",
    "Send the parameters themselves, not a reference to them.",
    "OIDC Core §3.1.2.6",
)
REGISTRATION_NOT_SUPPORTED: Final = _redirected(
    "registration-not-supported",
    "registration_not_supported",
    "The registration parameter is not supported.",
    "Register the application beforehand.",
    "OIDC Core §3.1.2.6",
)
STATE_MISSING: Final = _redirected(
    "state-missing",
    "invalid_request",
    "The request has no state.",
    "Send a state that nobody can guess and compare it when the person comes back: it prevents cross-site request "
    "forgery.",
    "OAuth U2M guide, step 2",
)
PARAMETER_TOO_LONG: Final = _redirected(
    "parameter-too-long",
    "invalid_request",
    "A parameter is longer than 2048 characters.",
    "Keep what is long on your side and send a reference in state.",
    "RFC 6749 §4.1.2.1",
)
SCOPE_MISSING: Final = _redirected(
    "scope-missing-in-request",
    "invalid_scope",
    "The request has no scope.",
    "Send the scopes that the application needs, separated by spaces, or give the application default scopes.",
    "RFC 6749 §3.3",
)
SCOPE_MALFORMED: Final = _redirected(
    "authorize-scope-malformed",
    "invalid_scope",
    "The requested scope is malformed.",
    "Separate scope tokens by one space, and encode the whole value for a URL.",
    "RFC 6749 §3.3",
)
OPENID_MISSING: Final = _redirected(
    "openid-missing",
    "invalid_scope",
    "The scope openid is required.",
    "Add openid to the scopes.",
    "OIDC Core §3.1.2.1",
)
SCOPE_REFUSED: Final = _redirected(
    "authorize-scope-refused",
    "invalid_scope",
    "The requested scope exceeds what this application may ask for.",
    "Ask for scopes of the APIs that the application is subscribed to, and openid, profile, email, offline_access "
    "where the issuer lists them.",
    "RFC 6749 §3.3",
)
PROMPT_UNKNOWN: Final = _redirected(
    "prompt-unknown",
    "invalid_request",
    "The prompt has an unknown value.",
    "prompt is none, login, consent, or login consent.",
    "OIDC Core §3.1.2.1",
)
PROMPT_NONE_WITH_OTHERS: Final = _redirected(
    "prompt-none-with-others",
    "invalid_request",
    "The prompt none stands with other values.",
    "Send prompt=none alone.",
    "OIDC Core §3.1.2.1",
)
PROMPT_UNSUPPORTED: Final = _redirected(
    "prompt-unsupported",
    "invalid_request",
    "The prompt select_account is not supported.",
    "Send prompt=login to let another person log in.",
    "OIDC Core §3.1.2.1",
)
MAX_AGE_MALFORMED: Final = _redirected(
    "max-age-malformed",
    "invalid_request",
    "The max_age is not a number of seconds.",
    "Send max_age as whole seconds.",
    "OIDC Core §3.1.2.1",
)
CLAIMS_MALFORMED: Final = _redirected(
    "claims-malformed",
    "invalid_request",
    "The claims parameter is not a JSON object of the right form.",
    "See the form of the claims parameter in OpenID Connect Core, section 5.5.",
    "OIDC Core §5.5",
)
PKCE_MISSING: Final = _redirected(
    "pkce-missing",
    "invalid_request",
    "The request has no code_challenge.",
    "Public clients, and all clients of this issuer where it says so, send code_challenge and "
    "code_challenge_method=S256.",
    "RFC 7636 §4.4.1; RFC 9700 §2.1.1",
)
PKCE_OR_NONCE_MISSING: Final = _redirected(
    "pkce-or-nonce-missing",
    "invalid_request",
    "The request has neither a code_challenge nor, with openid, a nonce.",
    "Send code_challenge and code_challenge_method=S256; or, as this application may, a nonce with the scope openid.",
    "RFC 9700 §2.1.1, §4.5.3.2",
)
PKCE_NOT_S256: Final = _redirected(
    "pkce-not-s256",
    "invalid_request",
    "The code_challenge_method is not S256.",
    "Send code_challenge_method=S256: plain protects nothing.",
    "RFC 7636 §4.4.1; RFC 9700 §2.1.1",
)
PKCE_MALFORMED: Final = _redirected(
    "pkce-malformed",
    "invalid_request",
    "The code_challenge is malformed.",
    "The challenge is the base64url SHA-256 of the verifier: 43 characters without padding.",
    "RFC 7636 §4.2",
)
RESOURCE_REFUSED: Final = _redirected(
    "authorize-resource-refused",
    "invalid_target",
    "The requested resource is unknown or not subscribed to.",
    "resource is the address of one subscribed API, such as https://HOST/poi/v1.",
    "RFC 8707 §2",
)
ACCESS_DENIED: Final = _redirected(
    "access-denied",
    "access_denied",
    "The person refused the access.",
    "Respect it; explain why the application needs the access before asking again.",
    "RFC 6749 §4.1.2.1",
)
LOGIN_REQUIRED: Final = _redirected(
    "login-required",
    "login_required",
    "The person must log in.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
)
CONSENT_REQUIRED: Final = _redirected(
    "consent-required",
    "consent_required",
    "The person must be asked for consent.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
)
INTERACTION_REQUIRED: Final = _redirected(
    "interaction-required",
    "interaction_required",
    "The person must take a further step.",
    "Ask again without prompt=none.",
    "OIDC Core §3.1.2.6",
)
ACR_UNMET: Final = _redirected(
    "acr-unmet",
    "unmet_authentication_requirements",
    "No login here has an acr that the request demands.",
    "Logins here have the acr 1. Leave the essential acr out of the claims, or name it as voluntary.",
    "OIDC Core §5.5.1.1",
)
SCOPE_DEFAULT_EMPTY: Final = _redirected(
    "authorize-scope-default-empty",
    "invalid_scope",
    "The request has no scope, and none of the application's default scopes may be asked for here.",
    "Send scope, or change the application's default scopes to those that this issuer gives it.",
    "RFC 6749 §3.3",
)
HINT_UNKNOWN: Final = _redirected(
    "id-token-hint-unknown",
    "invalid_request",
    "The id_token_hint, or the sub that the claims demand, names nobody who is known here.",
    "Send an ID token, and a sub, that this issuer gave to this application lately, or leave them out.",
    "OIDC Core §3.1.2.1",
)
HINT_INVALID: Final = _on_page(
    "id-token-hint-invalid",
    "invalid_request",
    "The id_token_hint is not an ID token of this issuer for this client.",
    "Send the ID token that this issuer gave to this application, whole.",
    "OIDC RP-Initiated Logout §4",
)
METHOD_NOT_ALLOWED: Final = ErrorRow(
    "authorize-method-not-allowed",
    "invalid_request",
    405,
    "The URI does not support the requested method.",
    "Use GET or POST for the authorization endpoint.",
    "RFC 6749 §3.1",
    allow="GET, POST, HEAD",
)
MALFORMED: Final = _redirected(
    "authorize-malformed",
    "invalid_request",
    "A parameter is malformed or stands twice.",
    "Send each parameter once, percent-encoded as UTF-8.",
    "RFC 6749 §3.1, §4.1.2.1",
)
SANDBOX_OF_ANOTHER: Final = _on_page(
    "sandbox-of-another",
    "access_denied",
    "The application is being tried out, and lets nobody in but the person made up for it.",
    "If you are trying it, open this address in the same browser. Otherwise whoever sent you here has no account with "
    "us: go back, and enter no password.",
    "RFC 6749 §4.1.2.1",
)

ROWS: Final = tuple(value for value in list(globals().values()) if isinstance(value, ErrorRow))
