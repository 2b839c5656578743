"""The people of a client space: who is in and in which role, who is invited; an owner changes both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.accounts.emails import one_form
from satsuma.domain.accounts import Account
from satsuma.domain.spaces import MAY, MOST_INVITATIONS, MOST_MEMBERS, Membership
from satsuma.management import people
from satsuma.management.accounts import open_space
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.people import PeopleOfSpace, Place
from satsuma.portal.desk import SPACE, Desk, Here, to_login
from satsuma.store.port import Reader
from satsuma.web.frame import Visitor
from satsuma.web.languages import N_, say
from satsuma.web.pages import see
from satsuma.web.wording import NO_ADDRESS, STALE, too_often

PAGE: Final = "/myapps/people"
ROLES: Final = {
    "owner": (N_("owner"), N_("everything, and who is in the space")),
    "developer": (N_("developer"), N_("makes, changes, runs and deletes applications")),
    "viewer": (N_("viewer"), N_("sees applications, requests and usage; no secret, no change")),
}
_NEWS: Final = {
    "invited": N_("The letter is on its way. Its link works once, for seven days."),
    "withdrawn": N_("The invitation is withdrawn: its link leads nowhere now."),
    "role": N_("The role is changed, from the next page on."),
    "removed": N_(
        "That person is out. They may have seen secrets: renew those of the applications that matter."
    ),
    "left": N_("You have left the client space."),
    "named": N_("The client space has its new name."),
}
_WHY: Final = {
    "last-owner": N_("A client space needs an owner: make somebody else one first."),
    "member-moved": N_(
        "That was changed meanwhile, in another tab or by somebody else. This is how it stands now."
    ),
    "not-owner": N_("Only an owner of the client space says who is in it."),
    "invitations-full": N_("%(n)s invitations wait already: withdraw one first."),
    "invitation-gone": N_("That invitation was accepted, withdrawn or sent anew meanwhile."),
    "member-exists": N_("Whoever has that address is in the client space already."),
    "name-moved": N_("The name was changed meanwhile. This is how it stands now."),
    "name-malformed": N_("A name has at most 60 characters, all of which can be seen."),
    "role-unknown": N_("Choose one of the roles."),
    "email-malformed": NO_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """A form of the page: who sends it, for which space."""

    request: Request
    here: Here
    visitor: Visitor
    place: Place
    form: dict[str, str]

    @property
    def account(self) -> Account:
        """Who sends it."""
        return self.visitor.account

    @property
    def member(self) -> Membership:
        """Whom it is about, in the role that the page showed."""
        role = people.role_named(self.form.get("was", ""))
        named = self.form.get("account", "")
        return Membership(self.place.space.space_id, named, role, self.account.created_at)


Take = Callable[[Asking], Awaitable[str]]


class TooOften(Exception):
    """More letters are asked for than are sent; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """Shows the people of a space, and takes the forms that change who they are."""

    desk: Desk

    def routes(self) -> list[Route]:
        """The routes of the page and of its forms; what lets people in wants a login of the last five minutes."""
        forms = {
            "": self._taken(self._invite, fresh=True),
            "/again": self._taken(self._again, fresh=True),
            "/withdraw": self._taken(self._withdraw),
            "/role": self._taken(self._role, fresh=True),
            "/remove": self._taken(self._remove),
            "/leave": self._taken(self._leave, act="see"),
            "/name": self._taken(self._name),
        }
        shown = [Route(PAGE + path, self.show, methods=["GET"]) for path in forms]
        return shown + [Route(PAGE + path, to, methods=["POST"]) for path, to in forms.items()]

    async def show(self, request: Request) -> Response:
        """Show who is in the space that one looks at."""
        here = await self.desk.here(request)
        if here.visitor is None:
            return to_login(request)
        news = say(request, _NEWS.get(request.query_params.get("done", ""), ""))
        return await self._page(request, here, news=news)

    def _taken(
        self, take: Take, *, fresh: bool = False, act: str = "people"
    ) -> Callable[[Request], Awaitable[Response]]:
        """Take a form from our own page, of who may; whatever is wrong shows on the same page."""

        async def taken(request: Request) -> Response:
            form = await self.desk.frame.form(request)
            here = await self.desk.here(request)
            if here.visitor is None:
                return to_login(request)
            if form is None:
                return await self._page(request, here, 400, say(request, STALE))
            if here.is_tried:
                return await self._page(request, here, 403)
            visitor = here.visitor
            place = await self._place(here, visitor, form.get("space", ""))
            here = replace(here, place=place)
            if act not in MAY[place.role]:
                return await self._page(request, here, 403, say(request, _WHY["not-owner"]))
            if fresh and not self.desk.is_fresh(visitor):
                return see(f"/login?again=1&to={quote(PAGE)}")
            return await self._done(take, Asking(request, here, visitor, place, form))

        return taken

    async def _done(self, take: Take, asking: Asking) -> Response:
        request, here = asking.request, asking.here
        try:
            done = await take(asking)
        except TooOften as often:
            says = too_often(request, ceil(often.wait))
            response = await self._page(request, here, 429, says, asking.form)
            response.headers["retry-after"] = str(ceil(often.wait))
            return response
        except NotPossible as problem:
            if problem.slug not in _WHY:
                raise
            says = say(request, _WHY[problem.slug], {"n": MOST_INVITATIONS})
            if problem.slug == "email-malformed":
                return await self._page(request, here, 400, form=asking.form, error=says)
            is_bad = problem.slug in ("role-unknown", "name-malformed")
            return await self._page(request, here, 400 if is_bad else 409, says, asking.form)
        response = see(f"{PAGE}?done={done}" if done != "left" else "/myapps?done=left")
        if done != "left":
            self.desk.frame.cookies.put(response, SPACE, asking.place.space.space_id)
        return response

    async def _place(self, here: Here, visitor: Visitor, named: str) -> Place:
        """The space that a form is of; raises HTTPException 404 for one that the person is not in.

        Who has none yet opens the own one.
        """
        for each in here.places:
            if each.space.space_id == named:
                return each
        if named or here.places or not self.desk.may_develop(visitor):
            raise HTTPException(404)
        await open_space(self.desk.context(visitor), visitor.account.account_id)

        def look(reader: Reader) -> Place:
            return self.desk.places(reader, visitor)[0]

        return await self.desk.frame.accounts.store.read(look)

    async def _invite(self, asking: Asking) -> str:
        email, role = asking.form.get("email", ""), people.role_named(asking.form.get("role", ""))
        await self._count(asking, email)
        space_id = asking.place.space.space_id
        await people.invite(self._context(asking), space_id, asking.account, email, role)
        return "invited"

    async def _again(self, asking: Asking) -> str:
        named, space_id = asking.form.get("invitation", ""), asking.place.space.space_id
        found = await people.look_at_people(self._context(asking), space_id)
        email = next((e.email for e in found.invitations if e.invitation_id == named), "")
        if email:
            await self._count(asking, email)
        await people.send_again(self._context(asking), space_id, named, asking.account)
        return "invited"

    async def _count(self, asking: Asking, email: str) -> None:
        """Count a letter; raises TooOften where this source, or anybody to this address, asked for enough of them."""
        attempts = self.desk.frame.accounts.attempts
        wait = await attempts.letters_from(asking.request.state.source)
        if wait:
            raise TooOften(wait)
        if not await attempts.may_write_to(one_form(email.strip().lower()), "space"):
            raise TooOften(self.desk.frame.accounts.policy.letter_window.total_seconds())

    async def _withdraw(self, asking: Asking) -> str:
        named, by = asking.form.get("invitation", ""), asking.account.account_id
        await people.withdraw(self._context(asking), asking.place.space.space_id, named, by)
        return "withdrawn"

    async def _role(self, asking: Asking) -> str:
        role, by = people.role_named(asking.form.get("role", "")), asking.account.account_id
        await people.change_role(self._context(asking), asking.member, role, by)
        return "role"

    async def _remove(self, asking: Asking) -> str:
        await people.remove(self._context(asking), asking.member, asking.account.account_id)
        return "removed"

    async def _leave(self, asking: Asking) -> str:
        own = replace(asking.member, account_id=asking.account.account_id)
        await people.leave(self._context(asking), own)
        return "left"

    async def _name(self, asking: Asking) -> str:
        space, by = asking.place.space, asking.account.account_id
        name, was = asking.form.get("name", "").strip(), asking.form.get("was", "")
        await people.name_space(self._context(asking), space.space_id, name, was, by)
        return "named"

    def _context(self, asking: Asking) -> ManagementContext:
        return self.desk.context(asking.visitor)

    async def _page(
        self,
        request: Request,
        here: Here,
        status: int = 200,
        problem: str = "",
        form: dict[str, str] | None = None,
        error: str = "",
        news: str = "",
    ) -> Response:
        visitor = here.visitor
        assert visitor is not None  # noqa: S101 - whoever calls has looked
        here = await self._as_it_is(here, visitor)
        found = PeopleOfSpace((), ())
        if here.place is not None:
            context = self.desk.context(visitor)
            found = await people.look_at_people(context, here.place.space.space_id)
        owners = [each.account_id for each, _ in found.members if each.role == "owner"]
        return self.desk.show(
            request,
            "people.html",
            here,
            status,
            problem=problem,
            news=news,
            members=found.members,
            invitations=found.invitations,
            owners=owners,
            roles=ROLES,
            typed=form or {},
            error=error,
            now=self.desk.clock(),
            most=MOST_MEMBERS,
            may_invite=not here.is_tried
            and (here.may("people") if here.place else self.desk.may_develop(visitor)),
        )

    async def _as_it_is(self, here: Here, visitor: Visitor) -> Here:
        """Who is here, in the same space as it is now: a form of somebody else may have changed it."""
        places = await self.desk.frame.accounts.store.read(
            lambda reader: self.desk.places(reader, visitor)
        )
        shown = "" if here.place is None else here.place.space.space_id
        same = (each for each in places if each.space.space_id == shown)
        return replace(here, place=next(same, next(iter(places), None)), places=tuple(places))
