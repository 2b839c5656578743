"""The authorization endpoint's entry on the API surface: validate, seal, send on to the pages. It reads no cookie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors import token as server_errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.redirect_uris import ReturnAddress, find_return_address
from satsuma.domain.scopes import granted_scopes
from satsuma.http.media_types import is_form
from satsuma.http.messages import Answer, Block, Later, RenderPage, Request
from satsuma.keys.opaque import Opaque
from satsuma.oauth.authorization_request import (
    parse_authorization_request,
    why_withdrawn,
)
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refusal_page import page_of
from satsuma.oauth.sealed_request import SealedRequest, seal_request
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable
from satsuma.telemetry.request_log import RequestLog
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form, unquote_plus
from satsuma_client.protocol.messages.authorization_response import AuthorizationErrorResponse

_SOUGHT: Final = frozenset({"client_id", "redirect_uri", "response_mode", "state"})
_MOST: Final = 50
_NO_STORE: Final = (b"cache-control", b"no-store")
_NO_REFERRER: Final = (b"referrer-policy", b"no-referrer")
_SEE_OTHER: Final = Block(303, _NO_STORE, _NO_REFERRER)
_FOUND: Final = Block(302, _NO_STORE, _NO_REFERRER)


class AuthorizeEndpoint:
    """`GET` and `POST /authorize` of one issuer.

    A cross-site POST brings no cookie to the pages, so both methods go on by a redirect to a GET there.

    Spec: RFC 6749 §3.1, §4.1.1; OIDC Core §3.1.2.1.
    """

    def __init__(
        self,
        context: IssuerContext,
        opaque: Opaque,
        log: RequestLog,
        pages_url: str,
        render: RenderPage,
        post: Callable[[str, Mapping[str, str], Request], Answer],
    ) -> None:
        """Bind to an issuer; `render` makes the page of a refusal that may not be redirected, `post` one that posts."""
        self._context = context
        self._opaque = opaque
        self._log = log
        self._pages_url = pages_url
        self._render = render
        self._post = post

    def __call__(self, request: Request) -> Answer | Later:
        """Answer at once where the client is known; else look it up."""
        try:
            parameters, fault = self._parameters(request)
        except Refused as refused:
            return self._refuse(request, refused.refusal, None, None)
        client_id = parameters.get("client_id", "")
        record = self._context.replica.clients.find(client_id)
        if record is None:
            return Later(self._after_look_up(request, parameters, fault, client_id))
        return self._decide(request, parameters, fault, record)

    async def _after_look_up(
        self,
        request: Request,
        parameters: dict[str, str],
        fault: Refusal | None,
        client_id: str,
    ) -> Answer:
        try:
            client = await self._context.authentication.look_up(client_id, request.source)
        except Unavailable:
            return self._refuse(request, Refusal(server_errors.NOT_READY), client_id, None)
        except Refused as refused:
            return self._refuse(request, refused.refusal, client_id, None)
        return self._decide(request, parameters, fault, client)

    def _parameters(self, request: Request) -> tuple[dict[str, str], Refusal | None]:
        """The parameters; of a malformed request those that are sound, and the fault. Raises Refused.

        Spec: RFC 6749 §3.1, §4.1.2.1.
        """
        if request.method not in (b"GET", b"HEAD", b"POST"):
            raise Refused(Refusal(errors.METHOD_NOT_ALLOWED))
        text = request.query
        if request.method == b"POST":
            text = request.body
            if not is_form(request.fields.get(b"content-type", b"")):
                raise Refused(Refusal(errors.MALFORMED))
        try:
            return parse_form(text), None
        except Malformed:
            return sound_parameters(text), Refusal(errors.MALFORMED)

    def _decide(
        self,
        request: Request,
        parameters: dict[str, str],
        fault: Refusal | None,
        client: ClientRecord | None,
    ) -> Answer:
        policy, client_id = self._context.issuer.policy, parameters.get("client_id")
        application = None if client is None else client.client.application
        to = find_return_address(parameters, application)
        if isinstance(to, Refusal):
            return self._refuse(request, fault or to, client_id, None)
        if fault is not None:
            return self._refuse(request, fault, client_id, to)
        assert client is not None  # noqa: S101 - the address was found on it
        apis = self._context.replica.apis_by_id
        granted = granted_scopes(client.subscriptions, apis, policy.name)
        try:
            asked = parse_authorization_request(parameters, client, to, policy, granted)
        except Refused as refused:
            return self._refuse(request, refused.refusal, client_id, to)
        row = why_withdrawn(asked, client, self._context)
        if row is not None:
            return self._refuse(request, Refusal(row), client_id, to)
        sealed = seal_request(self._opaque, SealedRequest(asked, self._context.clock.now()))
        location = f"{self._pages_url}/interaction?r={quote(sealed)}"
        return Answer(_SEE_OTHER, b"", ((b"location", location.encode()),))

    def _refuse(
        self,
        request: Request,
        refusal: Refusal,
        client_id: str | None,
        to: ReturnAddress | None,
    ) -> Answer:
        """Tell the client where its row says so and it is certain where that is; else the person, on a page.

        A redirect after a POST is 303; who asked for an answer by form gets a refusal by form, too.

        Spec: OIDC Form Post §2; RFC 6749 §4.1.2.1; RFC 9207 §2; RFC 9700 §4.12.
        """
        row = refusal.row
        detail = {"issuer": self._context.issuer.policy.name, **refusal.detail}
        self._log.note(request, "authorize", row, client_id, detail)
        if to is None or not row.redirects:
            return page_of(refusal, self._render, request)
        iss = self._context.issuer.url
        told = AuthorizationErrorResponse(row.error, row.says, state=to.state, iss=iss)
        if to.response_mode == "form_post":
            return self._post(to.redirect_uri, told.parameters(), request)
        location = told.location(to.redirect_uri)
        block = _SEE_OTHER if request.method == b"POST" else _FOUND
        return Answer(block, b"", ((b"location", location.encode()),))


def sound_parameters(text: bytes) -> dict[str, str]:
    """Of a malformed request, what says where the client is to be told so: each that stands once and can be read.

    Spec: RFC 6749 §4.1.2.1.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    pairs = text.split(b"&", _MOST)
    if len(pairs) > _MOST:
        return {}
    for pair in pairs:
        name = unquote_plus(pair.partition(b"=")[0]).decode(errors="replace")
        if name not in _SOUGHT:
            continue
        if name in seen:
            found.pop(name, None)
            continue
        seen.add(name)
        with contextlib.suppress(Malformed):
            found |= parse_form(pair)
    return found
