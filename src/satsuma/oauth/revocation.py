"""The revocation endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from satsuma.domain.audit import Audit
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.grant import RevokeGrant
from satsuma.domain.revocations import Revoke
from satsuma.http.browsers import check_origin
from satsuma.http.messages import Answer, Block, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.callers import identify_any, read_any_proof
from satsuma.oauth.client_authentication import Proof
from satsuma.oauth.form_request import read_form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refresh_tokens import Tools, open_refresh_token
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Unavailable

LEEWAY: Final = timedelta(seconds=30)
_DONE = Answer(
    Block(200, (b"cache-control", b"no-store"), (b"pragma", b"no-cache")),
    b"",
)


class RevocationEndpoint:
    """`POST /revoke` of one issuer: durable before it answers, refused on every process within a second.

    A refresh token's revocation ends its grant with all access tokens; an access token's ends that token alone.

    Spec: RFC 7009 §2.
    """

    def __init__(self, shared: IssuerContext, tools: Tools) -> None:
        self._shared = shared
        self._tools = tools
        self._prefix = shared.issuer.policy.token_prefix.encode()

    def __call__(self, request: Request) -> Answer | Later:
        """Answer a refusal at once; anything else waits for the store."""
        try:
            form, authorization = read_form(request, self._shared.issuer.policy)
            proof = read_any_proof(form, authorization)
            token = form.get("token")
            if token is None:
                raise Refused(Refusal(errors.TOKEN_MISSING))
        except Refused as refused:
            return self._shared.refusals.answer(request, "revoke", refused.refusal, None)
        return Later(self._revoke(request, proof, token))

    async def _revoke(self, request: Request, proof: Proof, token: str) -> Answer:
        shared = self._shared
        try:
            client = await identify_any(shared, proof, request.source)
            check_origin(request, client.client.application.web_origins)
            opened = open_refresh_token(self._tools.refresh_tokens, token)
            if opened is not None:
                await self._end_grant(opened[0], client)
                return _DONE
            claims = self._known(token)
            if claims is not None and claims.client_id != client.client_id:
                raise Refused(Refusal(errors.TOKEN_OF_OTHER_CLIENT))
            if claims is not None:
                await self._end_token(claims, client)
            return _DONE
        except Unavailable:
            refusal = Refusal(errors.NOT_READY)
            return shared.refusals.answer(request, "revoke", refusal, proof.client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "revoke", refused.refusal, proof.client_id)

    def _known(self, token: str) -> AccessTokenClaims | None:
        shared = self._shared
        if not token.isascii():
            return None
        claims = shared.ring.verify(token.encode(), self._prefix, shared.issuer.api_url)
        if claims is None or claims.iss != shared.issuer.url or claims.exp <= shared.seconds():
            return None
        return claims

    async def _end_token(self, claims: AccessTokenClaims, client: ClientRecord) -> None:
        until = datetime.fromtimestamp(claims.exp, UTC) + LEEWAY
        what = f"token:{claims.jti}"
        await self._tools.store.commit(
            Revoke("token", claims.jti, until),
            Audit(self._tools.clock(), f"client:{client.client_id}", "token.revoke", what),
        )
        self._shared.replica.revoked.add("token", claims.jti, until)

    async def _end_grant(self, grant_id: str, client: ClientRecord) -> None:
        store, now = self._tools.store, self._tools.clock()
        grant = await store.read(lambda reader: reader.find_grant(grant_id))
        if grant is None or grant.revoked_at is not None:
            return
        if grant.client_id != client.client_id or grant.issuer != self._shared.issuer.policy.name:
            raise Refused(Refusal(errors.TOKEN_OF_OTHER_CLIENT))
        until = now + self._shared.issuer.policy.token_life + LEEWAY
        await store.commit(
            RevokeGrant(grant_id, now, "revoked-by-client"),
            Revoke("grant", grant_id, until),
            Audit(now, f"client:{client.client_id}", "grant.revoke", f"grant:{grant_id}"),
        )
        self._shared.replica.revoked.add("grant", grant_id, until)
