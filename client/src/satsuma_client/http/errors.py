"""What an application gets instead of a token or an answer: one class per word of the registries, one per number.

Long because each class stands by its name, with what it means and what mends it.

Spec: RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 8707 §2; OIDC Core §3.1.2.6.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final


class OAuthError(Exception):
    """A request that got nothing: what the server said, and what helps.

    `body` is what came, at most 64 KiB of it; `curl` is the failed request as a command, its secret left to the
    environment. None of the attributes holds a secret that we sent.
    """

    word: ClassVar[str] = ""
    number: ClassVar[int | None] = None
    advice: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    section: ClassVar[str] = ""

    def __init__(
        self,
        error: str = "",
        description: str | None = None,
        *,
        status: int | None = None,
        code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        scope: str | None = None,
        doc_url: str | None = None,
        hint: str | None = None,
        fix: str | None = None,
        curl: str = "",
        body: bytes = b"",
    ) -> None:
        self.error = error or self.word
        self.description = description
        self.status = status
        self.code = self.number if code is None else code
        self.request_id = request_id
        self.retry_after = retry_after
        self.scope = scope
        self.doc_url = doc_url or self.section or None
        self.hint = self.advice if hint is None else hint
        self.fix = self.remedy if fix is None else fix
        self.curl = curl
        self.body = body
        super().__init__(self.error, description)

    @classmethod
    def of_response(cls, response: Any) -> OAuthError | None:
        """The typed error that an API's answer is, None for one below 400.

        `response` is that of httpx2, httpx, requests, niquests or urllib, its body read or still to be read.
        """
        from satsuma_client.http.error_reading import error_of
        from satsuma_client.http.transport import MAX_BYTES, HttpResponse

        status = getattr(response, "status_code", None) or response.status
        if status < 400:
            return None
        content = getattr(response, "content", None)
        body = response.read(MAX_BYTES) if content is None else content
        fields = tuple((str(name).lower(), str(value)) for name, value in response.headers.items())
        return error_of(HttpResponse(status, fields, body))

    def __str__(self) -> str:
        named = self.error or (f"code {self.code}" if self.code is not None else "")
        shown = ": ".join(each for each in (named or type(self).__name__, self.description) if each)
        status = f"HTTP {self.status}" if self.status else ""
        request = f"request {self.request_id}" if self.request_id else ""
        where = ", ".join(each for each in (status, request) if each)
        lines = [shown + (f" ({where})" if where else "")]
        lines += [f"Why: {self.hint}"] if self.hint else []
        lines += [f"To mend it: {self.fix}"] if self.fix else []
        lines += [f"See {self.doc_url}"] if self.doc_url else []
        return "\n".join(lines)


_RFC: Final = "https://www.rfc-editor.org/rfc/"


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed."""

    word = "invalid_request"
    advice = "The server could not read the request: a parameter is missing, repeated or malformed."
    remedy = "Compare the request below with the server's documentation; `curl` holds it."
    section = f"{_RFC}rfc6749#section-5.2"


class InvalidClient(OAuthError):
    """The client is unknown, or its secret is wrong."""

    word = "invalid_client"
    advice = "The server does not know this client_id, or the secret is not the one it knows."
    remedy = (
        "Copy client_id and secret anew from the application's page, without white space around "
        "them, and check that token_url is of the same server."
    )
    section = f"{_RFC}rfc6749#section-5.2"


class InvalidGrant(OAuthError):
    """The code or refresh token is wrong, used, expired, revoked or another client's."""

    word = "invalid_grant"
    advice = (
        "The code or the refresh token is wrong, used before, expired, revoked or another client's."
    )
    remedy = "Let the person log in again."
    section = f"{_RFC}rfc6749#section-5.2"


class UnauthorizedClient(OAuthError):
    """The client may not use this grant."""

    word = "unauthorized_client"
    advice = "This application is not registered for the grant that it used."
    remedy = "Ask whoever runs the server to allow the grant for this client_id."
    section = f"{_RFC}rfc6749#section-5.2"


class UnsupportedGrantType(OAuthError):
    """The server does not have this grant."""

    word = "unsupported_grant_type"
    advice = "The server, or this endpoint of it, does not have this grant."
    remedy = "Check token_url; the server's metadata lists grant_types_supported."
    section = f"{_RFC}rfc6749#section-5.2"


class InvalidScope(OAuthError):
    """The scope is unknown, malformed, or more than this client may have."""

    word = "invalid_scope"
    advice = (
        "A scope is unknown, misspelt, or belongs to an API that this application has no access to."
    )
    remedy = "Ask for fewer scopes, or subscribe the application to the API that gives it."
    section = f"{_RFC}rfc6749#section-5.2"


