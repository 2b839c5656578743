"""The token endpoint for `client_credentials`: one straight line, bytes in and bytes out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.client_credentials import AccessTokenRequest, decide
from satsuma.http.browsers import check_origin
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.randomness import pooled
from satsuma.oauth.callers import check_fresh, identify_client, look_up_client, recall_client
from satsuma.oauth.client_authentication import Proof, read_proof
from satsuma.oauth.form_request import read_form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.rate_limit import RequestCount
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.names import CLIENT_CREDENTIALS

WaitingGrant = Callable[[Request, dict[str, str], bytes | None], Coroutine[Any, Any, Answer]]


class TokenEndpoint:
    """`POST /token` of one issuer.

    Spec: RFC 6749 §4.4; OAuth M2M guide, step 2.
    """

    def __init__(
        self, shared: IssuerContext, waiting: Mapping[str, WaitingGrant] | None = None
    ) -> None:
        """Bind to an issuer; `waiting` are its other grants, which always wait for the store."""
        self._shared = shared
        self._waiting = waiting or {}
        self._policy = shared.issuer.policy
        self._life = int(self._policy.token_life.total_seconds())
        self._prefix = self._policy.token_prefix.encode()
        self._api_url = shared.issuer.api_url
        self._tail = b'","expires_in":%d}' % self._life
        self._iss = shared.issuer.url
        self._draw = pooled(shared.ring.draw)
        self._requests = RequestCount(shared)

    def __call__(self, request: Request) -> Answer | Later:
        """Answer, or say that a look-up or the shared counter must be awaited."""
        client_id = None
        try:
            form, authorization = read_form(request, self._policy)
            grant = self._grant(request, form)
            if grant is not None:
                return Later(grant(request, form, authorization))
            asked = AccessTokenRequest(form.get("scope"), form.get("resource"))
            check_fresh(self._shared)
            record = recall_client(self._shared, form, authorization, request.source)
            if record is None:
                proof = read_proof(authorization, form)
                client_id = proof.client_id
                record = self._shared.replica.clients.find(client_id)
                if record is None:
                    return Later(self._after_look_up(request, asked, proof))
                identify_client(self._shared, record, proof, request.source, authorization)
            client_id = record.client_id
            if b"origin" in request.fields:
                check_origin(request, record.client.application.web_origins)
            if self._shared.shared_counter is not None:
                return Later(self._after_counting(request, asked, record))
            self._requests.count_here(record)
            return self._issue(asked, record)
        except Refused as refused:
            return self._shared.refusals.answer(request, "token", refused.refusal, client_id)

    def _grant(self, request: Request, form: dict[str, str]) -> WaitingGrant | None:
        """The grant that must wait, None for client_credentials; raises Refused."""
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise Refused(Refusal(errors.GRANT_TYPE_MISSING, {"body_length": len(request.body)}))
        if grant_type not in self._policy.grants:
            raise Refused(Refusal(errors.GRANT_TYPE_UNSUPPORTED, {"grant_type": grant_type[:64]}))
        return None if grant_type == CLIENT_CREDENTIALS else self._waiting[grant_type]

    async def _after_look_up(
        self, request: Request, asked: AccessTokenRequest, proof: Proof
    ) -> Answer:
        shared = self._shared
        try:
            found = await look_up_client(shared, proof.client_id, request.source)
            check_fresh(shared)
            record = identify_client(shared, found, proof, request.source)
            check_origin(request, record.client.application.web_origins)
            await self._requests.count_for_all(record)
            return self._issue(asked, record)
        except Unavailable:
            refusal = Refusal(errors.NOT_READY)
            return shared.refusals.answer(request, "token", refusal, proof.client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "token", refused.refusal, proof.client_id)

    async def _after_counting(
        self, request: Request, asked: AccessTokenRequest, record: ClientRecord
    ) -> Answer:
        try:
            await self._requests.count_for_all(record)
            return self._issue(asked, record)
        except Refused as refused:
            return self._shared.refusals.answer(request, "token", refused.refusal, record.client_id)

    def _issue(self, asked: AccessTokenRequest, record: ClientRecord) -> Answer:
        root, apis = self._api_url, self._shared.replica.apis_by_id
        decision = decide(asked, record, self._policy, root, apis)
        if isinstance(decision, Refusal):
            raise Refused(decision)
        now = int(self._shared.seconds())
        claims = AccessTokenClaims(
            self._iss,
            self._jti(),
            record.client_id,
            record.generation,
            now,
            now + self._life,
            decision.audience,
            decision.scope,
        )
        tail = self._tail
        if self._policy.shows_scope:
            tail = b'","expires_in":%d,"scope":"%s"}' % (self._life, decision.scope.encode())
        token = self._mint(claims, record)
        return Answer(PRIVATE_JSON, b'{"token_type":"Bearer","access_token":"' + token + tail)

    def _jti(self) -> str:
        if self._policy.token_format == "jwt" and self._policy.jwt_profile == "orange":
            return str(uuid.UUID(bytes=self._draw(16), version=4))
        return b64(self._draw(18)).decode()

    def _mint(self, claims: AccessTokenClaims, record: ClientRecord) -> bytes:
        policy = self._policy
        if policy.token_format == "sealed":
            return self._shared.ring.seal(claims, self._prefix)
        key = self._shared.ring.signing_key(policy.signing_alg)
        return key.mint(claims, policy.jwt_profile, (record.application_id, record.name))
