"""From a decided authorization request to a committed code, and the response that goes back to the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from satsuma.domain.audit import Audit
from satsuma.domain.authorization import ACR, CheckedRequest
from satsuma.domain.consents import Consent, PutConsent, PutSubject, RelyOnConsent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.context import GRANT_EPOCH, GrantContext
from satsuma.domain.grants.grant import AuthorizationCode, Grant, IssueCode
from satsuma.domain.sessions import Session
from satsuma.keys.opaque import Digests
from satsuma.keys.randomness import Draw, public_id, url_safe
from satsuma.oauth.issuer import Issuer
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Store
from satsuma_client.protocol.messages.authorization_response import AuthorizationResponse
from satsuma_client.protocol.secret import Secret

CODE_LIFE: Final = timedelta(seconds=60)
TRIAL_GRANT: Final = timedelta(hours=1)
"""How long what an owner allows the own application from the guide can be refreshed."""
Consenting = Literal["once", "remember", "relied-on"]
"""What a code does to the consent: nothing, put it down for later, or rest on the one put down before."""


@dataclass(frozen=True, slots=True)
class CodeIssuer:
    """Issues codes."""

    store: Store
    codes: Digests
    clock: Callable[[], datetime]
    draw: Draw

    async def issue(
        self,
        issuer: Issuer,
        request: CheckedRequest,
        client: ClientRecord,
        session: Session,
        consent: Consenting,
    ) -> AuthorizationResponse:
        """Commit a code, its grant and what becomes of the consent before the client hears of it.

        Raises Conflict where the account is gone or blocked: `consent-moved` where the consent that it relies on no
        longer covers it.

        Spec: RFC 6749 §4.1.2; RFC 9207 §2.
        """
        code = "stc_" + url_safe(32, self.draw)
        effects = self._on_consent(request, client, session, consent)
        try:
            await self._commit(code, request, client, session, issuer.api_url, effects)
        except Conflict:
            await self._commit(code, request, client, session, issuer.api_url, effects)
        return AuthorizationResponse(Secret(code), request.state, issuer.url)

    def _on_consent(
        self,
        request: CheckedRequest,
        client: ClientRecord,
        session: Session,
        consent: Consenting,
    ) -> list[Effect]:
        place = session.account_id, client.application_id, request.issuer
        scope = " ".join(request.to_allow)
        if consent == "relied-on":
            return [RelyOnConsent(*place, scope)]
        if consent == "remember":
            return [PutConsent(Consent(*place, scope, self.clock()))]
        return []

    async def _commit(
        self,
        code: str,
        request: CheckedRequest,
        client: ClientRecord,
        session: Session,
        api_url: str,
        consent: Sequence[Effect],
    ) -> None:
        now = self.clock()
        account_id, application_id = session.account_id, client.application_id
        sub, epoch = await self.store.read(
            lambda reader: (
                reader.find_subject(account_id, application_id),
                reader.find_meta(GRANT_EPOCH),
            )
        )
        effects: list[Effect] = []
        if sub is None:
            sub = public_id("sub", self.draw)
            effects.append(PutSubject(account_id, application_id, sub, now))
        context = _context(request, session, api_url, epoch or "").render()
        grant = _grant(request, client, account_id, sub, context, now, self.draw)
        effects += consent
        effects.append(IssueCode(self._code(code, request, grant, context, now), grant))
        what = f"application:{application_id}"
        detail = json.dumps({"grant": grant.grant_id, "scope": " ".join(request.scope)})
        effects.append(Audit(now, f"account:{account_id}", "grant.create", what, detail))
        await self.store.commit(*effects)

    def _code(
        self, code: str, request: CheckedRequest, grant: Grant, context: str, now: datetime
    ) -> AuthorizationCode:
        return AuthorizationCode(
            digest=self.codes(code),
            grant_id=grant.grant_id,
            client_id=request.client_id,
            issuer=request.issuer,
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scope),
            resource=request.resource,
            code_challenge=request.code_challenge,
            context=context,
            expires_at=now + CODE_LIFE,
        )


def _grant(
    request: CheckedRequest,
    client: ClientRecord,
    account_id: str,
    sub: str,
    context: str,
    now: datetime,
    draw: Draw,
) -> Grant:
    return Grant(
        grant_id=public_id("grt", draw),
        application_id=client.application_id,
        client_id=request.client_id,
        account_id=account_id,
        sub=sub,
        issuer=request.issuer,
        scope=" ".join(request.scope),
        context=context,
        created_at=now,
        used_at=now,
        generation=0,
        expires_at=None,
        ends_at=None if request.trial is None else now + TRIAL_GRANT,
    )


def _context(request: CheckedRequest, session: Session, api_url: str, epoch: str) -> GrantContext:
    return GrantContext(
        nonce=request.nonce,
        claims=request.claims,
        acr=ACR,
        amr=tuple(session.amr.split()),
        auth_time=int(session.authenticated_at.timestamp()),
        sid=session.sid_for(request.client_id),
        aud=(request.resource or api_url,),
        epoch=epoch,
        allowed=request.to_allow,
    )
