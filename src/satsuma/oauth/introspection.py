"""The introspection endpoint: a client asks about its own tokens, an API about those meant for it."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec

from satsuma.domain.apis import Api
from satsuma.domain.errors.refusal import Refused
from satsuma.domain.grants.context import GRANT_EPOCH, as_of_epoch
from satsuma.domain.grants.refresh_token import Presented, is_live
from satsuma.domain.introspection import client_may_see, resource_may_see
from satsuma.domain.scopes import granted_scopes
from satsuma.http.known import Known
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.client_authentication import Caller, Form
from satsuma.oauth.endpoint import ClientEndpoint, Step
from satsuma.oauth.form_request import check_form_request, read_form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refresh_tokens import open_refresh_token
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol.messages.introspection import IntrospectionResponse
from satsuma_client.protocol.revocation_feed import NUMBER

_INACTIVE = Answer(PRIVATE_JSON, IntrospectionResponse(active=False).render())
_json = msgspec.json.Encoder().encode
_OUTCOMES = 4096
Waiting = Coroutine[Any, Any, Answer]
_NUMBER = NUMBER.encode()
_REPEATABLE = frozenset({"token", "token_type_hint"})


class _Active(NamedTuple):
    """An answer about a live access token, and the very facts that it rests on."""

    caller: Caller
    record: ClientRecord
    apis: Mapping[str, Api]
    token: str
    claims: AccessTokenClaims
    answer: Answer


class IntrospectionEndpoint:
    """`POST /introspect` of one issuer: a client sees its own tokens, an API those meant for it; else inactive.

    The same caller gets the same answer to the same body for as long as every fact behind it stands. Inactive is a
    fact, too: where the database cannot be asked, nothing is said of the token, and the endpoint's line refuses.

    Spec: RFC 7662 §2.
    """

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._policy = context.issuer.policy
        self._prefix = self._policy.token_prefix.encode()
        self._active: Known[bytes, _Active] = Known(_OUTCOMES)
        identify = context.authentication.identify_any_held
        self._line = ClientEndpoint(
            context,
            "introspect",
            self._choose,
            counts=False,
            identify=identify,
            check=_from_anywhere,
            read=self._read,
        )

    def __call__(self, request: Request) -> Answer | Later:
        """Answer as before where every fact stands, else down the line."""
        known = self._active.get(request.body)
        if known is not None and self._stands(known, request):
            return self._numbered(known.caller, known.answer)
        return self._line(request)

    def _numbered(self, caller: Caller, answer: Answer) -> Answer:
        """For an API the answer says up to which number of the feed it knows what is revoked."""
        if not isinstance(caller, Api):
            return answer
        return Answer(answer.block, answer.body, ((_NUMBER, b"%d" % self._context.replica.seq),))

    def _stands(self, known: _Active, request: Request) -> bool:
        """Say whether a known answer holds: the caller is proven to be the same, and no fact behind it has changed."""
        context = self._context
        authorization = request.fields.get(b"authorization")
        return (
            self._may_be_answered(request)
            and context.authentication.recall(authorization, request.source) is known.caller
            and context.replica.clients.find(known.claims.client_id) is known.record
            and context.replica.apis_by_id is known.apis
            and self._find_live(known.token) is known.claims
        )

    def _may_be_answered(self, request: Request) -> bool:
        """Say whether nothing is wrong with a request but perhaps its caller; else the line tells what."""
        try:
            is_form = check_form_request(request, self._policy, negotiates=False)
            self._context.check_fresh()
        except Refused:
            return False
        return is_form

    def _choose(self, request: Request, form: Form) -> Step:
        return Step(partial(self._answer, request.body), needs_token=True)

    def _read(self, request: Request) -> tuple[Form, bytes | None]:
        """Read the form, after what is told of a process that cannot know what was revoked."""
        check_form_request(request, self._policy, negotiates=False)
        self._context.check_fresh()
        return read_form(request, self._policy, negotiates=False)

    def _answer(self, body: bytes, form: Form, caller: Caller) -> Answer | Waiting:
        """The answer; one about a live token is remembered, where the body says nothing but the token."""
        token = form["token"]
        outcome: _Active | Answer | Waiting
        if isinstance(caller, Api):
            outcome = self._for_api(caller, token)
        else:
            outcome = self._for_client(caller, token)
        if not isinstance(outcome, _Active):
            return outcome
        if _REPEATABLE.issuperset(form):
            self._active.keep(body, outcome)
        return self._numbered(caller, outcome.answer)

    def _for_client(self, record: ClientRecord, token: str) -> _Active | Answer | Waiting:
        opened = open_refresh_token(self._context.refresh_tokens, token)
        if opened is not None:
            return self._refresh_token(record, *opened)
        claims = self._find_live(token)
        if claims is None or not client_may_see(record.client_id, claims.client_id):
            return _INACTIVE
        return self._tell(record, record, token, claims)

    async def _refresh_token(self, record: ClientRecord, grant_id: str, generation: int) -> Answer:
        """Say whether a client's own refresh token is live: the newest of a grant that has not ended."""
        store, now = self._context.store, self._context.clock.now()
        grant, epoch = await store.read(
            lambda reader: (reader.find_grant(grant_id), reader.find_meta(GRANT_EPOCH))
        )
        grant = as_of_epoch(grant, epoch, now)
        presented = Presented(record.client_id, self._policy.name, grant_id, generation, None)
        if grant is None or grant.expires_at is None or not is_live(presented, grant, now):
            return _INACTIVE
        body = {  # a refresh token's members have an order of their own, which the message has not
            "active": True,
            "client_id": grant.client_id,
            "sub": grant.sub,
            **({"scope": grant.scope} if grant.scope else {}),
            "iss": self._context.issuer.url,
            "exp": int(grant.expires_at.timestamp()),
        }
        return Answer(PRIVATE_JSON, _json(body))

    def _for_api(self, api: Api, token: str) -> _Active | Answer | Waiting:
        claims = self._find_live(token)
        if claims is None:
            return _INACTIVE
        record = self._context.replica.clients.find(claims.client_id)
        if record is None:
            return self._for_api_after_look_up(api, token, claims)
        return self._seen_by(api, token, claims, record)

    async def _for_api_after_look_up(
        self, api: Api, token: str, claims: AccessTokenClaims
    ) -> Answer:
        record = await self._context.look_up(claims.client_id)
        seen = _INACTIVE if record is None else self._seen_by(api, token, claims, record)
        return self._numbered(api, seen.answer) if isinstance(seen, _Active) else seen

    def _seen_by(
        self, api: Api, token: str, claims: AccessTokenClaims, record: ClientRecord
    ) -> _Active | Answer:
        root = self._context.issuer.api_url
        addresses = (root, f"{root}/{api.name}/v{api.version}")
        subscription = record.subscriptions.get(api.api_id)
        if record.state != "active":
            return _INACTIVE
        if not resource_may_see(api, self._policy.name, claims.aud, addresses, subscription):
            return _INACTIVE
        return self._tell(api, record, token, claims)

    def _find_live(self, token: str) -> AccessTokenClaims | None:
        """The claims of a token of this issuer that is neither expired nor revoked, nor of a blocked user."""
        context = self._context
        if not token.isascii():
            return None
        claims = context.ring.verify(token.encode(), self._prefix, context.issuer.api_url)
        if (
            claims is None
            or claims.iss != context.issuer.url
            or claims.exp <= context.clock.seconds()
        ):
            return None
        if context.replica.revoked.covers(claims):
            return None
        if claims.sub is not None and context.replica.is_blocked(claims.sub):
            return None
        return claims

    def _tell(
        self, caller: Caller, record: ClientRecord, token: str, claims: AccessTokenClaims
    ) -> _Active:
        apis = self._context.replica.apis_by_id
        scope = claims.scope
        if claims.is_for_all and isinstance(caller, Api):
            scope = " ".join(dict.fromkeys(rule.scope for rule in caller.scopes))
        elif claims.is_for_all:
            scope = " ".join(granted_scopes(record.subscriptions, apis, self._policy.name))
        answer = Answer(PRIVATE_JSON, _response(claims, scope).render())
        return _Active(caller, record, apis, token, claims, answer)


def _from_anywhere(request: Request, caller: Caller) -> None:
    """No page calls this endpoint, so that no origin is refused."""


def _response(claims: AccessTokenClaims, scope: str) -> IntrospectionResponse:
    """What is told of a live access token; where a person stands behind it, also how and when they logged in.

    Spec: RFC 7662 §2.2.
    """
    login = {"acr": claims.acr, "auth_time": claims.auth_time}
    return IntrospectionResponse(
        active=True,
        scope=tuple(scope.split()) or None,
        client_id=claims.client_id,
        token_type="Bearer",
        exp=claims.exp,
        iat=claims.iat,
        sub=claims.sub or claims.client_id,
        aud=claims.aud,
        iss=claims.iss,
        jti=claims.jti,
        more={name: value for name, value in login.items() if value is not None},
    )
