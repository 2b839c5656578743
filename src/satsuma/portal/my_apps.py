"""MyApps: a person's applications, and a new one; which of them samples and *Run it* use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.applications import Application
from satsuma.management.accounts import open_space
from satsuma.management.applications import Credentials, create_application
from satsuma.management.context import NotPossible
from satsuma.management.sandboxes import application_of
from satsuma.portal.application_pages import ONLY_SEES
from satsuma.portal.asked import Asked
from satsuma.portal.desk import CHOSEN, MOST_APPLICATIONS, SPACE, Desk, Here, to_login
from satsuma.store.port import Reader
from satsuma.web.frame import Visitor, is_own_page
from satsuma.web.languages import N_, say
from satsuma.web.pages import see
from satsuma.web.wording import STALE

_LONGEST_ADDRESS: Final = 2000
_FULL = N_("A client space has at most %(n)s applications, the deleted ones included.")
_NOT_HERE = N_("Applications are made by developers here, and this account is none yet.")


@dataclass(frozen=True, slots=True)
class Listed:
    """An application in the list, and what of it needs a look."""

    application: Application
    live_secrets: int
    approved: int
    waiting: int


@dataclass(frozen=True, slots=True)
class MyApps:
    """Shows the list, makes an application, remembers the chosen one."""

    desk: Desk
    show_made: Callable[[Asked, Credentials], Awaitable[Response]]

    async def show(self, request: Request) -> Response:
        """List the applications of who is logged in."""
        here = await self.desk.here(request)
        if here.visitor is None:
            return to_login(request)
        return await self._list(request, here)

    async def create(self, request: Request) -> Response:
        """Make an application with its credentials, and go to them."""
        form = await self.desk.frame.form(request)
        here = await self.desk.here(request)
        if here.visitor is None:
            return to_login(request)
        if form is None:
            return await self._list(request, here, 400, problem=say(request, STALE))
        visitor = here.visitor
        here = _in_space(here, form.get("space", ""))
        if not self._may_create(here, visitor):
            problem = say(request, ONLY_SEES) if here.place is not None else ""
            return await self._list(request, here, 403, problem=problem)
        name = form.get("name", "").strip()
        owner = visitor.account.email
        public = form.get("kind") == "public"
        try:
            context, space_id = self.desk.context(visitor), ""
            if here.place is None:
                await open_space(context, visitor.account.account_id)
            else:
                space_id, owner = here.place.space.space_id, here.place.title
            made = await create_application(
                context, name, owner, public=public, most=MOST_APPLICATIONS, space_id=space_id
            )
        except NotPossible as problem:
            if problem.slug == "space-full":
                error = say(request, _FULL, {"n": MOST_APPLICATIONS})
                return await self._list(request, here, 409, name=name, error=error)
            return await self._list(request, here, 400, name=name, error=str(problem))
        application_id = made.application.application_id
        response = await self._made(request, here, visitor, made)
        self.desk.frame.cookies.put(response, CHOSEN, application_id)
        return response

    async def _made(
        self, request: Request, here: Here, visitor: Visitor, made: Credentials
    ) -> Response:
        """Go to the credentials; where secrets are not kept, show them with the answer, since nobody can later."""
        application_id = made.application.application_id
        if self.desk.keeps_secrets or made.client_secret is None:
            return see(f"/myapps/{application_id}/credentials?done=created")
        client = await self.desk.own_client(visitor, application_id)
        applications = (*here.applications, made.application)
        chosen = replace(here, applications=applications, chosen=made.application)
        return await self.show_made(Asked(request, chosen, visitor, client), made)

    async def choose(self, request: Request) -> Response:
        """Remember which application the pages use, or which space they show, and go back to where one was."""
        form = await self.desk.frame.form(request)
        here = await self.desk.here(request)
        if here.visitor is None:
            return see("/login")
        to, space = ((form or {}).get(name, "") for name in ("to", "space"))
        if space and to.startswith("/myapps/app_"):
            to = "/myapps"
        response = see(to if _is_page(to) else "/myapps")
        chosen = (form or {}).get("app", "")
        if any(each.application_id == chosen for each in here.applications):
            self.desk.frame.cookies.put(response, CHOSEN, chosen)
        if any(each.space.space_id == space for each in here.places):
            self.desk.frame.cookies.put(response, SPACE, space)
        return response

    def _may_create(self, here: Here, visitor: Visitor) -> bool:
        """Whether a person may make another application where they are: a sandbox has one."""
        may = self.desk.may_develop(visitor) if here.place is None else here.may("change")
        return may and not visitor.account.is_made_up

    async def _tried(self, request: Request, here: Here) -> Application | None:
        """The application that was tried on this browser, where its person may keep it."""
        tried = await self.desk.tried(request, here)
        if tried is None or here.visitor is None or not self.desk.may_develop(here.visitor):
            return None
        return await application_of(self.desk.context(here.visitor), tried)

    async def _list(
        self,
        request: Request,
        here: Here,
        status: int = 200,
        name: str = "",
        error: str = "",
        problem: str = "",
    ) -> Response:
        may = here.visitor is not None and self._may_create(here, here.visitor)
        shown = [each for each in here.applications if each.state != "revoked"]
        now = self.desk.clock()

        def look(reader: Reader) -> list[Listed]:
            return [_listed(reader, each, now) for each in shown]

        return self.desk.show(
            request,
            "myapps.html",
            here,
            status,
            listed=await self.desk.frame.accounts.store.read(look),
            may_develop=may,
            name=name,
            error=error,
            problem=problem or ("" if may or here.place else say(request, _NOT_HERE)),
            tried=await self._tried(request, here),
        )


def _listed(reader: Reader, application: Application, now: datetime) -> Listed:
    client = reader.find_client(application.client_id)
    if client is None:
        return Listed(application, 0, 0, 0)
    states = [each.state for each in client.subscriptions]
    live = [each for each in client.secrets if each.is_live(now)]
    return Listed(application, len(live), states.count("approved"), states.count("pending"))


def _is_page(address: str) -> bool:
    """Whether an address is a page of the portal: nobody may send a person elsewhere by a form of ours."""
    is_plain = len(address) <= _LONGEST_ADDRESS and address.isascii() and address.isprintable()
    return is_plain and is_own_page(address.partition("?")[0])


def _in_space(here: Here, named: str) -> Here:
    """Who is here, in the space that a form's page showed, whichever another tab chose since.

    Raises HTTPException 404 for one that the person is not in.
    """
    if not named:
        return here
    for place in here.places:
        if place.space.space_id == named:
            return replace(here, place=place)
    raise HTTPException(404)
