"""What every page of the portal stands on: who is here, in which client space, which application they chose."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.accounts import Account
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, Client
from satsuma.domain.issuers import IssuerPolicy
from satsuma.domain.spaces import Act
from satsuma.keys.randomness import Draw
from satsuma.management.context import ManagementContext
from satsuma.management.people import Place, places_of
from satsuma.management.sandboxes import time_left
from satsuma.portal.articles.shelf import Shelf
from satsuma.store.port import Reader
from satsuma.web.cookies import TRIED
from satsuma.web.frame import Frame, Visitor
from satsuma.web.languages import language_of
from satsuma.web.pages import page, see, with_own_scripts

CHOSEN: Final = "app"
"""The cookie of the application that samples and *Run it* use on this browser."""
SPACE: Final = "space"
"""The cookie of the client space that a person of several looks at on this browser."""
LANGUAGE: Final = "in"
"""The cookie of the sample that was looked at last."""
MOST_APPLICATIONS: Final = 200
"""How many applications a developer makes here in one client space, the deleted ones included."""


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks at a page: nobody who is logged in, or a person in a client space with its applications.

    `place` is the space that is looked at, one of `places`; `hours_left` are a sandbox's.
    """

    visitor: Visitor | None = None
    applications: tuple[Application, ...] = ()
    chosen: Application | None = None
    hours_left: int = 0
    place: Place | None = None
    places: tuple[Place, ...] = ()

    def may(self, act: Act) -> bool:
        """Whether the person's role in the space allows something; who has no space yet opens one, as its owner."""
        return self.place is None or self.place.may(act)

    @property
    def is_tried(self) -> bool:
        """Whether it is the made-up person of a sandbox."""
        return self.visitor is not None and self.visitor.account.is_made_up


@dataclass(frozen=True, slots=True)
class Desk:
    """Joins the frame of all pages with what the portal shows: APIs, issuers, applications."""

    frame: Frame
    management: Callable[[str], ManagementContext]
    apis: Callable[[], Iterable[Api]]
    issuers: tuple[IssuerPolicy, ...]
    api_url: str
    pages_url: str
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    shelf: Shelf
    keeps_secrets: bool
    shows_mail: bool = False
    sandbox: bool = False

    @property
    def draw(self) -> Draw:
        """What random marks are drawn by."""
        return self.frame.accounts.vault.draw

    @property
    def may_sign_up(self) -> bool:
        """Whether anybody may open an account here."""
        return self.frame.accounts.policy.sign_up == "open"

    def may_develop(self, visitor: Visitor) -> bool:
        """Whether a person may have applications: everybody where sign-up is open, else by role."""
        account = visitor.account
        return self.may_sign_up or account.is_made_up or account.role in ("developer", "operator")

    def is_fresh(self, visitor: Visitor) -> bool:
        """Whether a login is new enough for what matters; a sandbox has no other proof than its session."""
        return visitor.account.is_made_up or self.frame.sessions.is_fresh(visitor.session)

    def context(self, visitor: Visitor) -> ManagementContext:
        """What management operations by this person work with."""
        return self.management(f"account:{visitor.account.account_id}")

    def issuer(self, name: str) -> IssuerPolicy | None:
        """An issuer of this installation by its name."""
        return next((each for each in self.issuers if each.name == name), None)

    async def here(self, request: Request, at: str = "") -> Here:
        """Find who looks at a page, and in which space: the one of the application `at`, else the chosen one.

        `?app=` chooses an application, and its space, for this page alone.
        """
        await self.shelf.renew()
        visitor = await self.frame.anybody(request)
        if visitor is None:
            return Here()
        asked = request.query_params.get(CHOSEN, "")
        kept = self.frame.cookies.read(request, SPACE) or ""
        places, place, found = await self._space(visitor, at or asked, kept)
        wanted = asked or at or self.frame.cookies.read(request, CHOSEN) or ""
        usable = {each.application_id: each for each in found if each.state != "revoked"}
        chosen = usable.get(wanted) or next(iter(usable.values()), None)
        hours = ceil(time_left(visitor.account, self.clock()) / timedelta(hours=1))
        return Here(visitor, tuple(found), chosen, hours, place, tuple(places))

    async def _space(
        self, visitor: Visitor, named: str, kept: str
    ) -> tuple[Sequence[Place], Place | None, Sequence[Application]]:
        """The spaces that a person is in, the one of a named application or that was kept, and what stands in it."""

        def look(
            reader: Reader,
        ) -> tuple[Sequence[Place], Place | None, Sequence[Application]]:
            places = self.places(reader, visitor)
            by_id = {each.space.space_id: each for each in places}
            application = reader.find_application(named) if named else None
            place = None if application is None else by_id.get(application.space_id)
            place = place or by_id.get(kept) or next(iter(places), None)
            if place is None:
                return (), None, ()
            found = reader.list_applications(place.space.space_id, "", 2 * MOST_APPLICATIONS)
            ordered = sorted(found, key=lambda each: (each.name.casefold(), each.application_id))
            return places, place, ordered

        return await self.frame.accounts.store.read(look)

    def places(self, reader: Reader, visitor: Visitor) -> list[Place]:
        """The spaces that a person is in; the own one where it may develop, others also where it was only invited."""
        account_id, may = visitor.account.account_id, self.may_develop(visitor)
        found = places_of(reader, account_id)
        return [each for each in found if may or each.space.owner_id != account_id]

    async def tried(self, request: Request, here: Here) -> Account | None:
        """The made-up person of the sandbox that was opened on this browser, for who is logged in with an account."""
        if not self.sandbox or here.visitor is None or here.is_tried:
            return None
        found = await self.frame.anybody(request, TRIED)
        return found.account if found is not None and found.account.is_made_up else None

    async def own_client(self, visitor: Visitor, application_id: str) -> Client:
        """An application of a space that this person is in, with its secrets and subscriptions.

        Raises HTTPException 404 for any other, as for one that is not there.
        """

        def look(reader: Reader) -> Client | None:
            application = reader.find_application(application_id)
            places = {each.space.space_id for each in self.places(reader, visitor)}
            if application is None or application.space_id not in places:
                return None
            return reader.find_client(application.client_id)

        client = await self.frame.accounts.store.read(look)
        if client is None:
            raise HTTPException(404)
        return client

    def shown_apis(self, held: Container[str] = ()) -> list[Api]:
        """The APIs of the catalogue, by name: none that is retired, and of the private ones those that are `held`."""
        found = [
            api
            for api in self.apis()
            if api.life_cycle != "retired" and (api.access != "private" or api.api_id in held)
        ]
        return sorted(found, key=lambda api: (api.title.casefold(), api.version))

    def show(
        self,
        request: Request,
        template: str,
        here: Here,
        status: int = 200,
        *,
        form: bool = False,
        **values: Any,
    ) -> Response:
        """Render a page of the portal; who is not logged in gets a form token, and its cookie, for a `form` alone."""
        values |= {"who": here, "api_url": self.api_url, "may_sign_up": self.may_sign_up}
        values["foot"] = self.shelf.at_the_foot(language_of(request))
        values["may_try"] = self.sandbox and here.visitor is None
        name = f"portal/{template}"
        if here.visitor is None and not form:
            return with_own_scripts(page(name, status, request, **values))
        return with_own_scripts(self.frame.show(request, name, status, here.visitor, **values))


def to_login(request: Request, *, again: bool = False) -> Response:
    """Send to the login, and back to this page afterwards."""
    proof = "again=1&" if again else ""
    return see(f"/login?{proof}to={quote(request.url.path)}")
