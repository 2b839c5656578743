"""The token endpoint's grants with a person behind them: redeeming a code, refreshing. Both wait for the store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.domain.errors import grants as grant_errors
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants import authorization_code, refresh_token
from satsuma.domain.grants.context import GRANT_EPOCH, as_of_epoch
from satsuma.domain.grants.grant import Grant, RotateRefresh, UseGrant
from satsuma.domain.issuers import TOKEN_MEMORY
from satsuma.domain.revocations import Revoke
from satsuma.http.messages import PRIVATE_JSON, Answer
from satsuma.keys.opaque import open_for_holder, seal_for_holder
from satsuma.oauth.client_authentication import Form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refresh_tokens import open_refresh_token, seal_refresh_token
from satsuma.oauth.tokens import TokenIssuer
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.access_token_request import (
    AuthorizationCodeGrant,
    RefreshTokenGrant,
)
from satsuma_client.protocol.messages.access_token_response import AccessTokenResponse
from satsuma_client.protocol.scope import parse_scope
from satsuma_client.protocol.secret import Secret

_json = msgspec.json.Encoder().encode
_CREDENTIALS: Final = frozenset({"client_id", "client_secret"})
_Count = Callable[[ClientRecord, Grant], Coroutine[Any, Any, None]]
_Decide = Callable[[TokenIssuer, Form, ClientRecord, _Count], Coroutine[Any, Any, bytes]]


async def redeem(tokens: TokenIssuer, form: Form, client: ClientRecord) -> Answer:
    """Answer a code; a lost race decides again, once.

    Spec: RFC 6749 §4.1.3; RFC 8707 §2.2; OIDC Core §3.1.3.
    """
    return await _decided_again(_redeem, tokens, form, client)


async def refresh(tokens: TokenIssuer, form: Form, client: ClientRecord) -> Answer:
    """Answer a refresh token; a lost race decides again, once.

    Spec: RFC 6749 §6; RFC 8707 §2.2; OIDC Core §12.
    """
    return await _decided_again(_refresh, tokens, form, client)


async def _decided_again(
    decide: _Decide, tokens: TokenIssuer, form: Form, client: ClientRecord
) -> Answer:
    counted = False

    async def count(client: ClientRecord, grant: Grant) -> None:
        """A request counts once, however often it is decided."""
        nonlocal counted
        if not counted:
            counted = True
            await tokens.count(client, grant)

    try:
        body = await decide(tokens, form, client, count)
    except Conflict:
        body = await decide(tokens, form, client, count)
    return Answer(PRIVATE_JSON, body)


async def _redeem(tokens: TokenIssuer, form: Form, client: ClientRecord, count: _Count) -> bytes:
    presented = _presented_code(form)
    code, verifier = presented.code.reveal(), presented.code_verifier
    context, now = tokens.context, tokens.context.clock.now()
    policy, digest = context.issuer.policy, context.codes(code)
    found, epoch = await context.store.read(
        lambda reader: (reader.find_code(digest), reader.find_meta(GRANT_EPOCH))
    )
    known, grant = found if found is not None else (None, None)
    grant = as_of_epoch(grant, epoch, now)
    asked = authorization_code.Redemption(
        client.client_id,
        policy.name,
        presented.redirect_uri,
        None if verifier is None else verifier.reveal(),
        client.client.application.redirect_uris,
        client.public,
    )
    decision = authorization_code.decide(asked, known, grant, now)
    if isinstance(decision, Refusal):
        await _end(tokens, decision, client, grant, now, count)
        raise Refused(replace(decision, detail={"code_length": len(code)}))
    grant = decision.grant
    await count(client, grant)
    audience = tokens.audience_of(grant, client, form.get("resource"))
    response = await tokens.tokens_for(grant, grant.scope, audience, client, now)
    effects: list[Effect] = [*decision.effects]
    starts = refresh_token.start(policy, grant, now)
    if starts is not None:
        effects.append(starts)
        first = seal_refresh_token(context.refresh_tokens, grant.grant_id, 1)
        response = replace(response, refresh_token=Secret(first))
    effects.append(_audit(now, client, "code.redeem", grant))
    await context.store.commit(*effects)
    return response.render()


async def _refresh(tokens: TokenIssuer, form: Form, client: ClientRecord, count: _Count) -> bytes:
    token = _presented_token(form)
    context, now = tokens.context, tokens.context.clock.now()
    presented = _presented(context, token, form, client)
    grant, epoch = await context.store.read(
        lambda reader: (reader.find_grant(presented.grant_id), reader.find_meta(GRANT_EPOCH))
    )
    grant = as_of_epoch(grant, epoch, now)
    rotates = client.public or context.issuer.policy.rotates_confidential
    decision = refresh_token.decide(presented, grant, rotates, now)
    if isinstance(decision, refresh_token.AnswerAgain):
        assert grant is not None  # noqa: S101 - its answer was kept with it
        await count(client, grant)
        again = open_for_holder(token, _parameters(form), decision.answer)
        if again is not None:
            return again
        decision = refresh_token.reused(presented.grant_id, now)
    if isinstance(decision, Refusal):
        await _end(tokens, decision, client, grant, now, count)
        raise Refused(replace(decision, detail={"generation": presented.generation}))
    if grant is None:
        raise Refused(Refusal(grant_errors.REFRESH_UNKNOWN))
    await count(client, grant)
    audience = tokens.audience_of(grant, client, form.get("resource"))
    response = await tokens.tokens_for(grant, " ".join(decision.scope), audience, client, now)
    if isinstance(decision, refresh_token.Refresh):
        use = UseGrant(grant.grant_id, grant.generation, now, decision.expires_at)
        await context.store.commit(use)
        return response.render()
    return await _rotated(tokens, token, form, presented, grant, decision, response, now)


async def _rotated(
    tokens: TokenIssuer,
    token: str,
    form: Form,
    presented: refresh_token.Presented,
    grant: Grant,
    decision: refresh_token.Rotate,
    response: AccessTokenResponse,
    now: datetime,
) -> bytes:
    """Commit the successor, and the answer that the token shown for it may ask for again."""
    context = tokens.context
    successor = seal_refresh_token(context.refresh_tokens, grant.grant_id, grant.generation + 1)
    answer = replace(response, refresh_token=Secret(successor)).render()
    kept, until = (
        seal_for_holder(token, _parameters(form), answer, tokens.draw),
        now + refresh_token.ASK_AGAIN,
    )
    ends = decision.expires_at
    await context.store.commit(
        RotateRefresh(
            grant.grant_id, grant.generation, now, ends, kept, until, presented.generation
        )
    )
    return answer


def _presented_code(form: Form) -> AuthorizationCodeGrant:
    try:
        return AuthorizationCodeGrant.parse(form)
    except Malformed:
        raise Refused(Refusal(errors.CODE_MISSING)) from None


def _presented_token(form: Form) -> str:
    try:
        return RefreshTokenGrant.parse(form).refresh_token.reveal()
    except Malformed:
        raise Refused(Refusal(errors.REFRESH_TOKEN_MISSING)) from None


def _presented(
    context: IssuerContext, token: str, form: Form, client: ClientRecord
) -> refresh_token.Presented:
    opened = open_refresh_token(context.refresh_tokens, token)
    if opened is None:
        raise Refused(Refusal(grant_errors.REFRESH_UNKNOWN, {"token_length": len(token)}))
    scope = None
    if "scope" in form:
        scope = parse_scope(form["scope"])
        if scope is None:
            raise Refused(Refusal(errors.SCOPE_MALFORMED))
    return refresh_token.Presented(client.client_id, context.issuer.policy.name, *opened, scope)


async def _end(
    tokens: TokenIssuer,
    refusal: Refusal,
    client: ClientRecord,
    grant: Grant | None,
    now: datetime,
    count: _Count,
) -> None:
    """Commit what a refusal brings about: the grant ends, and its access tokens within a second everywhere.

    What is refused to the holder of a grant counts; raises Refused where that was too often.
    """
    if grant is None or refusal.row in grant_errors.PROVES_NOTHING:
        return
    if refusal.effects:
        context, until = tokens.context, now + TOKEN_MEMORY
        revoke = Revoke("grant", grant.grant_id, until)
        audit = _audit(now, client, "grant.revoke", grant)
        await context.store.commit(*refusal.effects, revoke, audit)
        context.replica.revoked.add("grant", grant.grant_id, until)
    await count(client, grant)


def _audit(now: datetime, client: ClientRecord, action: str, grant: Grant) -> Audit:
    return Audit(now, f"client:{client.client_id}", action, f"grant:{grant.grant_id}")


def _parameters(form: Form) -> bytes:
    """What must be the same for an answer to be given again: every parameter but the credentials."""
    return _json(sorted(each for each in form.items() if each[0] not in _CREDENTIALS))
