"""An endpoint that gives something for a person's access token: live, with a scope, of a client that may act."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from satsuma.domain.errors import userinfo as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.challenge import bearer_challenge
from satsuma.http.cors import check_origin
from satsuma.http.media_types import is_form
from satsuma.http.messages import Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

Give = Callable[[AccessTokenClaims], Answer | Coroutine[Any, Any, Answer]]


class Demands(NamedTuple):
    """What an endpoint takes: methods, and the rows by which it refuses others and a token that lacks its scope."""

    name: str
    methods: tuple[bytes, ...]
    method_not_allowed: ErrorRow
    scope_missing: ErrorRow


class PersonEndpoint:
    """What is given for a live person's token of one issuer, or why nothing is."""

    def __init__(self, context: IssuerContext, demands: Demands) -> None:
        self._context = context
        self._demands = demands
        self._prefix = context.issuer.policy.token_prefix.encode()

    def answer(self, request: Request, scope: str, give: Give) -> Answer | Later:
        """What is given for a live token with a scope, of a client that may act; or why nothing is."""
        client_id = None
        try:
            claims = self.prove(request, scope)
            client_id = claims.client_id
            client = self._context.replica.clients.find(client_id)
            if client is None:
                return Later(
                    self._rendered(request, claims, self._after_look_up(request, claims, give))
                )
            check_client(request, client)
            found = give(claims)
            return (
                found
                if isinstance(found, Answer)
                else Later(self._rendered(request, claims, found))
            )
        except Refused as refused:
            return self.refuse(request, refused.refusal, client_id)

    def prove(self, request: Request, scope: str) -> AccessTokenClaims:
        """The claims of a live person's token of this issuer, for it, with a scope; raises Refused.

        Spec: RFC 6750 §3.1; RFC 8707 §2; RFC 9068 §4.
        """
        if request.method not in self._demands.methods:
            raise Refused(Refusal(self._demands.method_not_allowed))
        context = self._context
        context.check_fresh()
        claims = context.ring.verify(presented(request), self._prefix, context.issuer.api_url)
        if claims is None or claims.iss != context.issuer.url or claims.sub is None:
            raise Refused(Refusal(errors.TOKEN_INVALID))
        if claims.exp <= context.clock.seconds():
            raise Refused(Refusal(errors.TOKEN_EXPIRED))
        if context.replica.revoked.covers(claims):
            raise Refused(Refusal(errors.TOKEN_REVOKED))
        if context.replica.is_blocked(claims.sub):
            raise Refused(Refusal(errors.TOKEN_REVOKED, {"because": "the account is blocked"}))
        if context.issuer.api_url not in claims.aud:
            raise Refused(Refusal(errors.TOKEN_OF_OTHER_AUDIENCE))
        if scope not in claims.scope.split():
            raise Refused(Refusal(self._demands.scope_missing, scope=scope))
        return claims

    async def _after_look_up(
        self, request: Request, claims: AccessTokenClaims, give: Give
    ) -> Answer:
        check_client(request, await self._context.look_up(claims.client_id))
        found = give(claims)
        return found if isinstance(found, Answer) else await found

    async def _rendered(
        self, request: Request, claims: AccessTokenClaims, work: Coroutine[Any, Any, Answer]
    ) -> Answer:
        try:
            return await work
        except Unavailable:
            refusal = Refusal(errors.NOT_READY)
        except Refused as refused:
            refusal = refused.refusal
        return self.refuse(request, refusal, claims.client_id)

    def refuse(self, request: Request, refusal: Refusal, client_id: str | None) -> Answer:
        """The answer of a refusal, with its challenge.

        Spec: RFC 6750 §3.
        """
        context, row = self._context, refusal.row
        challenge = None
        if row.status in (401, 403):
            told = None if row is errors.TOKEN_MISSING else row
            challenge = bearer_challenge(context.issuer.api_url, told)
        return context.refusals.answer(request, self._demands.name, refusal, client_id, challenge)


def presented(request: Request) -> bytes:
    """The access token of the Authorization header, or of a posted form, in one way alone; raises Refused.

    One in the query is not read, since addresses are logged wherever they pass, but it counts as a way.

    Spec: RFC 6750 §2.1, §2.2, §2.3, §3.1; OIDC Core §5.3.1.
    """
    authorization = request.single(b"authorization")
    posted = _posted(request)
    if _is_in_query(request) and (authorization is not None or posted is not None):
        raise Refused(Refusal(errors.TOKEN_TWICE))
    if authorization is None or authorization[:7].lower() != b"bearer ":
        if posted is None or authorization is not None:
            raise Refused(Refusal(errors.TOKEN_MISSING))
        return posted
    if posted is not None:
        raise Refused(Refusal(errors.TOKEN_TWICE))
    return authorization[7:].strip()


def _posted(request: Request) -> bytes | None:
    if request.method != b"POST" or not is_form(request.fields.get(b"content-type", b"")):
        return None
    try:
        token = parse_form(request.body).get("access_token")
    except Malformed as problem:
        raise refusal_of(problem) from None
    return None if token is None else token.encode()


def _is_in_query(request: Request) -> bool:
    names = (each.partition(b"=")[0] for each in request.query.split(b"&"))
    return any(unquote_to_bytes(name) == b"access_token" for name in names)


def check_client(request: Request, client: ClientRecord | None) -> None:
    """Refuse a token of a client that may not act, and a page of an origin that it did not register; raises Refused."""
    if client is None:
        raise Refused(Refusal(errors.TOKEN_REVOKED))
    if client.state != "active":
        raise Refused(Refusal(errors.TOKEN_REVOKED, {"because": f"the client is {client.state}"}))
    if b"origin" in request.fields:
        check_origin(request, client.client.application.web_origins)
