"""The revocation endpoint: a client ends its own tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from satsuma.domain.audit import Audit
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.grant import RevokeGrant
from satsuma.domain.issuers import LEEWAY, TOKEN_MEMORY
from satsuma.domain.revocations import Revoke
from satsuma.http.messages import Answer, Block
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.client_authentication import Form
from satsuma.oauth.endpoint import ClientEndpoint, Step
from satsuma.oauth.form_request import read_form
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.refresh_tokens import open_refresh_token
from satsuma.replica.clients import ClientRecord

_DONE = Answer(
    Block(200, (b"cache-control", b"no-store"), (b"pragma", b"no-cache")),
    b"",
)


def revocation_endpoint(context: IssuerContext) -> ClientEndpoint:
    """`POST /revoke` of one issuer: durable before it answers, refused on every process within a second.

    Spec: RFC 7009 §2.
    """
    step, policy = (
        Step(Revocation(context).answer, public=True, needs_token=True),
        context.issuer.policy,
    )
    return ClientEndpoint(
        context,
        "revoke",
        lambda *_: step,
        counts=False,
        read=lambda request: read_form(request, policy, negotiates=False),
        fresh_first=False,
    )


class Revocation:
    """Ends what a client names of its own.

    A refresh token's revocation ends its grant with all access tokens; an access token's ends that token alone.

    Spec: RFC 7009 §2.1.
    """

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._prefix = context.issuer.policy.token_prefix.encode()

    async def answer(self, form: Form, client: ClientRecord) -> Answer:
        """End a token or a grant; what is unknown has ended already. Raises Refused.

        Spec: RFC 7009 §2.2.
        """
        token = form["token"]
        opened = open_refresh_token(self._context.refresh_tokens, token)
        if opened is not None:
            await self._end_grant(opened[0], client)
            return _DONE
        claims = self._known(token)
        if claims is not None and claims.client_id != client.client_id:
            raise Refused(Refusal(errors.TOKEN_OF_OTHER_CLIENT))
        if claims is not None:
            await self._end_token(claims, client)
        return _DONE

    def _known(self, token: str) -> AccessTokenClaims | None:
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
        return claims

    async def _end_token(self, claims: AccessTokenClaims, client: ClientRecord) -> None:
        until = datetime.fromtimestamp(claims.exp, UTC) + LEEWAY
        what = f"token:{claims.jti}"
        await self._context.store.commit(
            Revoke("token", claims.jti, until),
            Audit(self._context.clock.now(), f"client:{client.client_id}", "token.revoke", what),
        )
        self._context.replica.revoked.add("token", claims.jti, until)

    async def _end_grant(self, grant_id: str, client: ClientRecord) -> None:
        store, now = self._context.store, self._context.clock.now()
        grant = await store.read(lambda reader: reader.find_grant(grant_id))
        if grant is None or grant.revoked_at is not None:
            return
        if grant.client_id != client.client_id or grant.issuer != self._context.issuer.policy.name:
            raise Refused(Refusal(errors.TOKEN_OF_OTHER_CLIENT))
        until = now + TOKEN_MEMORY
        await store.commit(
            RevokeGrant(grant_id, now, "revoked-by-client"),
            Revoke("grant", grant_id, until),
            Audit(now, f"client:{client.client_id}", "grant.revoke", f"grant:{grant_id}"),
        )
        self._context.replica.revoked.add("grant", grant_id, until)
