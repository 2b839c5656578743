"""An invitation to a client space: looked at by whoever follows the letter's link, accepted by one account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.accounts.emails import masked_email
from satsuma.domain.accounts import Account
from satsuma.domain.spaces import MOST_MEMBERS
from satsuma.management.context import NotPossible
from satsuma.management.people import Invited, NotInvited, accept, find_invited
from satsuma.portal.desk import SPACE, Desk, Here
from satsuma.portal.people import ROLES
from satsuma.web.languages import N_, say
from satsuma.web.pages import see
from satsuma.web.wording import STALE

JOIN: Final = "/myapps/join/{token}"
_STATUS: Final = {
    "member-exists": 200,
    "invitation-gone": 410,
    "invitation-past": 410,
    "invitation-of-another": 403,
}
_WHY: Final = {
    "space-crowded": N_("%(n)s people are in the client space already: ask who invited you."),
    "invitation-gone": N_("That invitation was accepted, withdrawn or sent anew meanwhile."),
    "member-exists": N_("You are in that client space already."),
}


@dataclass(frozen=True, slots=True)
class InvitationPages:
    """Shows what an invitation is to, and lets the invited in."""

    desk: Desk

    def routes(self) -> list[Route]:
        """The routes of a letter's link."""
        return [
            Route(JOIN, self.show, methods=["GET"]),
            Route(JOIN, self.join, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the invitation, with what its reader does next; a link alone lets nobody in."""
        return await self._page(request, await self._here(request))

    async def join(self, request: Request) -> Response:
        """Let the invited in, and go to the applications of the space."""
        form = await self.desk.frame.form(request)
        here = await self._here(request)
        if here.visitor is None or form is None:
            problem = say(request, STALE) if form is None else ""
            return await self._page(request, here, 400 if problem else 200, problem)
        token, visitor = request.path_params["token"], here.visitor
        try:
            space = await accept(self.desk.context(visitor), token, visitor.account)
        except NotInvited:
            return await self._page(request, here)
        except NotPossible as problem:
            if problem.slug not in _WHY:
                raise
            says = say(request, _WHY[problem.slug], {"n": MOST_MEMBERS})
            return await self._page(request, here, 409, says)
        response = see("/myapps?done=joined")
        self.desk.frame.cookies.put(response, SPACE, space.space_id)
        return response

    async def _here(self, request: Request) -> Here:
        """Who is here; a sandbox's made-up person is nobody."""
        here = await self.desk.here(request)
        return replace(here, visitor=None) if here.is_tried else here

    async def _page(
        self, request: Request, here: Here, status: int = 200, problem: str = ""
    ) -> Response:
        account: Account | None = None if here.visitor is None else here.visitor.account
        invited: Invited | None = None
        slug = whom = ""
        try:
            context = self.desk.management("invitation")
            invited = await find_invited(context, request.path_params["token"], account)
        except NotInvited as refused:
            if refused.slug not in _STATUS:
                raise HTTPException(404) from None
            slug, whom = refused.slug, refused.whom
            status = max(status, _STATUS[slug])
        return self.desk.show(
            request,
            "join.html",
            here,
            status,
            invited=invited,
            to=masked_email(invited.invitation.email) if invited else "",
            roles=ROLES,
            slug=slug,
            whom=whom,
            problem=problem,
        )
