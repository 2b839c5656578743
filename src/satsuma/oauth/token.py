"""The token endpoint: three grants on one line; the machine's is bytes in and bytes out."""

from __future__ import annotations

import uuid
from functools import partial

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.client_credentials import AccessTokenRequest, decide
from satsuma.domain.request_log import GUIDE_MARK
from satsuma.domain.usage_counts import GUIDE_SERIES, token_series
from satsuma.http.messages import PRIVATE_JSON, Answer, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.randomness import pooled
from satsuma.oauth.access_token import mint_access_token
from satsuma.oauth.client_authentication import Form
from satsuma.oauth.endpoint import ClientEndpoint, Step
from satsuma.oauth.grants import redeem, refresh
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.tokens import TokenIssuer
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.names import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN


def token_endpoint(context: IssuerContext) -> ClientEndpoint:
    """`POST /token` of one issuer: the grants that its policy has.

    Spec: RFC 6749 §3.2, §4.4; OAuth M2M guide, step 2.
    """
    policy, tokens = context.issuer.policy, TokenIssuer(context)
    steps = {
        CLIENT_CREDENTIALS: Step(MachineGrant(context).answer),
        AUTHORIZATION_CODE: Step(
            partial(redeem, tokens), public=True, is_filed=True, is_guessable=True
        ),
        REFRESH_TOKEN: Step(
            partial(refresh, tokens), public=True, is_filed=True, is_guessable=True
        ),
    }
    known = {grant_type: (step, token_series(grant_type)) for grant_type, step in steps.items()}

    def choose(request: Request, form: Form) -> Step:
        grant_type = form.get("grant_type")
        if grant_type is None:
            raise Refused(Refusal(errors.GRANT_TYPE_MISSING, {"body_length": len(request.body)}))
        if grant_type not in policy.grants:
            sent = {"grant_type": grant_type[:64]}
            raise Refused(Refusal(errors.GRANT_TYPE_UNSUPPORTED, sent))
        step, request.series = known[grant_type]
        supplied = request.supplied_id
        if supplied is not None and supplied.startswith(GUIDE_MARK):
            request.series = GUIDE_SERIES
        return step

    return ClientEndpoint(context, "token", choose, counts=True)


class MachineGrant:
    """`client_credentials` of one issuer: decided and minted without waiting, since its tokens hold no row.

    Spec: RFC 6749 §4.4.
    """

    def __init__(self, context: IssuerContext) -> None:
        self._context = context
        self._policy = context.issuer.policy
        self._life = int(self._policy.token_life.total_seconds())
        self._prefix = self._policy.token_prefix.encode()
        self._api_url = context.issuer.api_url
        self._tail = b'","expires_in":%d}' % self._life
        self._iss = context.issuer.url
        self._draw = pooled(context.ring.draw)

    def answer(self, form: Form, client: ClientRecord) -> Answer:
        """A token for what the rule says; raises Refused."""
        asked = AccessTokenRequest(form.get("scope"), form.get("resource"))
        root, apis = self._api_url, self._context.replica.apis_by_id
        decision = decide(asked, client, self._policy, root, apis)
        if isinstance(decision, Refusal):
            raise Refused(decision)
        now = int(self._context.clock.seconds())
        claims = AccessTokenClaims(
            self._iss,
            self._jti(),
            client.client_id,
            client.generation,
            now,
            now + self._life,
            decision.audience,
            decision.scope,
        )
        token = mint_access_token(self._context, claims, client, self._prefix)
        return self._release(token, decision.scope, client)

    def _jti(self) -> str:
        if self._policy.token_format == "jwt" and self._policy.jwt_profile == "orange":
            return str(uuid.UUID(bytes=self._draw(16), version=4))
        return b64(self._draw(18)).decode()

    def _release(self, token: bytes, scope: str, client: ClientRecord) -> Answer:
        """The answer; a client that leaves out `scope` and has a default is told what it got. No scope is no member.

        Spec: RFC 6749 §3.3, §5.1.
        """
        if scope and (self._policy.shows_scope or client.default_scopes):
            tail = b'","expires_in":%d,"scope":"%s"}' % (self._life, scope.encode())
        else:
            tail = self._tail
        return Answer(PRIVATE_JSON, b'{"token_type":"Bearer","access_token":"' + token + tail)
