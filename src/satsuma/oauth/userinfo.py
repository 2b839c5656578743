"""The userinfo endpoint: claims about the person behind an access token."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from satsuma.domain.accounts import Account
from satsuma.domain.claims import asked_claims, person_claims
from satsuma.domain.errors import userinfo as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.context import allowed_of, parse_context
from satsuma.domain.grants.grant import Grant
from satsuma.http.challenge import bearer_challenge
from satsuma.http.cors import check_origin
from satsuma.http.known import Known
from satsuma.http.media_types import is_form
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Reader, Unavailable
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

_json = msgspec.json.Encoder().encode
_KNOWN: Final = 8192
Give = Callable[[AccessTokenClaims], Answer | Coroutine[Any, Any, Answer]]


class UserinfoEndpoint:
    """`GET` and `POST /userinfo` of one issuer.

    What was answered for a token is kept in memory until the account, the grant or the revocations change.

    Spec: OIDC Core §5.3.
    """

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._prefix = context.issuer.policy.token_prefix.encode()
        self._known: Known[str, tuple[int, bytes]] = Known(_KNOWN)

    def __call__(self, request: Request) -> Answer | Later:
        """Answer from memory, or read the store."""
        return self.answer(request, "openid", partial(self._claims, request))

    def answer(self, request: Request, scope: str, give: Give) -> Answer | Later:
        """What is given for a live token with a scope, of a client that may act; or why nothing is."""
        client_id = None
        try:
            claims = self.prove(request, scope)
            client_id = claims.client_id
            client = self._context.replica.clients.find(client_id)
            if client is None:
                return Later(self._after_look_up(request, claims, give))
            check_client(request, client)
            found = give(claims)
            return found if isinstance(found, Answer) else Later(found)
        except Refused as refused:
            return self.refuse(request, refused.refusal, client_id)

    def _claims(
        self, request: Request, claims: AccessTokenClaims
    ) -> Answer | Coroutine[Any, Any, Answer]:
        known = self._known.get(claims.jti)
        if known is not None and known[0] == self._context.replica.people_version:
            return Answer(PRIVATE_JSON, known[1])
        return self._read(request, claims)

    def prove(self, request: Request, scope: str) -> AccessTokenClaims:
        """The claims of a live person's token of this issuer, for it, with a scope; raises Refused.

        Spec: RFC 6750 §3.1; RFC 8707 §2; RFC 9068 §4.
        """
        if request.method not in (b"GET", b"POST", b"HEAD"):
            raise Refused(Refusal(errors.METHOD_NOT_ALLOWED))
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
            raise Refused(Refusal(errors.SCOPE_INSUFFICIENT))
        return claims

    async def _after_look_up(
        self, request: Request, claims: AccessTokenClaims, give: Give
    ) -> Answer:
        context, client_id = self._context, claims.client_id
        try:
            check_client(request, await context.look_up(client_id))
        except Unavailable:
            return self.refuse(request, Refusal(errors.NOT_READY), client_id)
        except Refused as refused:
            return self.refuse(request, refused.refusal, client_id)
        found = give(claims)
        return found if isinstance(found, Answer) else await found

    async def _read(self, request: Request, claims: AccessTokenClaims) -> Answer:
        version = self._context.replica.people_version
        grant_id = claims.grant_id or ""

        def find(reader: Reader) -> tuple[Grant | None, Account | None]:
            grant = reader.find_grant(grant_id)
            return grant, None if grant is None else reader.find_account(grant.account_id)

        try:
            grant, account = await self._context.store.read(find)
        except Unavailable:
            return self.refuse(request, Refusal(errors.NOT_READY), claims.client_id)
        if grant is None or account is None or grant.revoked_at is not None:
            return self.refuse(request, Refusal(errors.TOKEN_REVOKED), claims.client_id)
        asked = parse_context(grant.context).claims
        names = asked_claims(claims.scope, asked, "userinfo", allowed_of(grant))
        body: bytes = _json({"sub": claims.sub, **person_claims(account, names)})
        self._known.keep(claims.jti, (version, body))
        return Answer(PRIVATE_JSON, body)

    def refuse(self, request: Request, refusal: Refusal, client_id: str | None) -> Answer:
        """The answer of a refusal, with its challenge.

        Spec: RFC 6750 §3.
        """
        context, row = self._context, refusal.row
        challenge = None
        if row.status in (401, 403):
            told = None if row is errors.TOKEN_MISSING else row
            challenge = bearer_challenge(context.issuer.api_url, told)
        return context.refusals.answer(request, "userinfo", refusal, client_id, challenge)


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


class SandboxProfileEndpoint:
    """`GET` and `POST` of the three-legged sandbox: an invented profile for any person's token with `profile_sandbox`.

    Spec: OAuth U2M guide, step 5.
    """

    def __init__(self, userinfo: UserinfoEndpoint) -> None:
        """Prove tokens as `userinfo` does."""
        self._userinfo = userinfo

    def __call__(self, request: Request) -> Answer | Later:
        """Answer the invented profile."""
        return self._userinfo.answer(request, "profile_sandbox", _invented)


def _invented(claims: AccessTokenClaims) -> Answer:
    return Answer(PRIVATE_JSON, _json({"sub": claims.sub, **_INVENTED}))


_INVENTED: Final = {
    "name": "Camille Martin",
    "given_name": "Camille",
    "family_name": "Martin",
    "birthdate": "1990-01-31",
    "locale": "fr",
    "address": {"postal_code": "35000", "locality": "Rennes", "country": "FR"},
    "updated_at": 1714521600,
}
