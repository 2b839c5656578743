"""Connected applications: what each may do, since when, and *Remove access*."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts.connected_applications import list_connected, remove_access
from satsuma.accounts.context import Declined
from satsuma.domain.apis import Api
from satsuma.web.frame import Frame, Visitor
from satsuma.web.languages import N_, language_of, say
from satsuma.web.pages import see
from satsuma.web.scope_sentences import scope_sentences
from satsuma.web.wording import STALE, why_declined


@dataclass(frozen=True, slots=True)
class ConnectedPages:
    """Shows the applications with access and takes it back; `apis` gives the APIs as they are now."""

    frame: Frame
    apis: Callable[[], Iterable[Api]]

    async def show(self, request: Request) -> Response:
        """List the applications."""
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login?to=/account/applications")
        news = N_("The access was removed.") if request.query_params.get("done") else ""
        return await self._list(request, visitor, news=say(request, news))

    async def remove(self, request: Request) -> Response:
        """Take back what an application has; its tokens stop within a second."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login?to=/account/applications")
        if form is None:
            return await self._list(request, visitor, 400, problem=say(request, STALE))
        application_id = form.get("application_id", "")
        try:
            await remove_access(self.frame.accounts, visitor.account, application_id)
        except Declined as declined:
            problem = why_declined(request, declined)
            return await self._list(request, visitor, 409, problem=problem)
        return see("/account/applications?done=1")

    async def _list(
        self,
        request: Request,
        visitor: Visitor,
        status: int = 200,
        news: str = "",
        problem: str = "",
    ) -> Response:
        apis, language = tuple(self.apis()), language_of(request)
        found = await list_connected(self.frame.accounts, visitor.account)
        listed = [(each, scope_sentences(each.scopes, (), apis, language)) for each in found]
        return self.frame.show(
            request,
            "applications.html",
            status,
            visitor,
            connected=listed,
            news=news,
            problem=problem,
        )