class InvalidTarget(OAuthError):
    """The resource is unknown or not for this client."""

    word = "invalid_target"
    advice = "The server does not know the `resource`, or this client may not have tokens for it."
    remedy = "Give `resource` exactly as the API names itself."
    section = f"{_RFC}rfc8707#section-2"


class AccessDenied(OAuthError):
    """The person, or the server, said no."""

    word = "access_denied"
    advice = "The person, or the server, said no."
    remedy = "Nothing to mend in the program; offer to log in again."
    section = f"{_RFC}rfc6749#section-4.1.2.1"


class UnsupportedResponseType(OAuthError):
    """The server does not answer in this way."""

    word = "unsupported_response_type"
    section = f"{_RFC}rfc6749#section-4.1.2.1"


class LoginRequired(OAuthError):
    """The person would have to log in, and `prompt=none` forbade to ask."""

    word = "login_required"
    advice = "The person is not logged in at the server, and prompt=none forbids to ask."
    remedy = "Send the person through a login without prompt=none."


class ConsentRequired(LoginRequired):
    """The person would have to consent, and `prompt=none` forbade to ask."""

    word = "consent_required"
    advice = "The person has not consented yet, and prompt=none forbids to ask."


class InteractionRequired(LoginRequired):
    """The person would have to do something, and `prompt=none` forbade to ask."""

    word = "interaction_required"
    advice = "The server must ask the person something, and prompt=none forbids it."


class AccountSelectionRequired(LoginRequired):
    """The person would have to choose an account, and `prompt=none` forbade to ask."""

    word = "account_selection_required"
    advice = "The person must choose an account, and prompt=none forbids to ask."


class InvalidToken(OAuthError):
    """The access token is expired, revoked, or not one of this server's."""

    word = "invalid_token"
    advice = "The access token is expired, revoked, or none that this API takes."
    remedy = "Check that the token comes from the server that the API trusts, with its scope."
    section = f"{_RFC}rfc6750#section-3.1"


class InsufficientScope(OAuthError):
    """The access token is good, and not for this."""

    word = "insufficient_scope"
    advice = "The token is good, and its scope does not cover this call."
    remedy = "Ask for the scope that the answer names."
    section = f"{_RFC}rfc6750#section-3.1"


class ServerError(OAuthError):
    """The server failed, or what stands before it did."""

    word = "server_error"
    advice = "The server, or something between here and it, failed."
    remedy = "Try again later; the request id helps whoever runs the server."


class TemporarilyUnavailable(ServerError):
    """The server is away for a while."""

    word = "temporarily_unavailable"
    advice = "The server is overloaded or under maintenance."


class TooManyRequests(OAuthError):
    """A limit or a quota is reached; `retry_after` says for how many seconds, where the server did."""

    number = 53
    advice = "The application made more calls than its limit or its quota allows."
    remedy = "Wait for `retry_after` seconds; share one cache among processes, so that tokens are asked for once."


class NotOAuth(OAuthError):
    """What came is no answer of an authorization server, such as a page of HTML or half a JSON."""

    advice = "What came is not an OAuth answer: a proxy, a portal or another server answered."
    remedy = "Check the URL; open `curl`'s command and look at what comes."


class UnsupportedTokenType(NotOAuth):
    """The server gave a token that a bearer cannot use, such as one of DPoP."""

    advice = "The token is bound to a key that each call must prove (its token_type is not Bearer)."
    remedy = (
        "Have the client registered for bearer tokens, or use a library that has this token_type."
    )


class NoAnswer(ServerError):
    """No answer came at all."""

    word = ""
    advice = "No answer came from the server."
    remedy = "Check the URL, the network, the proxy and the certificates."


class ApiError(OAuthError):
    """An API of the guides' service refused a call, by a number."""


class MissingCredentials(InvalidToken):
    """Code 40: no credentials came with the call."""

    word, number = "", 40
    advice = "No token came with the call, or `Bearer ` was missing before it."
    remedy = "Send `Authorization: Bearer ACCESS_TOKEN`; an auth object does."


class InvalidCredentials(InvalidToken):
    """Code 41: the credentials are wrong, pending or revoked."""

    word, number = "", 41
    advice = "The token is wrong, or its application was revoked or got a new secret."


class ExpiredCredentials(InvalidToken):
    """Code 42: the credentials are out of date."""

    word, number = "", 42
    advice = "The token's time is over."
    remedy = "Get a new one; an auth object does so by itself."


