"""The token endpoint's grants with a person behind them: redeeming a code, refreshing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.domain.errors import grants as grant_errors
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants import authorization_code, refresh_token
from satsuma.domain.grants.grant import Grant, RotateRefresh, UseGrant
from satsuma.domain.revocations import Revoke
from satsuma.http.browsers import check_origin
from satsuma.http.messages import PRIVATE_JSON, Answer, Request
from satsuma.keys.opaque import open_for_holder, seal_for_holder
from satsuma.keys.randomness import pooled
from satsuma.oauth.callers import check_fresh, identify_any, read_any_proof, recall_client
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.rate_limit import RequestCount
from satsuma.oauth.refresh_tokens import Tools, open_refresh_token
from satsuma.oauth.tokens import TokenIssuer
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Unavailable
from satsuma_client.protocol.scope import parse_scope

_json = msgspec.json.Encoder().encode
_LEEWAY: Final = timedelta(seconds=30)
_Decide = Callable[[dict[str, str], ClientRecord], Coroutine[Any, Any, bytes]]
_CREDENTIALS: Final = frozenset({"client_id", "client_secret"})


class PersonGrants:
    """`authorization_code` and `refresh_token` of one issuer.

    Spec: RFC 6749 §4.1.3, §6; OIDC Core §3.1.3, §12.
    """

    def __init__(self, shared: IssuerContext, tools: Tools) -> None:
        self._shared = shared
        self._tools = tools
        self._policy = shared.issuer.policy
        self._minting = TokenIssuer(shared, tools.store)
        self._draw = pooled(shared.ring.draw)
        self._requests = RequestCount(shared)

    async def redeem(
        self, request: Request, form: dict[str, str], authorization: bytes | None
    ) -> Answer:
        """Answer a code; a lost race decides again, once."""
        return await self._answer(request, form, authorization, self._redeem)

    async def refresh(
        self, request: Request, form: dict[str, str], authorization: bytes | None
    ) -> Answer:
        """Answer a refresh token; a lost race decides again, once."""
        return await self._answer(request, form, authorization, self._refresh)

    async def _answer(
        self, request: Request, form: dict[str, str], authorization: bytes | None, decide: _Decide
    ) -> Answer:
        shared = self._shared
        client_id = form.get("client_id")
        try:
            check_fresh(shared)
            client = recall_client(shared, form, authorization, request.source)
            if client is None:
                proof = read_any_proof(form, authorization)
                client_id = proof.client_id
                client = await identify_any(shared, proof, request.source, authorization)
            client_id = client.client_id
            check_origin(request, client.client.application.web_origins)
            await self._requests.count_for_all(client)
            try:
                body = await decide(form, client)
            except Conflict:
                body = await decide(form, client)
            return Answer(PRIVATE_JSON, body)
        except (Unavailable, Conflict):
            return shared.refusals.answer(request, "token", Refusal(errors.NOT_READY), client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "token", refused.refusal, client_id)

    async def _redeem(self, form: dict[str, str], client: ClientRecord) -> bytes:
        code = form.get("code")
        if code is None:
            raise Refused(Refusal(errors.CODE_MISSING))
        tools, now = self._tools, self._tools.clock()
        digest = tools.codes(code)
        found = await tools.store.read(lambda reader: reader.find_code(digest))
        known, grant = found if found is not None else (None, None)
        asked = authorization_code.Redemption(
            client.client_id,
            self._policy.name,
            form.get("redirect_uri"),
            form.get("code_verifier"),
            form.get("resource"),
        )
        decision = authorization_code.decide(asked, known, grant, now)
        if isinstance(decision, Refusal):
            await self._end(decision.effects, client, grant, now)
            raise Refused(replace(decision, detail={"code_length": len(code)}))
        body = await self._minting.tokens_for(decision.grant, decision.grant.scope, client, now)
        effects: list[Effect] = [*decision.effects]
        starts = refresh_token.start(self._policy, decision.grant, now)
        if starts is not None:
            effects.append(starts)
            body["refresh_token"] = self._refresh_token(decision.grant.grant_id, 1)
        effects.append(self._audit(now, client, "code.redeem", decision.grant))
        await tools.store.commit(*effects)
        return _json(body)

    def _refresh_token(self, grant_id: str, generation: int) -> str:
        return self._tools.refresh_tokens.seal(f"{grant_id}.{generation}".encode())

    async def _refresh(self, form: dict[str, str], client: ClientRecord) -> bytes:
        token = form.get("refresh_token")
        if token is None:
            raise Refused(Refusal(errors.REFRESH_TOKEN_MISSING))
        presented = self._presented(token, form, client)
        store, now = self._tools.store, self._tools.clock()
        grant = await store.read(lambda reader: reader.find_grant(presented.grant_id))
        rotates = client.public or self._policy.rotates_confidential
        decision = refresh_token.decide(presented, grant, rotates, now)
        if isinstance(decision, refresh_token.AnswerAgain):
            again = open_for_holder(token, _parameters(form), decision.answer)
            if again is not None:
                return again
            decision = refresh_token.reused(presented.grant_id, now)
        if isinstance(decision, Refusal):
            await self._end(decision.effects, client, grant, now)
            raise Refused(replace(decision, detail={"generation": presented.generation}))
        if grant is None:
            raise Refused(Refusal(grant_errors.REFRESH_UNKNOWN))
        body = await self._minting.tokens_for(grant, " ".join(decision.scope), client, now)
        if isinstance(decision, refresh_token.Refresh):
            await store.commit(UseGrant(grant.grant_id, grant.generation, now, decision.expires_at))
            return _json(body)
        body["refresh_token"] = self._refresh_token(grant.grant_id, grant.generation + 1)
        answer = _json(body)
        await store.commit(
            RotateRefresh(
                grant.grant_id,
                grant.generation,
                now,
                decision.expires_at,
                seal_for_holder(token, _parameters(form), answer, self._draw),
                now + refresh_token.ASK_AGAIN,
            )
        )
        return answer

    def _presented(
        self, token: str, form: dict[str, str], client: ClientRecord
    ) -> refresh_token.Presented:
        opened = open_refresh_token(self._tools.refresh_tokens, token)
        if opened is None:
            raise Refused(Refusal(grant_errors.REFRESH_UNKNOWN, {"token_length": len(token)}))
        scope = None
        if "scope" in form:
            scope = parse_scope(form["scope"])
            if scope is None:
                raise Refused(Refusal(errors.SCOPE_MALFORMED))
        return refresh_token.Presented(client.client_id, self._policy.name, *opened, scope)

    async def _end(
        self, effects: Sequence[Effect], client: ClientRecord, grant: Grant | None, now: datetime
    ) -> None:
        """Commit what a refusal brings about: the grant ends, and its access tokens within a second everywhere."""
        if not effects or grant is None:
            return
        until = now + self._policy.token_life + _LEEWAY
        await self._tools.store.commit(
            *effects,
            Revoke("grant", grant.grant_id, until),
            self._audit(now, client, "grant.revoke", grant),
        )
        self._shared.replica.revoked.add("grant", grant.grant_id, until)

    def _audit(self, now: datetime, client: ClientRecord, action: str, grant: Grant) -> Audit:
        return Audit(now, f"client:{client.client_id}", action, f"grant:{grant.grant_id}")


def _parameters(form: dict[str, str]) -> bytes:
    """What must be the same for an answer to be given again: every parameter but the credentials."""
    return _json(sorted(each for each in form.items() if each[0] not in _CREDENTIALS))
