"""The pages of one application, for who is in its space: credentials, config, APIs, requests, usage, and its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from satsuma.diagnostics.usage import count_wasted
from satsuma.domain.usage_report import lasts_an_hour
from satsuma.management.context import NotPossible
from satsuma.portal.asked import Asked
from satsuma.portal.desk import Desk, to_login
from satsuma.web.languages import N_, say
from satsuma.web.wording import STALE

TABS: Final = (
    ("credentials", N_("Credentials")),
    ("config", N_("Config")),
    ("apis", N_("APIs")),
    ("requests", N_("Requests")),
    ("usage", N_("Usage")),
    ("danger", N_("Danger")),
)


ONLY_SEES: Final = N_(
    "You look at this client space as a viewer: an owner of it can give you another role."
)

Show = Callable[[Asked], Awaitable[Response]]
Take = Callable[[Asked, dict[str, str]], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """Opens the pages of one application to the people of its space, by their roles; for others it is not there."""

    desk: Desk

    def page(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        """A page that shows."""

        async def shown(request: Request) -> Response:
            asked = await self._asked(request)
            return asked if isinstance(asked, Response) else await show(asked)

        return shown

    def form(
        self, take: Take, again: Show, *, fresh: bool = False
    ) -> Callable[[Request], Awaitable[Response]]:
        """A form of such a page, taken from our own page alone and from who may change it.

        `fresh` wants a login of the last five minutes.
        """

        async def taken(request: Request) -> Response:
            form = await self.desk.frame.form(request)
            asked = await self._asked(request)
            if isinstance(asked, Response):
                return asked
            if not asked.here.may("change"):
                request.state.problem = say(request, ONLY_SEES)
                return with_status(await again(asked), 403)
            if fresh and not self.desk.is_fresh(asked.visitor):
                return to_login(request, again=True)
            if form is None:
                request.state.problem = say(request, STALE)
                return with_status(await again(asked), 400)
            try:
                return await take(asked, form)
            except NotPossible as problem:
                request.state.problem = str(problem)
                return with_status(await again(asked), 409)

        return taken

    def show(self, asked: Asked, tab: str, **values: Any) -> Response:
        """Render a page of the application with its tabs."""
        request, client = asked.request, asked.client
        now = self.desk.clock()
        counts = {
            "credentials": sum(each.is_live(now) for each in client.secrets),
            "apis": sum(each.state in ("approved", "pending") for each in client.subscriptions),
        }
        values = {
            "problem": getattr(request.state, "problem", ""),
            "news": getattr(request.state, "news", ""),
            **values,
        }
        return self.desk.show(
            request,
            f"app_{tab}.html",
            asked.here,
            app=client.application,
            client=client,
            tab=tab,
            tabs=TABS if asked.here.may("change") else TABS[:-1],
            wasted=asked.wasted,
            counts=counts,
            now=now,
            **values,
        )

    async def _asked(self, request: Request) -> Asked | Response:
        application_id, now = request.path_params["application_id"], self.desk.clock()
        here = await self.desk.here(request, application_id)
        if here.visitor is None:
            return to_login(request)
        client = await self.desk.own_client(here.visitor, application_id)
        wasted = 0
        if lasts_an_hour(self.desk.issuers):
            wasted = await self.desk.frame.accounts.store.read(
                lambda reader: count_wasted(reader, application_id, now)
            )
        return Asked(request, here, here.visitor, client, wasted)


def with_status(response: Response, status: int) -> Response:
    """A page that was drawn, with the status of what went wrong on it."""
    response.status_code = status
    return response
