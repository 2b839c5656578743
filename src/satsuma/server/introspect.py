"""The introspection endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from satsuma.feed.directory import ClientRecord
from satsuma.keys.jwt import ALL_SCOPES
from satsuma.protocol.claims import AccessTokenClaims
from satsuma.protocol.errors import Refused
from satsuma.protocol.http import PRIVATE_JSON, Answer, Later, Request
from satsuma.rules.client_policy import granted_scopes
from satsuma.rules.facts import Api
from satsuma.rules.introspection import client_may_see, resource_may_see
from satsuma.server import errors
from satsuma.server.callers import identify_api, identify_client
from satsuma.server.client_authentication import Proof, read_proof
from satsuma.server.issuer import Shared
from satsuma.server.person_tokens import Tools, open_refresh_token
from satsuma.server.reading import read_form
from satsuma.store.port import Unavailable

_INACTIVE = Answer(PRIVATE_JSON, b'{"active":false}')
_json = msgspec.json.Encoder().encode
_KNOWN_BODIES = 8192


class IntrospectionEndpoint:
    """`POST /introspect` of one issuer: a client sees its own tokens, an API those meant for it; else inactive.

    Spec: RFC 7662 §2.
    """

    def __init__(self, shared: Shared, digest: Callable[[bytes], bytes], tools: Tools) -> None:
        """Bind to an issuer; `digest` is the keyed digest of API secrets."""
        self._shared = shared
        self._tools = tools
        self._digest = digest
        self._policy = shared.issuer.policy
        self._prefix = self._policy.token_prefix.encode()
        self._rendered: dict[str, tuple[AccessTokenClaims, str, bytes]] = {}
        self._granted: dict[str, tuple[ClientRecord, Mapping[str, Api], str]] = {}

    def __call__(self, request: Request) -> Answer | Later:
        """Answer, or say that a look-up must be awaited."""
        client_id = None
        try:
            proof, token = self._parse(request)
            client_id = proof.client_id
            api = identify_api(self._shared, self._digest, proof, request.source)
            if api is not None:
                return self._for_api(api, token)
            record = self._shared.picture.directory.find(client_id)
            if record is None:
                return Later(self._after_look_up(request, proof, token))
            return self._for_client(
                identify_client(self._shared, record, proof, request.source), token
            )
        except Refused as refused:
            return self._shared.refusals.answer(request, "introspect", refused, client_id)

    def _parse(self, request: Request) -> tuple[Proof, str]:
        form, authorization = read_form(request, self._policy)
        if not self._shared.picture.is_fresh(self._shared.monotonic(), self._shared.patience):
            raise Refused(errors.NOT_READY)
        proof = read_proof(authorization, form)
        token = form.get("token")
        if token is None:
            raise Refused(errors.TOKEN_MISSING)
        return proof, token

    async def _after_look_up(self, request: Request, proof: Proof, token: str) -> Answer:
        shared = self._shared
        try:
            shared.authentication.check_unknown(request.source, shared.monotonic())
            record = await shared.look_up(proof.client_id)
            if record is None:
                shared.authentication.check_look_up(request.source, shared.monotonic())
            client = identify_client(shared, record, proof, request.source)
            answer = self._for_client(client, token)
            return await answer.work if isinstance(answer, Later) else answer
        except Unavailable:
            refused = Refused(errors.NOT_READY)
            return shared.refusals.answer(request, "introspect", refused, proof.client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "introspect", refused, proof.client_id)

    def _for_client(self, record: ClientRecord, token: str) -> Answer | Later:
        opened = open_refresh_token(self._tools.refresh_tokens, token)
        if opened is not None:
            return Later(self._refresh_token(record, *opened))
        claims = self._live(token)
        if claims is None or not client_may_see(record.client_id, claims.client_id):
            return _INACTIVE
        return Answer(PRIVATE_JSON, self._render(claims, record, None))

    async def _refresh_token(self, record: ClientRecord, grant_id: str, generation: int) -> Answer:
        """Say whether a client's own refresh token is live: the newest of a grant that has not ended."""
        store, now = self._tools.store, self._tools.clock()
        try:
            grant = await store.read(lambda reader: reader.find_grant(grant_id))
        except Unavailable:
            return _INACTIVE
        if grant is None or grant.client_id != record.client_id or grant.revoked_at is not None:
            return _INACTIVE
        if grant.issuer != self._policy.name or grant.generation != generation:
            return _INACTIVE
        if grant.expires_at is None or grant.expires_at <= now:
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

    def _for_api(self, api: Api, token: str) -> Answer | Later:
        claims = self._live(token)
        if claims is None:
            return _INACTIVE
        record = self._shared.picture.directory.find(claims.client_id)
        if record is None:
            return Later(self._for_api_after_look_up(api, claims))
        return self._seen_by(api, claims, record)

    async def _for_api_after_look_up(self, api: Api, claims: AccessTokenClaims) -> Answer:
        try:
            record = await self._shared.look_up(claims.client_id)
        except Unavailable:
            return _INACTIVE
        return _INACTIVE if record is None else self._seen_by(api, claims, record)

    def _seen_by(self, api: Api, claims: AccessTokenClaims, record: ClientRecord) -> Answer:
        root = self._shared.issuer.api_url
        addresses = (root, f"{root}/{api.name}/v{api.version}")
        subscription = record.subscriptions.get(api.api_id)
        if record.state != "active":
            return _INACTIVE
        if not resource_may_see(api, self._policy.name, claims.aud, addresses, subscription):
            return _INACTIVE
        return Answer(PRIVATE_JSON, self._render(claims, record, api))

    def _live(self, token: str) -> AccessTokenClaims | None:
        """Give the claims of a token of this issuer that is neither expired nor revoked."""
        shared = self._shared
        try:
            presented = token.encode("ascii")
        except UnicodeEncodeError:
            return None
        claims = shared.ring.verify(presented, self._prefix, shared.issuer.api_url)
        if claims is None or claims.iss != shared.issuer.url or claims.exp <= shared.seconds():
            return None
        return None if shared.picture.revoked.covers(claims) else claims

    def _render(self, claims: AccessTokenClaims, record: ClientRecord, api: Api | None) -> bytes:
        if claims.scope == ALL_SCOPES:
            scope = self._all_scopes(record, api)
        else:
            scope = claims.scope
        known = self._rendered.get(claims.jti)
        if known is not None and known[0] is claims and known[1] == scope:
            return known[2]
        if len(self._rendered) >= _KNOWN_BODIES:
            self._rendered.clear()
        body = _json(_body(claims, scope))
        self._rendered[claims.jti] = (claims, scope, body)
        return body

    def _all_scopes(self, record: ClientRecord, api: Api | None) -> str:
        if api is not None:
            return " ".join(dict.fromkeys(rule.scope for rule in api.scopes))
        apis = self._shared.picture.apis_by_id
        known = self._granted.get(record.client_id)
        if known is not None and known[0] is record and known[1] is apis:
            return known[2]
        if len(self._granted) >= _KNOWN_BODIES:
            self._granted.clear()
        scope = " ".join(granted_scopes(record.subscriptions, apis, self._policy.name))
        self._granted[record.client_id] = (record, apis, scope)
        return scope


def _body(claims: AccessTokenClaims, scope: str) -> dict[str, Any]:
    """Give the members of an active token.

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
