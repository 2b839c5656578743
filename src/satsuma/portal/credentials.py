"""The credentials of an application: its ids, the secret and the ready header behind a fresh login, renewal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.management.applications import Credentials, renew_secret, show_credentials
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.asked import Asked
from satsuma.web.languages import N_, say

OVERLAP: Final = timedelta(days=7)
"""How long the earlier secret lives beside a new one."""
_NEWS: Final = {
    "created": N_("Your application is there, with its credentials."),
    "kept": N_("The application is yours now: its credentials and tokens go on."),
    "renewed": N_("There is a new secret. The earlier one ends by itself in 7 days."),
    "ended": N_("There is a new secret, and no other one works any more."),
}


@dataclass(frozen=True, slots=True)
class CredentialPages:
    """Shows credentials, and makes new ones."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        own = self.own
        return [
            Route(f"{base}/credentials", own.page(self.show), methods=["GET"]),
            Route(
                f"{base}/credentials/secret",
                own.form(self.reveal, self.show, fresh=True),
                methods=["POST"],
            ),
            Route(f"{base}/credentials/secret", own.page(self.show), methods=["GET"]),
            Route(
                f"{base}/credentials/renew",
                own.form(self.renew, self.show, fresh=True),
                methods=["POST"],
            ),
            Route(f"{base}/credentials/renew", own.page(self.show), methods=["GET"]),
        ]

    async def show(self, asked: Asked) -> Response:
        """Show the ids, and since when each secret is used; no secret."""
        return self._page(asked, None, _NEWS.get(asked.request.query_params.get("done", ""), ""))

    async def made(self, asked: Asked, credentials: Credentials) -> Response:
        """Show the credentials of an application that was made just now, where they cannot be shown later."""
        return self._page(asked, credentials, _NEWS["created"])

    async def reveal(self, asked: Asked, form: dict[str, str]) -> Response:
        """Show the secret and the ready header; the showing is in the audit."""
        shown = await show_credentials(self.own.desk.context(asked.visitor), asked.named)
        return self._page(asked, shown, "")

    async def renew(self, asked: Asked, form: dict[str, str]) -> Response:
        """Make a second secret, or one in place of all; show it this once."""
        overlap = timedelta(0) if form.get("when") == "now" else OVERLAP
        context = self.own.desk.context(asked.visitor)
        made = await renew_secret(context, asked.named, overlap)
        client = await self.own.desk.own_client(asked.visitor, asked.named)
        news = _NEWS["renewed" if overlap else "ended"]
        return self._page(replace(asked, client=client), made, news)

    def _page(self, asked: Asked, shown: Credentials | None, news: str) -> Response:
        now = self.own.desk.clock()
        secrets = sorted(asked.client.secrets, key=lambda each: each.created_at, reverse=True)
        live = [each for each in secrets if each.is_live(now)]
        request: Request = asked.request
        request.state.news = say(request, news)
        issuer = self.own.desk.issuer("orange-m2m") or self.own.desk.issuer("standard")
        return self.own.show(
            asked,
            "credentials",
            secret=None if shown is None or shown.client_secret is None else shown.client_secret,
            header=None if shown is None else shown.authorization_header,
            live=live,
            keeps=self.own.desk.keeps_secrets,
            token_url=f"{self.own.desk.api_url}{issuer.path if issuer else ''}/token",
        )
