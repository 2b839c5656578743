"""What a server says of a token, and its end: introspection and revocation by the client that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import NotOAuth, OAuthError
from satsuma_client.http.exchange import exchange, form_request
from satsuma_client.http.transport import HttpResponse, check_url
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.messages.introspection import IntrospectionRequest
from satsuma_client.protocol.messages.revocation import RevocationRequest
from satsuma_client.protocol.parameters import FormMessage
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from satsuma_client.client.token_endpoint import TokenEndpoint


def introspect(endpoint: TokenEndpoint, url: str | None, token: Secret) -> Mapping[str, Any]:
    """Ask what the server says of a token; raises OAuthError.

    Spec: RFC 7662 §2.
    """
    asked = IntrospectionRequest(token, endpoint.proof()).render()
    answer = _asked(endpoint, known(url, "introspection"), asked)
    try:
        return parse_object(answer.body)
    except Malformed as why:
        raise NotOAuth("", f"the answer of introspection cannot be read: {why.slug}") from None


def revoke(endpoint: TokenEndpoint, url: str | None, token: str) -> None:
    """End a refresh token, with which all of the login ends, or a token; raises OAuthError.

    Spec: RFC 7009 §2.
    """
    message = RevocationRequest(Secret(token), endpoint.proof()).render()
    _asked(endpoint, known(url, "revocation"), message)


def known(url: str | None, name: str) -> str:
    """The address of an endpoint; raises OAuthError where the server has none, or we were not told."""
    if url is None:
        raise OAuthError("", f"no {name} endpoint is known; make the object by discover()")
    check_url(url)
    return url


def _asked(endpoint: TokenEndpoint, url: str, message: FormMessage) -> HttpResponse:
    request = form_request(url, message)
    answer = exchange(endpoint.transport, request)
    if answer.status != 200:
        raise error_of(answer, request)
    return answer
