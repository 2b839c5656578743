"""The introspection endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from satsuma.domain.apis import Api
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.refresh_token import Presented, is_live
from satsuma.domain.introspection import client_may_see, resource_may_see
from satsuma.domain.scopes import ALL_SCOPES, granted_scopes
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.callers import (
    Caller,
    check_fresh,
    identify_api,
    identify_client,
    look_up_client,
    recall_caller,
)
from satsuma.oauth.client_authentication import Proof, read_proof
from satsuma.oauth.form_request import check_form_request
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refresh_tokens import Tools, open_refresh_token
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

_INACTIVE = Answer(PRIVATE_JSON, b'{"active":false}')
_json = msgspec.json.Encoder().encode
_OUTCOMES = 4096
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

    The same caller gets the same answer to the same body for as long as every fact behind it stands.

    Spec: RFC 7662 §2.
    """

    def __init__(
        self, shared: IssuerContext, digest: Callable[[bytes], bytes], tools: Tools
    ) -> None:
        """Bind to an issuer; `digest` is the keyed digest of API secrets."""
        self._shared = shared
        self._tools = tools
        self._digest = digest
        self._policy = shared.issuer.policy
        self._prefix = self._policy.token_prefix.encode()
        self._active: dict[bytes, _Active] = {}

    def __call__(self, request: Request) -> Answer | Later:
        """Answer, or say that a look-up must be awaited."""
        shared, client_id = self._shared, None
        try:
            is_form = check_form_request(request, self._policy)
            check_fresh(shared)
            known = self._active.get(request.body) if is_form else None
            if known is not None and self._stands(known, request):
                return known.answer
            try:
                form = parse_form(request.body) if is_form else {}
            except Malformed as problem:
                raise refusal_of(problem) from None
            authorization = request.fields.get(b"authorization")
            proof, token = _parse(form, authorization)
            client_id = proof.client_id
            api = identify_api(shared, self._digest, proof, request.source, authorization)
            if api is not None:
                return self._release(self._for_api(api, token), request, form)
            record = shared.replica.clients.find(client_id)
            if record is None:
                return Later(self._after_look_up(request, proof, token))
            client = identify_client(shared, record, proof, request.source, authorization)
            return self._release(self._for_client(client, token), request, form)
        except Refused as refused:
            return shared.refusals.answer(request, "introspect", refused.refusal, client_id)

    def _stands(self, known: _Active, request: Request) -> bool:
        """Say whether a known answer holds: the caller is proven to be the same, and no fact behind it has changed."""
        shared = self._shared
        authorization = request.fields.get(b"authorization")
        return (
            recall_caller(shared, authorization, request.source) is known.caller
            and shared.replica.clients.find(known.claims.client_id) is known.record
            and shared.replica.apis_by_id is known.apis
            and self._find_live(known.token) is known.claims
        )

    def _release(
        self, outcome: _Active | Answer | Later, request: Request, form: dict[str, str]
    ) -> Answer | Later:
        """The answer; one about a live token is remembered, where the body says nothing but the token."""
        if not isinstance(outcome, _Active):
            return outcome
        if _REPEATABLE.issuperset(form):
            if len(self._active) >= _OUTCOMES:
                del self._active[next(iter(self._active))]
            self._active[request.body] = outcome
        return outcome.answer

    async def _after_look_up(self, request: Request, proof: Proof, token: str) -> Answer:
        shared = self._shared
        try:
            record = await look_up_client(shared, proof.client_id, request.source)
            client = identify_client(shared, record, proof, request.source)
            outcome = self._for_client(client, token)
            if isinstance(outcome, Later):
                return await outcome.work
            return outcome.answer if isinstance(outcome, _Active) else outcome
        except Unavailable:
            refusal = Refusal(errors.NOT_READY)
            return shared.refusals.answer(request, "introspect", refusal, proof.client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "introspect", refused.refusal, proof.client_id)

    def _for_client(self, record: ClientRecord, token: str) -> _Active | Answer | Later:
        opened = open_refresh_token(self._tools.refresh_tokens, token)
        if opened is not None:
            return Later(self._refresh_token(record, *opened))
        claims = self._find_live(token)
        if claims is None or not client_may_see(record.client_id, claims.client_id):
            return _INACTIVE
        return self._tell(record, record, token, claims)

    async def _refresh_token(self, record: ClientRecord, grant_id: str, generation: int) -> Answer:
        """Say whether a client's own refresh token is live: the newest of a grant that has not ended."""
        store, now = self._tools.store, self._tools.clock()
        try:
            grant = await store.read(lambda reader: reader.find_grant(grant_id))
        except Unavailable:
            return _INACTIVE
        presented = Presented(record.client_id, self._policy.name, grant_id, generation, None)
        if grant is None or grant.expires_at is None or not is_live(presented, grant, now):
            return _INACTIVE
        body = {
            "active": True,
            "client_id": grant.client_id,
            "sub": grant.sub,
            "scope": grant.scope,
            "iss": self._shared.issuer.url,
            "exp": int(grant.expires_at.timestamp()),
        }
        return Answer(PRIVATE_JSON, _json(body))

    def _for_api(self, api: Api, token: str) -> _Active | Answer | Later:
        claims = self._find_live(token)
        if claims is None:
            return _INACTIVE
        record = self._shared.replica.clients.find(claims.client_id)
        if record is None:
            return Later(self._for_api_after_look_up(api, token, claims))
        return self._seen_by(api, token, claims, record)

    async def _for_api_after_look_up(
        self, api: Api, token: str, claims: AccessTokenClaims
    ) -> Answer:
        try:
            record = await self._shared.look_up(claims.client_id)
        except Unavailable:
            return _INACTIVE
        seen = _INACTIVE if record is None else self._seen_by(api, token, claims, record)
        return seen.answer if isinstance(seen, _Active) else seen

    def _seen_by(
        self, api: Api, token: str, claims: AccessTokenClaims, record: ClientRecord
    ) -> _Active | Answer:
        root = self._shared.issuer.api_url
        addresses = (root, f"{root}/{api.name}/v{api.version}")
        subscription = record.subscriptions.get(api.api_id)
        if record.state != "active":
            return _INACTIVE
        if not resource_may_see(api, self._policy.name, claims.aud, addresses, subscription):
            return _INACTIVE
        return self._tell(api, record, token, claims)

    def _find_live(self, token: str) -> AccessTokenClaims | None:
        """The claims of a token of this issuer that is neither expired nor revoked, nor of a blocked user."""
        shared = self._shared
        if not token.isascii():
            return None
        claims = shared.ring.verify(token.encode(), self._prefix, shared.issuer.api_url)
        if claims is None or claims.iss != shared.issuer.url or claims.exp <= shared.seconds():
            return None
        if shared.replica.revoked.covers(claims):
            return None
        if claims.sub is not None and shared.replica.is_blocked(claims.sub):
            return None
        return claims

    def _tell(
        self, caller: Caller, record: ClientRecord, token: str, claims: AccessTokenClaims
    ) -> _Active:
        apis = self._shared.replica.apis_by_id
        scope = claims.scope
        if scope == ALL_SCOPES and isinstance(caller, Api):
            scope = " ".join(dict.fromkeys(rule.scope for rule in caller.scopes))
        elif scope == ALL_SCOPES:
            scope = " ".join(granted_scopes(record.subscriptions, apis, self._policy.name))
        answer = Answer(PRIVATE_JSON, _json(_body(claims, scope)))
        return _Active(caller, record, apis, token, claims, answer)


def _parse(form: dict[str, str], authorization: bytes | None) -> tuple[Proof, str]:
    proof = read_proof(authorization, form)
    token = form.get("token")
    if token is None:
        raise Refused(Refusal(errors.TOKEN_MISSING))
    return proof, token


def _body(claims: AccessTokenClaims, scope: str) -> dict[str, Any]:
    """The members of an active token.

    Spec: RFC 7662 §2.2.
    """
    body: dict[str, Any] = {
        "active": True,
        "token_type": "Bearer",
        "scope": scope,
        "client_id": claims.client_id,
        "sub": claims.sub or claims.client_id,
        "iss": claims.iss,
        "aud": list(claims.aud) if len(claims.aud) > 1 else claims.aud[0],
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
    }
    if claims.acr is not None:
        body["acr"] = claims.acr
    if claims.auth_time is not None:
        body["auth_time"] = claims.auth_time
    return body
