"""Logout started by an application: its entry on the API surface, which reads no cookie and sends on to the pages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import quote

from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors import token as server_errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.http.media_types import is_form
from satsuma.http.messages import Answer, Block, Later, RenderPage, Request
from satsuma.keys.opaque import Opaque
from satsuma.oauth.id_token_hint import read_hint, unproven_client_of
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refusal_page import page_of
from satsuma.oauth.sealed_request import as_sealed
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form
from satsuma_client.protocol.redirect_uri import with_parameters

_SEE_OTHER: Final = Block(
    303, (b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")
)


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A checked logout request: which session it means, if that is proven, and where to go afterwards.

    `return_to` is `registered` of that client, with the state that comes back.
    """

    sid: str | None
    return_to: str | None
    client_id: str = ""
    registered: str = ""


def seal_logout(opaque: Opaque, logout: LogoutRequest) -> str:
    """Seal a logout request into text for a URL."""
    return opaque.seal(json.dumps(asdict(logout)).encode())


def open_logout(opaque: Opaque, text: str | None) -> LogoutRequest | None:
    """Open what `seal_logout` gave; None for anything else."""
    opened = None if text is None else opaque.open(text)
    return None if opened is None else as_sealed(json.loads(opened), LogoutRequest)


class LogoutEndpoint:
    """`GET` and `POST /logout` of one issuer.

    A hint that proves nothing, such as one whose key has gone, leaves the question to the person. It may name the
    client all the same, as `client_id` does: the address to return to must be one that this client registered for
    it or, where it registered none, one of its redirect URIs.

    Spec: OIDC RP-Initiated Logout §2, §3.
    """

    def __init__(
        self, context: IssuerContext, opaque: Opaque, pages_url: str, render: RenderPage
    ) -> None:
        self._context = context
        self._opaque = opaque
        self._pages_url = pages_url
        self._render = render

    def __call__(self, request: Request) -> Answer | Later:
        """Check the request and send on to the pages; a wrong return address is refused on a page."""
        if request.method not in (b"GET", b"POST", b"HEAD"):
            return self._render(errors.METHOD_NOT_ALLOWED, request)
        source = request.query
        if request.method == b"POST":
            if not is_form(request.fields.get(b"content-type", b"")):
                return self._render(errors.MALFORMED, request)
            source = request.body
        try:
            return Later(self._answer(request, parse_form(source)))
        except Malformed:
            return self._render(errors.MALFORMED, request)

    async def _answer(self, request: Request, parameters: dict[str, str]) -> Answer:
        context = self._context
        token = parameters.get("id_token_hint")
        hint = None if token is None else read_hint(context.ring, context.issuer.url, token)
        named = unproven_client_of(token) if hint is None else hint.client_id
        client_id = parameters.get("client_id", named)
        if hint is not None and client_id != hint.client_id:
            return self._render(errors.HINT_INVALID, request)
        return_to = parameters.get("post_logout_redirect_uri")
        registered = return_to or ""
        if return_to is not None:
            try:
                client = await self._client(client_id, request.source)
            except Refused as refused:
                row = refused.refusal.row
                if row is errors.CLIENT_UNKNOWN and "client_id" not in parameters:
                    return self._render(errors.HINT_INVALID, request)
                return page_of(refused.refusal, self._render, request)
            if return_to not in client.client.application.logout_addresses:
                return self._render(errors.LOGOUT_URI_UNREGISTERED, request)
            if "state" in parameters:
                return_to = with_parameters(return_to, {"state": parameters["state"]})
        sid = None if hint is None else hint.sid
        logout = LogoutRequest(sid, return_to, client_id, registered)
        sealed = seal_logout(self._opaque, logout)
        location = f"{self._pages_url}/end-session?r={quote(sealed)}"
        return Answer(_SEE_OTHER, b"", ((b"location", location.encode()),))

    async def _client(self, client_id: str, source: str) -> ClientRecord:
        """The client whose address it is to be; raises Refused."""
        if not client_id:
            raise Refused(Refusal(errors.LOGOUT_CLIENT_MISSING))
        found = self._context.replica.clients.find(client_id)
        try:
            found = found or await self._context.authentication.look_up(client_id, source)
        except Unavailable:
            raise Refused(Refusal(server_errors.NOT_READY)) from None
        if found is None:
            raise Refused(Refusal(errors.CLIENT_UNKNOWN))
        return found
