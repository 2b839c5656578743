"""What each cause of refusal means: what happened in a sentence, and the command that mends it.

A sentence may name what the request log kept (`{because}`); a command may name the application
(`{application}`), the API (`{api}`) and the owner's choices in capitals.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Cause(NamedTuple):
    """One cause: the sentence, and the command where one mends it."""

    happened: str
    command: str | None = None


_SHOW: Final = "satsuma apps show {application}"
_SECRET: Final = "satsuma apps show {application} --secret"
_UNBLOCK: Final = "satsuma apps unblock {application}"
_UNBLOCK_USER: Final = "satsuma accounts unblock EMAIL"
_SUBSCRIBE: Final = "satsuma apps subscribe {application} {api}"
_APPROVE: Final = "satsuma subscriptions approve {application} {api}"
_APIS: Final = "satsuma apis list"
_DOCTOR: Final = "satsuma server doctor"

TOKEN: Final = {
    "client-refused": Cause("The credentials were refused.", _SHOW),
    "client-unknown": Cause(
        "The client_id that was sent belongs to no application.", "satsuma apps list"
    ),
    "secret-wrong": Cause(
        "The client_id is right, but the client_secret is not the application's.", _SECRET
    ),
    "secret-retired": Cause(
        "The client_secret is an earlier one of the application, which a renewal has ended.",
        _SECRET,
    ),
    "client-pending": Cause("The application is not approved yet.", _UNBLOCK),
    "client-revoked": Cause("The application was revoked for good.", "satsuma apps create"),
    "client-blocked": Cause("The application is blocked.", _UNBLOCK),
    "client-public": Cause(
        "The application is public: it has no secret to authenticate with.",
        "satsuma apps create NAME --owner EMAIL",
    ),
    "client-credentials-missing": Cause(
        "Neither an Authorization header nor client_id and client_secret in the form were sent.",
        _SECRET,
    ),
    "scheme-unsupported": Cause("The Authorization header does not use the Basic scheme."),
    "duplicate-credentials": Cause(
        "Credentials came twice: in the Authorization header and in the form."
    ),
    "grant-type-missing": Cause("The form has no grant_type."),
    "grant-type-unsupported": Cause("The grant_type is not one that this issuer gives tokens for."),
    "feed-of-a-client": Cause(
        "The revocation feed was asked for with the credentials of an application.",
        "satsuma apis list",
    ),
    "feed-number-bad": Cause("The revocation feed was asked for with a number that is none."),
    "scope-too-long": Cause("The scopes make an access token that would be longer than is read."),
    "scope-of-a-person": Cause(
        "The application asked for itself for openid, profile, email or another scope of a person."
    ),
    "scope-default-empty": Cause(
        "The application asked for itself without a scope, and its subscriptions give none of its default scopes.",
        _SHOW,
    ),
    "scope-malformed": Cause("The scope is not a list of scope tokens with one space between."),
    "scope-refused": Cause(
        "The scope has a token that no approved subscription of the application gives.", _SHOW
    ),
    "scope-elsewhere": Cause(
        "The scope has a token of another API than the one that resource names.", _SHOW
    ),
    "resource-refused": Cause(
        "The resource is not the address of an API that the application is subscribed to.", _SHOW
    ),
    "method-not-allowed": Cause("The endpoint was not called with POST."),
    "document-method-not-allowed": Cause("The document was not asked for with GET."),
    "not-acceptable": Cause("The Accept header does not allow application/json, or is not there."),
    "media-type-unsupported": Cause("The Content-Type is not that of a form."),
    "body-too-large": Cause("The body of the token request is larger than 16 KiB."),
    "too-many-token-requests": Cause(
        "The application asked for more tokens in the window than the issuer's limit, from all "
        "of its machines together."
    ),
    "too-many-failures": Cause(
        "This source failed to authenticate this client too often; the secret was not looked at."
    ),
    "token-parameter-missing": Cause("The form has no token."),
    "token-of-other-client": Cause("The token to be revoked belongs to another application."),
    "not-ready": Cause("The server had not read its database for too long.", _DOCTOR),
    "server-error": Cause("The server met a fault of its own.", _DOCTOR),
    "repeated-header": Cause("A header that may stand once was sent more than once."),
    "bad-escape": Cause("The form has a percent sign that begins no escape."),
    "bad-encoding": Cause("The form's values are not UTF-8."),
    "nul-character": Cause("A parameter holds a NUL character."),
    "repeated-parameter": Cause("A parameter was sent more than once."),
    "basic-undecodable": Cause(
        "What follows Basic is not the base64 of client_id:client_secret.", _SECRET
    ),
    "too-many-parameters": Cause("The form has more than 50 parameters."),
}
CALL: Final = {
    "path-unsafe": Cause("The path has dot segments, backslashes or control characters."),
    "path-malformed": Cause("The path is not percent-encoded UTF-8."),
    "body-missing": Cause("The API needs a body, and none came."),
    "body-malformed": Cause("The body is not one JSON object in UTF-8."),
    "body-field-missing": Cause("A field that the API requires is missing from the body."),
    "body-field-invalid": Cause(
        "A field of the body is too long, or does not have the form that the API asks."
    ),
    "header-missing": Cause("A header that the API requires is missing."),
    "header-invalid": Cause("A header is too long, or does not have the form that the API asks."),
    "authorization-repeated": Cause("The Authorization header was sent more than once."),
    "upgrade-unsupported": Cause("The call asked for a WebSocket."),
    "address-ambiguous": Cause("The check was told more than one original address."),
    "query-parameter-missing": Cause("A query parameter that the API requires is missing."),
    "address-missing": Cause("The check was not told which API is called."),
    "query-parameter-invalid": Cause(
        "A query parameter came twice, is too long, or does not have the form that the API asks."
    ),
    "credentials-missing": Cause("The call carried no access token."),
    "bearer-prefix-missing": Cause("The Authorization header does not begin with Bearer."),
    "token-forged": Cause("What came as a token was not made here, or was changed on its way."),
    "token-of-other-issuer": Cause("The API does not trust the issuer of the token.", _APIS),
    "token-of-other-audience": Cause("The token was made for another API alone."),
    "token-revoked": Cause("The token itself was revoked."),
    "grant-revoked": Cause("The grant behind the token was revoked."),
    "credentials-renewed": Cause(
        "The application's tokens were ended after this one was made, by a renewal or revocation.",
        _SHOW,
    ),
    "subject-revoked": Cause("All tokens of the user behind the token were revoked."),
    "application-unknown": Cause("The application behind the token is not there any more."),
    "application-pending": Cause("The application behind the token is not approved.", _UNBLOCK),
    "application-revoked": Cause(
        "The application behind the token was revoked.", "satsuma apps create"
    ),
    "token-expired": Cause("The token's time had run out."),
    "not-subscribed": Cause("The application is not subscribed to the API.", _SUBSCRIBE),
    "subscription-pending": Cause("The subscription to the API waits for approval.", _APPROVE),
    "subscription-refused": Cause("The subscription to the API was refused.", _SHOW),
    "subscription-revoked": Cause("The subscription to the API was revoked.", _SUBSCRIBE),
    "scope-missing": Cause("The token lacks a scope that this call needs.", _APIS),
    "origin-refused": Cause(
        "The call came from a web origin that is not registered for the application.", _SHOW
    ),
    "application-blocked": Cause("The application behind the token is blocked.", _UNBLOCK),
    "user-blocked": Cause("The account of the user behind the token is blocked.", _UNBLOCK_USER),
    "spike-arrest": Cause("The application made more calls in one second than the API allows."),
    "quota-exceeded": Cause("The application has used up its quota of calls to the API."),
    "concurrency-exceeded": Cause(
        "The application had as many calls under way as its plan allows.", "satsuma plans list"
    ),
    "api-unknown": Cause("No API has the name in the path.", _APIS),
    "version-unknown": Cause("The API has no such version.", _APIS),
    "api-retired": Cause(
        "This version of the API is retired.", "satsuma apis life-cycle {api} live"
    ),
    "resource-not-found": Cause("The path leads to nothing below the API's address.", _APIS),
    "method-refused": Cause("The API does not take this method.", _APIS),
    "not-produced": Cause("The Accept header allows nothing that the API produces."),
    "request-too-slow": Cause("The body paused for too long on its way."),
    "length-missing": Cause("The body came without Content-Length."),
    "precondition-failed": Cause("A precondition in the headers does not hold."),
    "resource-conflict": Cause("The call conflicts with the resource as it is."),
    "call-body-too-large": Cause("The body is larger than the API takes."),
    "uri-too-long": Cause("The address is longer than 8 KiB."),
    "media-type-refused": Cause("The Content-Type is not one that the API consumes."),
    "gateway-error": Cause("The gateway met a fault of its own.", _DOCTOR),
    "signing-key-missing": Cause(
        "No EdDSA key is active to sign the identity header.", "satsuma keys rotate --alg EdDSA"
    ),
    "policy-unusable": Cause(
        "A pattern in the API's request policy cannot be used.",
        "satsuma apis import FILE --name NAME --replace",
    ),
    "upstream-refused": Cause("The API's own server took no connection.", _APIS),
    "upstream-broken": Cause("The API's own server broke off, or answered no valid HTTP.", _APIS),
    "picture-stale": Cause("The gateway had not read its database for too long.", _DOCTOR),
    "look-up-failed": Cause("The application could not be looked up in the database.", _DOCTOR),
    "quota-unknown": Cause("The calls made so far could not be read from the database.", _DOCTOR),
    "over-capacity": Cause("The API had as many calls in hand as it can serve."),
    "upstream-slow": Cause("The API's own server did not answer in time.", _APIS),
}
PERSON: Final = {
    "authorize-client-unknown": Cause(
        "The client_id in the link to the login belongs to no application.", "satsuma apps list"
    ),
    "authorize-client-not-active": Cause(
        "The application that sent the person here is not active.", _SHOW
    ),
    "redirect-uri-missing": Cause("The authorization request has no redirect_uri.", _SHOW),
    "sandbox-of-another": Cause(
        "The application is a sandbox, which lets nobody in but the person made up for it."
    ),
    "redirect-uri-unregistered": Cause(
        "The redirect_uri is none of those registered, character for character.", _SHOW
    ),
    "redirect-uri-mismatch": Cause(
        "The token request named another redirect_uri than the authorization request."
    ),
    "authorize-malformed": Cause(
        "A parameter of the authorization request is malformed, or stands twice."
    ),
    "parameter-too-long": Cause("A parameter has more than 2048 characters."),
    "authorize-method-not-allowed": Cause("The login was asked for with neither GET nor POST."),
    "logout-uri-unregistered": Cause(
        "The post_logout_redirect_uri is none of the application's logout addresses, character for character.",
        _SHOW,
    ),
    "logout-client-missing": Cause(
        "A logout was to return to an address, and neither client_id nor id_token_hint said whose it is."
    ),
    "response-type-missing": Cause("The authorization request has no response_type."),
    "response-type-unsupported": Cause("The response_type is not code."),
    "response-mode-unsupported": Cause("The response_mode is neither query nor form_post."),
    "state-missing": Cause("The authorization request has no state, which this issuer requires."),
    "scope-missing-in-request": Cause("The authorization request has no scope."),
    "authorize-scope-default-empty": Cause(
        "The authorization request has no scope, and the application may ask for none of its default scopes here.",
        _SHOW,
    ),
    "authorize-scope-malformed": Cause(
        "The scope of the authorization request is no list of tokens."
    ),
    "authorize-scope-refused": Cause(
        "The application may not ask a person for one of the scopes.", _SHOW
    ),
    "authorize-resource-refused": Cause(
        "The authorization request names an API that the application is not subscribed to.", _SHOW
    ),
    "openid-missing": Cause("The scope lacks openid, which this issuer requires."),
    "prompt-unknown": Cause("The prompt has a value that nobody knows."),
    "prompt-unsupported": Cause("The prompt select_account is not supported here."),
    "prompt-none-with-others": Cause("The prompt none came together with another value."),
    "max-age-malformed": Cause("The max_age is not a whole number of seconds."),
    "claims-malformed": Cause("The claims parameter is not the JSON object that it should be."),
    "acr-unmet": Cause("The claims demand an acr as essential that no login here has."),
    "id-token-hint-unknown": Cause(
        "The id_token_hint, or the sub that was demanded, names nobody who is known here."
    ),
    "id-token-hint-invalid": Cause("The id_token_hint is no ID token of this client."),
    "request-not-supported": Cause("The parameters came as a request object."),
    "request-uri-not-supported": Cause("The parameters came by reference."),
    "registration-not-supported": Cause("The application tried to register itself on the way."),
    "login-required": Cause("With prompt=none, nobody was logged in."),
    "consent-required": Cause("With prompt=none, the person had not consented yet."),
    "interaction-required": Cause("With prompt=none, a further step was needed."),
    "access-denied": Cause("The person said no to the access."),
    "pkce-missing": Cause("The authorization request has no code_challenge."),
    "pkce-or-nonce-missing": Cause(
        "The authorization request has neither a code_challenge nor, with openid, a nonce."
    ),
    "pkce-malformed": Cause("The code_challenge is no base64url SHA-256."),
    "pkce-not-s256": Cause("The code_challenge_method is not S256."),
    "pkce-mismatch": Cause("The code_verifier does not hash to the code_challenge."),
    "code-missing": Cause("The form has no code."),
    "code-unknown": Cause("The code is not one of this issuer's, or its 60 seconds were over."),
    "code-of-other-client": Cause(
        "The code was given to another application, or by another issuer."
    ),
    "code-of-blocked-account": Cause("The person's account was blocked meanwhile.", _UNBLOCK_USER),
    "code-revoked": Cause("The access behind the code was taken back before it was exchanged."),
    "redirect-uri-removed": Cause(
        "The redirect URI of the code was taken from the application after the code was issued.",
        _SHOW,
    ),
    "code-reused": Cause("The code had been exchanged before."),
    "resource-mismatch": Cause(
        "The token request named another resource than the authorization request."
    ),
    "scope-wider": Cause("The token request asked for more than the person granted."),
    "refresh-token-missing": Cause("The form has no refresh_token."),
    "refresh-unknown": Cause("The refresh token is not one that this issuer made."),
    "refresh-expired": Cause("The refresh token had not been used for too long, or was too old."),
    "refresh-of-other-client": Cause("The refresh token belongs to another application."),
    "refresh-of-blocked-account": Cause("The person's account is blocked.", _UNBLOCK_USER),
    "refresh-revoked": Cause("The access behind the refresh token was taken back."),
    "refresh-reused": Cause("An earlier refresh token was used after its successor."),
    "origin-unregistered": Cause(
        "A web page of an origin that is not registered for the application made the call.", _SHOW
    ),
    "userinfo-token-missing": Cause("Userinfo was asked for without an access token."),
    "userinfo-token-twice": Cause(
        "Userinfo was asked for with an access token in the header and in the form."
    ),
    "userinfo-token-invalid": Cause("The token at userinfo is none of a person."),
    "userinfo-token-expired": Cause("The token at userinfo had run out."),
    "userinfo-token-revoked": Cause("The access behind the token at userinfo was taken back."),
    "userinfo-token-of-other-audience": Cause(
        "The token at userinfo is for an API, and userinfo is not among its audiences."
    ),
    "userinfo-scope-missing": Cause("The token at userinfo lacks the scope openid."),
    "userinfo-method-not-allowed": Cause("Userinfo was asked for with neither GET nor POST."),
}
DEVELOPER: Final = {
    "developer-scope-missing": Cause(
        "The token may not read the person's applications.", "satsuma login URL"
    ),
    "developer-method-not-allowed": Cause(
        "The developer's own API was asked with another method than GET."
    ),
    "developer-parameter-bad": Cause(
        "The developer's own API was asked with a parameter that it does not have, or a value it cannot have."
    ),
    "developer-not-there": Cause(
        "The developer's own API has no such address, or the person owns nothing there."
    ),
    "developer-too-many-calls": Cause(
        "The person asked the developer's own API more than 60 times in a minute."
    ),
    "sandbox-method-not-allowed": Cause("A sandbox was asked for with another method than POST."),
    "sandbox-too-often": Cause("One address asked for more than three sandboxes in an hour."),
    "sandbox-full": Cause("A thousand sandboxes were open already."),
    "sandbox-empty": Cause(
        "No API may be tried without an account.", "satsuma apis change NAME --sandbox"
    ),
}
CAUSES: Final[dict[str, Cause]] = TOKEN | CALL | PERSON | DEVELOPER
