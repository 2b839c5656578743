"""Minting for a grant: the access token and, with openid, the ID token. Nothing is released here."""

from __future__ import annotations

from datetime import datetime

from satsuma.domain.claims import asked_claims, person_claims
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.context import GrantContext, allowed_of, parse_context
from satsuma.domain.grants.grant import Grant
from satsuma.domain.resources import meant_at, narrowed
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.randomness import pooled
from satsuma.oauth.access_token import mint_access_token
from satsuma.oauth.id_token import id_token_claims
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.rate_limit import RequestCount
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.messages.access_token_response import AccessTokenResponse
from satsuma_client.protocol.secret import Secret


class TokenIssuer:
    """Makes the token response of a grant at one issuer.

    Spec: RFC 6749 §5.1; OIDC Core §3.1.3.3.
    """

    def __init__(self, context: IssuerContext) -> None:
        self.context = context
        self._policy = context.issuer.policy
        self._iss = context.issuer.url
        self._audience = (context.issuer.api_url,)
        self._life = int(self._policy.token_life.total_seconds())
        self._prefix = self._policy.token_prefix.encode()
        self.draw = pooled(context.ring.draw)
        self._requests = RequestCount(context)

    async def count(self, client: ClientRecord, grant: Grant) -> None:
        """Let the client pay; where its name proves nothing, the person whose grant was shown; raises Refused."""
        await self._requests.count_for_all(client, grant.account_id if client.public else "")

    def audience_of(
        self, grant: Grant, client: ClientRecord, resource: str | None
    ) -> tuple[str, ...]:
        """Whom a token of a grant is for: the resource that its request names, else what the grant is; raises Refused.

        Spec: RFC 8707 §2.2.
        """
        audience = parse_context(grant.context).aud or self._audience
        if resource is None:
            return audience
        root, apis = self.context.issuer.api_url, self.context.replica.apis.values()
        named = narrowed(resource, audience, root, apis, client.subscriptions)
        if isinstance(named, Refusal):
            raise Refused(named)
        return named

    async def tokens_for(
        self,
        grant: Grant,
        scope: str,
        audience: tuple[str, ...],
        client: ClientRecord,
        now: datetime,
    ) -> AccessTokenResponse:
        """The response without a refresh token; the caller commits before it releases it.

        Spec: RFC 6749 §5.1; OIDC Core §3.1.3.3.
        """
        issued = int(now.timestamp())
        life = self._life_under(grant, issued)
        context = parse_context(grant.context)
        granted = tuple(scope.split())
        meant = self._meant(granted, audience)
        claims = AccessTokenClaims(
            self._iss,
            b64(self.draw(18)).decode(),
            client.client_id,
            client.generation,
            issued,
            issued + life,
            audience,
            " ".join(meant),
            grant.grant_id,
            grant.sub,
            context.acr,
            context.auth_time,
        )
        access_token = mint_access_token(self.context, claims, client, self._prefix).decode()
        id_token = None
        if "openid" in granted:
            id_token = Secret(await self._id_token(grant, client, access_token, context, issued))
        return AccessTokenResponse(
            access_token=Secret(access_token),
            token_type="Bearer",
            expires_in=life,
            scope=(self._told(granted, meant) or None)
            if self._policy.shows_scope or client.default_scopes
            else None,
            id_token=id_token,
        )

    def _life_under(self, grant: Grant, issued: int) -> int:
        """A token lives no longer than what it was given under."""
        if grant.ends_at is None:
            return self._life
        return max(1, min(self._life, int(grant.ends_at.timestamp()) - issued))

    def _meant(self, granted: tuple[str, ...], audience: tuple[str, ...]) -> tuple[str, ...]:
        root, apis = self.context.issuer.api_url, self.context.replica.apis.values()
        return meant_at(granted, audience, root, apis)

    def _told(self, granted: tuple[str, ...], meant: tuple[str, ...]) -> tuple[str, ...]:
        """What the response names: the token's own scopes, and what was granted beside any API, such as `openid`."""
        of_apis = {rule.scope for api in self.context.replica.apis.values() for rule in api.scopes}
        return tuple(each for each in granted if each in meant or each not in of_apis)

    async def _id_token(
        self,
        grant: Grant,
        client: ClientRecord,
        access_token: str,
        context: GrantContext,
        now: int,
    ) -> str:
        alg = client.id_token_signed_response_alg
        claims = id_token_claims(
            self._iss, grant.sub, client.client_id, access_token, context, now, alg
        )
        named = asked_claims(grant.scope, context.claims, "id_token", allowed_of(grant))
        if named:
            account_id = grant.account_id
            account = await self.context.store.read(lambda reader: reader.find_account(account_id))
            if account is not None:
                claims.update(person_claims(account, named))
        return self.context.ring.signing_key(alg).sign_claims(claims, "JWT").decode()