class ApiAccessDenied(ApiError):
    """Code 50: the application has no access to this API."""

    number = 50
    advice = (
        "The application is not subscribed to this API, or the subscription waits or was refused."
    )
    remedy = "Subscribe the application to the API, and wait for its approval."


class ForbiddenRequester(ApiError):
    """Code 51: the application is blocked."""

    number = 51
    advice = "Whoever runs the platform has blocked this application."


class ForbiddenUser(ApiError):
    """Code 52: the person is blocked."""

    number = 52
    advice = "Whoever runs the platform has blocked this person."


class ResourceNotFound(ApiError):
    """Code 60: the URL or what it names does not exist."""

    number = 60
    advice = "The path or the resource does not exist."
    remedy = "Compare the URL with the API's documentation, letter by letter."


class MethodNotAllowed(ApiError):
    """Code 61: the URL does not have this method."""

    number = 61
    advice = "The URL does not have this method."


class NotAcceptable(ApiError):
    """Code 62: nothing there matches the Accept field."""

    number = 62
    advice = "The API has no answer of the kind that Accept asks for."
    remedy = "Send `Accept: application/json`."


class InternalError(ServerError):
    """Code 1: something failed inside the API."""

    word, number = "", 1
    advice = "Something failed inside the API."


class ServiceUnavailable(ServerError):
    """Code 5: the API is away for a while."""

    word, number = "", 5
    advice = "The API is away for a while."


class OverCapacity(ServerError):
    """Code 6: the API is over its capacity."""

    word, number = "", 6
    advice = "The API is over its capacity."


class InvalidUrlParameter(ApiError):
    """Code 20: a part of the URL has an invalid value."""

    number = 20
    advice = "A part of the URL has an invalid value."


class MissingBody(ApiError):
    """Code 21: the API expected a body."""

    number = 21
    advice = "The API expected a body."


class InvalidBody(ApiError):
    """Code 22: the body could not be read."""

    number = 22
    advice = "The body could not be read."


class MissingBodyField(ApiError):
    """Code 23: a field of the body is missing."""

    number = 23
    advice = "A field of the body is missing."


class InvalidBodyField(ApiError):
    """Code 24: a field of the body has an invalid value."""

    number = 24
    advice = "A field of the body has an invalid value."


class MissingHeader(ApiError):
    """Code 25: a header field is missing."""

    number = 25
    advice = "A header field is missing."


class InvalidHeader(ApiError):
    """Code 26: a header field has an invalid value."""

    number = 26
    advice = "A header field has an invalid value."


class MissingQueryParameter(ApiError):
    """Code 27: a parameter of the query is missing."""

    number = 27
    advice = "A parameter of the query is missing."


class InvalidQueryParameter(ApiError):
    """Code 28: a parameter of the query has an invalid value."""

    number = 28
    advice = "A parameter of the query has an invalid value."


class RequestTimeout(ApiError):
    """Code 63: the request did not arrive in time."""

    number = 63
    advice = "The request did not arrive in time."


class LengthRequired(ApiError):
    """Code 64: the API wants a Content-Length."""

    number = 64
    advice = "The API wants a Content-Length."


class PreconditionFailed(ApiError):
    """Code 65: a condition of the request does not hold."""

    number = 65
    advice = "A condition of the request does not hold."


class EntityTooLarge(ApiError):
    """Code 66: the body is larger than the API takes."""

    number = 66
    advice = "The body is larger than the API takes."


class UriTooLong(ApiError):
    """Code 67: the URL is longer than the API takes."""

    number = 67
    advice = "The URL is longer than the API takes."


class UnsupportedMediaType(ApiError):
    """Code 68: the API does not take bodies of this Content-Type."""

    number = 68
    advice = "The API does not take bodies of this Content-Type."


class Conflict(ApiError):
    """Code 69: the request is at odds with the state of the resource."""

    number = 69
    advice = "The request is at odds with the state of the resource."


def _each_class(base: type[OAuthError]) -> list[type[OAuthError]]:
    return [found for each in base.__subclasses__() for found in (each, *_each_class(each))]


_NAMED: Final = _each_class(OAuthError)
_BY_WORD: Final = {each.word: each for each in _NAMED if each.word}
_BY_NUMBER: Final = {each.number: each for each in _NAMED if each.number is not None}


def class_for(word: str | None, number: int | None, status: int | None) -> type[OAuthError]:
    """The class for a registry's word, a number, or else a status."""
    if word in _BY_WORD:
        return _BY_WORD[word]
    if number is not None and number in _BY_NUMBER:
        return _BY_NUMBER[number]
    if status == 429:
        return TooManyRequests
    if status is not None and status >= 500:
        return ServerError
    return OAuthError
