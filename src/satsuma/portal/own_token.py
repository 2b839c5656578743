"""Requests that this server makes for the reader's own application: with its ready header, to its own front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from satsuma.domain.applications import Client
from satsuma.keys.randomness import url_safe
from satsuma.management.applications import show_credentials
from satsuma.portal.desk import Desk, Here
from satsuma.portal.run_it import App, Came, Sent, run


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """Sends what a page has made; `application` answers it."""

    desk: Desk
    application: Callable[[], App]

    async def ask(self, request: Request, sent: Sent) -> Came:
        """Send a request, as from the browser that asked for it."""
        mark = url_safe(9, self.desk.draw)
        source = request.state.source
        return await run(self.application(), sent, source, mark, self.desk.monotonic)

    async def ready_header(self, here: Here, client: Client | None, action: str) -> str:
        """The ready header of the reader's application, whose use is audited.

        Empty where its secret is not kept, and for a viewer, who acts as no application.
        """
        if here.visitor is None or client is None or client.application.public:
            return ""
        if not here.may("change"):
            return ""
        context = self.desk.context(here.visitor)
        shown = await show_credentials(context, client.application.application_id, action)
        header = shown.authorization_header
        return "" if header is None else header.reveal()
