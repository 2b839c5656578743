"""A request of a protocol, sent as a form or asked for as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from satsuma_client.http.errors import NoAnswer
from satsuma_client.http.transport import HttpRequest, HttpResponse, Transport, Unreachable

if TYPE_CHECKING:
    from satsuma_client.protocol.parameters import FormMessage

FORM: Final = "application/x-www-form-urlencoded"


def get_json(url: str, *, authorization: str | None = None) -> HttpRequest:
    """A document's request."""
    headers = [("Accept", "application/json")]
    if authorization is not None:
        headers.append(("Authorization", authorization))
    return HttpRequest("GET", url, tuple(headers))


def form_request(url: str, message: FormMessage) -> HttpRequest:
    """A form as a request; an answer in JSON is asked for, always.

    Spec: RFC 6749 §4.4.2, App. B.
    """
    headers = [("Content-Type", FORM), ("Accept", "application/json")]
    if message.authorization is not None:
        headers.append(("Authorization", message.authorization.decode()))
    return HttpRequest("POST", url, tuple(headers), message.body)


def exchange(transport: Transport, request: HttpRequest) -> HttpResponse:
    """Send; raises NoAnswer."""
    try:
        return transport(request)
    except Unreachable as why:
        from satsuma_client.http.curl import as_curl

        raise NoAnswer("", str(why), curl=as_curl(request)) from None
