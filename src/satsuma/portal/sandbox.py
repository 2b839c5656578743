"""*Try it now*: a sandbox for who has no account, and keeping its application after signing up on the same browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.management.accounts import open_space
from satsuma.management.applications import Credentials
from satsuma.management.context import NotPossible
from satsuma.management.sandboxes import Sandbox, claim_sandbox, find_triable, open_sandbox
from satsuma.portal.asked import Asked
from satsuma.portal.desk import CHOSEN, MOST_APPLICATIONS, Desk, Here, to_login
from satsuma.web.cookies import SESSION, TRIED
from satsuma.web.frame import Visitor
from satsuma.web.languages import N_, say
from satsuma.web.pages import see
from satsuma.web.wording import STALE

STARTS_AT: Final = "/guides/oauth-m2m/1"
_DAY: Final = 86400
_OFTEN: Final = N_(
    "A few were opened from where you are in the last hour. Sign up, or come back in %(n)s minutes."
)
_FULL: Final = N_(
    "As many people as may are trying this at the moment. Sign up, or come back in an hour."
)
_EMPTY: Final = N_("There is no API here that may be tried without an account.")
_SAYS: Final = {"sandbox-full": _FULL, "sandbox-empty": _EMPTY}


@dataclass(frozen=True, slots=True)
class SandboxPages:
    """Opens a sandbox for this browser, and gives its application to who signed up on it."""

    desk: Desk
    show_made: Callable[[Asked, Credentials], Awaitable[Response]]

    def routes(self) -> list[Route]:
        """The routes of the sandbox."""
        return [
            Route("/try", self.show, methods=["GET"]),
            Route("/try", self.opened, methods=["POST"]),
            Route("/try/keep", self.keep, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Say what a sandbox is; who is logged in has something better."""
        here = await self._here(request)
        if here.visitor is not None:
            return see(STARTS_AT if here.is_tried else "/myapps")
        return self._page(request, here)

    async def opened(self, request: Request) -> Response:
        """Make a sandbox and go to the first step of the guide, filled with it."""
        form = await self.desk.frame.form(request)
        here = await self._here(request)
        if here.visitor is not None:
            return see(STARTS_AT if here.is_tried else "/myapps")
        if form is None:
            return self._page(request, here, 400, say(request, STALE))
        frame = self.desk.frame
        context = self.desk.management("sandbox")
        try:
            await find_triable(context)
            wait = await frame.accounts.attempts.sandboxes_from(request.state.source)
            if wait:
                said = say(request, _OFTEN, {"n": ceil(wait / 60)})
                response = self._page(request, here, 429, said)
                response.headers["retry-after"] = str(ceil(wait))
                return response
            made = await open_sandbox(context)
        except NotPossible as problem:
            said = say(request, _SAYS.get(problem.slug, _FULL))
            return self._page(request, here, 503, said)
        response = see(STARTS_AT)
        cookie = await frame.log_in(request, made.account, response)
        if not self.desk.keeps_secrets:
            response = await self._shown(request, made, cookie)
            frame.cookies.put(response, SESSION, cookie)
        frame.cookies.put(response, TRIED, cookie, _DAY)
        frame.cookies.put(response, CHOSEN, made.credentials.application.application_id)
        return response

    async def _shown(self, request: Request, made: Sandbox, cookie: str) -> Response:
        """The credentials with the answer, where nobody can see them later."""
        session = await self.desk.frame.sessions.find(cookie)
        if session is None:
            raise HTTPException(503)
        visitor = Visitor(session, made.account)
        application = made.credentials.application
        client = await self.desk.own_client(visitor, application.application_id)
        here = Here(visitor, (application,), application)
        return await self.show_made(Asked(request, here, visitor, client), made.credentials)

    async def keep(self, request: Request) -> Response:
        """Give the application that was tried on this browser to who is logged in on it."""
        form = await self.desk.frame.form(request)
        here = await self._here(request)
        if here.visitor is None or here.is_tried:
            return to_login(request)
        tried = await self.desk.tried(request, here)
        if not self.desk.may_develop(here.visitor):
            return see("/myapps")
        if form is None or tried is None:
            return see("/myapps?done=gone")
        context = self.desk.context(here.visitor)
        await open_space(context, here.visitor.account.account_id)
        try:
            kept = await claim_sandbox(context, tried, here.visitor.account, MOST_APPLICATIONS)
        except NotPossible as problem:
            named = problem.slug in ("application-exists", "space-full")
            return see(f"/myapps?done={problem.slug if named else 'gone'}")
        response = see(f"/myapps/{kept.application_id}/credentials?done=kept")
        self.desk.frame.cookies.drop(response, TRIED)
        self.desk.frame.cookies.put(response, CHOSEN, kept.application_id)
        return response

    async def _here(self, request: Request) -> Here:
        """Who is here; raises HTTPException 404 where nobody may try."""
        if not self.desk.sandbox:
            raise HTTPException(404)
        return await self.desk.here(request)

    def _page(self, request: Request, here: Here, status: int = 200, problem: str = "") -> Response:
        return self.desk.show(request, "try.html", here, status, form=True, problem=problem)
