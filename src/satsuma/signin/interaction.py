"""The dispatcher of an authorization request on the pages: login, consent, or an answer; pages always return to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from satsuma.accounts.sessions import Sessions
from satsuma.domain import authorization
from satsuma.domain.applications import Application
from satsuma.domain.authorization import CheckedRequest
from satsuma.domain.built_in_client import CLIENT_ID
from satsuma.domain.claims import demanded_subjects
from satsuma.domain.consents import Consent
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.redirect_uris import host_of, may_remember
from satsuma.domain.sessions import Session
from satsuma.keys.opaque import Opaque
from satsuma.oauth.authorization_request import why_withdrawn
from satsuma.oauth.client_authentication import LookUp
from satsuma.oauth.code_issuance import CodeIssuer, Consenting
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.sealed_request import SealedRequest, open_request
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Store
from satsuma.web.cookies import SESSION, Cookies
from satsuma.web.forms import FormRefused, Forms
from satsuma.web.languages import language_of
from satsuma.web.pages import NO_STORE, page, see, with_form_to_anywhere
from satsuma.web.problems import expired, refused
from satsuma.web.scope_sentences import ScopeSentence, scope_sentences
from satsuma_client.protocol.messages.authorization_response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
)

MayLogIn = Literal["yes", "as-another", "never"]
"""Whether who is here may log in to an application: sandboxes and people with an account stay apart."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """Joins what a browser shows with what its authorization request needs."""

    issuers: Mapping[str, IssuerContext]
    store: Store
    opaque: Opaque
    sessions: Sessions
    forms: Forms
    cookies: Cookies
    issuing: CodeIssuer
    look_up: LookUp
    hinted_account: Callable[[str, IssuerContext, str], Any]
    account_of: Callable[[str, str], Any]
    may_log_in: Callable[[Application, str], Awaitable[MayLogIn]]
    clock: Callable[[], datetime]

    async def show(self, request: Request) -> Response:
        """Go one step on: to the login, to the consent page, or back to the client.

        Spec: OIDC Core §3.1.2.3, §3.1.2.4.
        """
        sealed = open_request(self.opaque, request.query_params.get("r"), self.clock())
        if sealed is None:
            return expired(request)
        client = await self._client(sealed.request)
        if client is None:
            return expired(request)
        withdrawn = self._why_withdrawn(sealed.request, client)
        if withdrawn is not None:
            return self._refuse(request, sealed.request, withdrawn)
        session, may = await self._session(request, client)
        if may == "never":
            return refused(request, errors.SANDBOX_OF_ANOTHER)
        if _is_of_another(sealed.request, session):
            return expired(request)
        decision = await self._decide(sealed, client, session)
        if isinstance(decision, authorization.ShowLogin):
            again = "&again=1" if decision.again else ""
            return see(f"/login?r={quote(request.query_params['r'])}{again}")
        if isinstance(decision, Refusal):
            return self._refuse(request, sealed.request, decision.row)
        if session is None:
            return expired(request)
        if isinstance(decision, authorization.ShowConsent):
            return await self._consent_page(request, sealed, client, session, decision)
        r = request.query_params["r"]
        return await self._issue(request, r, sealed.request, client, session, "relied-on")

    async def decided(self, request: Request) -> Response:
        """Take *Allow* or *Deny* from the consent page."""
        try:
            form = await self.forms.read(request)
        except (FormRefused, Refused):
            return expired(request)
        sealed = open_request(self.opaque, form.get("r"), self.clock())
        client = None if sealed is None else await self._client(sealed.request)
        if sealed is None or client is None:
            return expired(request)
        session, _ = await self._session(request, client)
        withdrawn = self._why_withdrawn(sealed.request, client)
        if withdrawn is not None:
            return self._refuse(request, sealed.request, withdrawn)
        if _is_of_another(sealed.request, session):
            return expired(request)
        if session is None or session.sid != form.get("sid"):
            return see(f"/interaction?r={quote(form['r'])}")
        if form.get("decision") != "allow":
            return self._refuse(request, sealed.request, errors.ACCESS_DENIED)
        decision = await self._decide(sealed, client, session, sealed.request.to_allow)
        if not isinstance(decision, authorization.IssueCodeFor):
            return see(f"/interaction?r={quote(form['r'])}")
        remembers = _may_remember(client, sealed.request)
        consent: Consenting = "remember" if remembers else "once"
        return await self._issue(request, form["r"], sealed.request, client, session, consent)

    async def _session(
        self, request: Request, client: ClientRecord
    ) -> tuple[Session | None, MayLogIn]:
        """Find the session of who may log in to this client, if that is who is here."""
        session = await self.sessions.find(self.cookies.read(request, SESSION))
        account_id = "" if session is None else session.account_id
        may = await self.may_log_in(client.client.application, account_id)
        return session if may == "yes" else None, may

    async def _client(self, request: CheckedRequest) -> ClientRecord | None:
        """Find the client as it is now: it may have been revoked while the person read."""
        shared = self.issuers.get(request.issuer)
        if shared is None:
            return None
        client = shared.replica.clients.find(request.client_id)
        if client is None:
            client = await self.look_up(request.client_id)
        return client if client is not None and client.state == "active" else None

    def _why_withdrawn(self, asked: CheckedRequest, client: ClientRecord) -> ErrorRow | None:
        """What was taken from the client while the person read."""
        return why_withdrawn(asked, client, self.issuers[asked.issuer])

    async def _decide(
        self,
        sealed: SealedRequest,
        client: ClientRecord,
        session: Session | None,
        consented: tuple[str, ...] | None = None,
    ) -> authorization.Decision:
        request = sealed.request
        situation = authorization.Situation(
            session=session,
            consent=await self._consent(request, client, session),
            remembers=_may_remember(client, request),
            hinted_account=await self._named(request, client.application_id),
            login_after=sealed.received_at,
            consented=consented,
        )
        return authorization.decide(request, situation, self.clock())

    async def _named(self, request: CheckedRequest, application_id: str) -> str | None:
        """The one account whose person the client means; None where it names none, empty where there is no such one."""
        subjects = demanded_subjects(request.claims)
        named = [await self.account_of(sub, application_id) for sub in subjects]
        if request.id_token_hint is not None:
            shared = self.issuers[request.issuer]
            hint = request.id_token_hint
            named.append(await self.hinted_account(hint, shared, application_id))
        if not named:
            return None
        return named[0] if len(set(named)) == 1 else ""

    async def _consent(
        self, request: CheckedRequest, client: ClientRecord, session: Session | None
    ) -> Consent | None:
        if session is None:
            return None
        account_id, application_id, issuer = (
            session.account_id,
            client.application_id,
            request.issuer,
        )
        return await self.store.read(
            lambda reader: reader.find_consent(account_id, application_id, issuer)
        )

    async def _consent_page(
        self,
        request: Request,
        sealed: SealedRequest,
        client: ClientRecord,
        session: Session,
        decision: authorization.ShowConsent,
    ) -> Response:
        account_id = session.account_id
        account = await self.store.read(lambda reader: reader.find_account(account_id))
        if account is None:
            return expired(request)
        sentences: tuple[ScopeSentence, ...] = scope_sentences(
            decision.scopes,
            decision.new,
            self.issuers[sealed.request.issuer].replica.apis.values(),
            language_of(request),
        )
        response = page(
            "consent.html",
            request=request,
            application=client.name,
            published=client.client.application,
            is_ours=client.client_id == CLIENT_ID,
            email=account.email,
            sentences=sentences,
            host=host_of(sealed.request.redirect_uri),
            is_trial=sealed.request.trial is not None,
            r=request.query_params["r"],
            sid=session.sid,
            form_token=self.forms.token(request),
        )
        self.forms.remember(request, response)
        return response

    async def _issue(
        self,
        request: Request,
        r: str,
        asked: CheckedRequest,
        client: ClientRecord,
        session: Session,
        consent: Consenting,
    ) -> Response:
        """Issue a code; where the consent it relies on was taken back at this very moment, decide again."""
        issuer = self.issuers[asked.issuer].issuer
        try:
            response = await self.issuing.issue(issuer, asked, client, session, consent)
        except Conflict as conflict:
            if conflict.slug == "consent-moved":
                return see(f"/interaction?r={quote(r)}")
            return expired(request)  # the account was blocked or deleted at this moment
        return _answer(request, asked, response)

    def _refuse(self, request: Request, asked: CheckedRequest, row: ErrorRow) -> Response:
        """Tell the client; where its address is not certain any more, the person, on a page.

        Spec: RFC 6749 §4.1.2.1.
        """
        if not row.redirects:
            return refused(request, row)
        iss = self.issuers[asked.issuer].issuer.url
        response = AuthorizationErrorResponse(row.error, row.says, state=asked.state, iss=iss)
        return _answer(request, asked, response)


def _may_remember(client: ClientRecord, asked: CheckedRequest) -> bool:
    return asked.trial is None and may_remember(client.public, asked.redirect_uri)


def _is_of_another(asked: CheckedRequest, session: Session | None) -> bool:
    """Whether a request was made from the guide by somebody else than who is here."""
    return asked.trial is not None and (session is None or session.sid != asked.trial)


def _answer(
    request: Request,
    asked: CheckedRequest,
    response: AuthorizationResponse | AuthorizationErrorResponse,
) -> Response:
    """Bring a response to the client.

    After a form's POST it is a page that moves on, because `form-action 'self'` would stop a redirect to the client.

    Spec: RFC 6749 §4.1.2; OIDC Core §3.1.2.5.
    """
    if asked.response_mode == "form_post":
        parameters = response.parameters()
        form = page("form_post.html", action=asked.redirect_uri, parameters=parameters)
        return with_form_to_anywhere(form)
    location = response.location(asked.redirect_uri)
    if request.method == "POST":
        return page("move_on.html", location=location)
    headers = {**NO_STORE, "referrer-policy": "no-referrer"}
    return RedirectResponse(location, 303, headers)
