"""Where a logout that an application asked for happens: at once where it is proven, else after a question."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from satsuma.accounts.sessions import Sessions
from satsuma.domain.errors.refusal import Refused
from satsuma.domain.sessions import Session
from satsuma.keys.opaque import Opaque
from satsuma.oauth.client_authentication import LookUp
from satsuma.oauth.logout import LogoutRequest, open_logout
from satsuma.web.cookies import SESSION, Cookies
from satsuma.web.forms import FormRefused, Forms
from satsuma.web.pages import page
from satsuma.web.problems import expired


@dataclass(frozen=True, slots=True)
class EndSession:
    """Ends the browser's session.

    Spec: OIDC RP-Initiated Logout §2, §6.
    """

    opaque: Opaque
    sessions: Sessions
    forms: Forms
    cookies: Cookies
    look_up: LookUp

    async def show(self, request: Request) -> Response:
        """End the session that the hint proves, or ask the person."""
        logout = open_logout(self.opaque, request.query_params.get("r"))
        if logout is None:
            return expired(request)
        session = await self.sessions.find(self.cookies.read(request, SESSION))
        if session is None:
            return await self._done(request, logout, None)
        if session.is_called(logout.sid, logout.client_id):
            await self.sessions.end(session)
            return await self._done(request, logout, session)
        response = page(
            "end_session.html",
            request=request,
            r=request.query_params["r"],
            form_token=self.forms.token(request),
        )
        self.forms.remember(request, response)
        return response

    async def decided(self, request: Request) -> Response:
        """Take the person's word."""
        try:
            form = await self.forms.read(request)
        except (FormRefused, Refused):
            return expired(request)
        logout = open_logout(self.opaque, form.get("r"))
        if logout is None:
            return expired(request)
        session = await self.sessions.find(self.cookies.read(request, SESSION))
        if session is not None:
            await self.sessions.end(session)
        return await self._done(request, logout, session, after_post=True)

    async def _done(
        self,
        request: Request,
        logout: LogoutRequest,
        session: Session | None,
        after_post: bool = False,
    ) -> Response:
        response: Response
        return_to = await self._return_to(logout)
        if return_to is None:
            response = page("logged_out.html", request=request)
        elif after_post:
            response = page("move_on.html", request=request, location=return_to)
        else:
            headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
            response = RedirectResponse(return_to, 303, headers)
        if session is not None:
            self.cookies.drop(response, SESSION)
        return response

    async def _return_to(self, logout: LogoutRequest) -> str | None:
        """Where to go: nowhere that was taken from the client while the person read; the logout stands all the same.

        Spec: OIDC RP-Initiated Logout §3.
        """
        if logout.return_to is None:
            return None
        client = await self.look_up(logout.client_id)
        if client is None or logout.registered not in client.client.application.logout_addresses:
            return None
        return logout.return_to
