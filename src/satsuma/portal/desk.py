"""What every page of the portal stands on: who is here, which applications are theirs, which one they chose."""

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
from satsuma.keys.randomness import Draw
from satsuma.management.context import ManagementContext
from satsuma.management.sandboxes import time_left
from satsuma.portal.articles.shelf import Shelf
from satsuma.store.port import Reader
from satsuma.web.cookies import TRIED
from satsuma.web.frame import Frame, Visitor
from satsuma.web.languages import language_of
from satsuma.web.pages import page, see, with_own_scripts

CHOSEN: Final = "app"
"""The cookie of the application that samples and *Run it* use on this browser."""
LANGUAGE: Final = "in"
"""The cookie of the sample that was looked at last."""
MOST_APPLICATIONS: Final = 200
"""How many applications a developer makes here in one client space, the deleted ones included."""


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks at a page: nobody who is logged in, or a person with their applications and the chosen one.

    `hours_left` are a sandbox's.
    """

    visitor: Visitor | None = None
    applications: tuple[Application, ...] = ()
    chosen: Application | None = None
    hours_left: int = 0

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

    async def here(self, request: Request) -> Here:
        """Find who looks at a page; `?app=` chooses for this page alone."""
        await self.shelf.renew()
        visitor = await self.frame.anybody(request)
        if visitor is None or not self.may_develop(visitor):
            return Here(visitor)
        owned = await self._owned(visitor)
        wanted = request.query_params.get(CHOSEN) or self.frame.cookies.read(request, CHOSEN)
        usable = {each.application_id: each for each in owned if each.state != "revoked"}
        chosen = usable.get(wanted or "") or next(iter(usable.values()), None)
        hours = ceil(time_left(visitor.account, self.clock()) / timedelta(hours=1))
        return Here(visitor, tuple(owned), chosen, hours)

    async def _owned(self, visitor: Visitor) -> Sequence[Application]:
        account_id = visitor.account.account_id

        def look(reader: Reader) -> Sequence[Application]:
            space = reader.find_space_of(account_id)
            if space is None:
                return ()
            found = reader.list_applications(space.space_id, "", 2 * MOST_APPLICATIONS)
            return sorted(found, key=lambda each: (each.name.casefold(), each.application_id))

        return await self.frame.accounts.store.read(look)

    async def tried(self, request: Request, here: Here) -> Account | None:
        """The made-up person of the sandbox that was opened on this browser, for who is logged in with an account."""
        if not self.sandbox or here.visitor is None or here.is_tried:
            return None
        found = await self.frame.anybody(request, TRIED)
        return found.account if found is not None and found.account.is_made_up else None

    async def own_client(self, visitor: Visitor, application_id: str) -> Client:
        """An application of this person with its secrets and subscriptions.

        Raises HTTPException 404 for anybody else's, as for one that is not there.
        """
        account_id = visitor.account.account_id

        def look(reader: Reader) -> Client | None:
            application = reader.find_application(application_id)
            space = reader.find_space_of(account_id)
            if application is None or space is None or application.space_id != space.space_id:
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
