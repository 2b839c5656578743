"""The steps of the two flows, as requests."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

from satsuma.samples.request import (
    CODE,
    SECRET,
    TOKEN,
    VERIFIER,
    Basic,
    Bearer,
    Request,
    Text,
    canonical_url,
    check_text,
)

Step = Literal["token-header", "token-body", "authorize", "exchange", "refresh", "call", "revoke"]

STEPS: Final[dict[Step, str]] = {
    "token-header": "A token for the application, its credentials in the Authorization header",
    "token-body": "A token for the application, its credentials in the body",
    "authorize": "The authorization request: the person is sent to log in, and comes back with a code",
    "exchange": "The code is exchanged for tokens",
    "refresh": "A new access token for a refresh token",
    "call": "An API is called with the token",
    "revoke": "A token is revoked",
}

_ACCEPT: Final = (("Accept", "application/json"),)
_Pairs = tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Values:
    """What is written into a sample: no secret is among it.

    A `public` client has no secret, and proves by PKCE that it began the flow. `pkce` asks for it of others too.
    """

    token_url: str = "https://api.example.com/oauth/v3/token"
    authorize_url: str = "https://api.example.com/openidconnect/fr/v1/authorize"
    revoke_url: str = "https://api.example.com/oauth/v3/revoke"
    api_url: str = "https://api.example.com/poi/v1/shops?postalCode=35000"
    client_id: str = "YOUR_CLIENT_ID"
    redirect_uri: str = "https://client.example/callback"
    scope: str = ""
    public: bool = False
    pkce: bool = False

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str):
                check_text(value)

    @property
    def has_pkce(self) -> bool:
        """Whether the flow is bound to who began it by a code verifier."""
        return self.public or self.pkce


def request_of(step: Step, values: Values) -> Request:
    """The one request of a step; `authorize` has none, a browser sends it.

    Spec: RFC 6749 §4.1.3, §4.4.2, §6; RFC 7009 §2.1; RFC 6750 §2.1; OAuth M2M guide, step 2.
    """
    if step == "call":
        url = canonical_url(values.api_url)
        return Request("GET", url, _ACCEPT, Bearer(TOKEN))
    if step == "token-header":
        return _token(values, (("grant_type", "client_credentials"), *_scope(values)), Basic)
    if step == "token-body":
        credentials: _Pairs = (("client_id", values.client_id), ("client_secret", SECRET))
        pairs = (("grant_type", "client_credentials"), *_scope(values), *credentials)
        return Request("POST", canonical_url(values.token_url), _ACCEPT, None, pairs)
    if step == "exchange":
        return _token(values, _exchange(values), Basic)
    if step == "refresh":
        return _token(values, (("grant_type", "refresh_token"), ("refresh_token", TOKEN)), Basic)
    if step == "revoke":
        url = canonical_url(values.revoke_url)
        return _proven(values, Request("POST", url, _ACCEPT, None, (("token", TOKEN),), False))
    raise ValueError(f"The step {step} is not one request")


def _scope(values: Values) -> _Pairs:
    return (("scope", values.scope),) if values.scope else ()


def _exchange(values: Values) -> _Pairs:
    pairs: _Pairs = (
        ("grant_type", "authorization_code"),
        ("code", CODE),
        ("redirect_uri", values.redirect_uri),
    )
    return (*pairs, ("code_verifier", VERIFIER)) if values.has_pkce else pairs


def _token(values: Values, pairs: _Pairs, by: type[Basic]) -> Request:
    request = Request("POST", canonical_url(values.token_url), _ACCEPT, None, pairs)
    if values.public and pairs[0][1] == "client_credentials":
        return Request(request.method, request.url, _ACCEPT, by(values.client_id), pairs)
    return _proven(values, request)


def _proven(values: Values, request: Request) -> Request:
    """The request with who asks: by a header, or for a public client by its id alone."""
    if values.public:
        pairs = (*request.pairs, ("client_id", values.client_id))
        return Request(request.method, request.url, request.headers, None, pairs, request.answers)
    basic = Basic(values.client_id)
    return Request(
        request.method, request.url, request.headers, basic, request.form, request.answers
    )
