"""The person's side of one process: the parts that login, consent and logout pages share."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import Route

from satsuma.accounts.sessions import Sessions
from satsuma.app.wiring import Platform, person_tools, sealed_requests, utc_now
from satsuma.server.hints import read_hint
from satsuma.server.issuer import Shared
from satsuma.server.issuing import Issuing
from satsuma.server.pages.end_session import EndSession
from satsuma.server.pages.interaction import Interaction
from satsuma.server.pages.leaving import by_a_page
from satsuma.web.cookies import Cookies
from satsuma.web.forms import Forms


@dataclass(frozen=True, slots=True)
class People:
    """What every page with a person works with."""

    platform: Platform
    sessions: Sessions
    cookies: Cookies
    forms: Forms

    def routes(self) -> list[Route]:
        """Give the routes that an authorization request and a logout pass through."""
        platform = self.platform
        opaque = sealed_requests(platform.vault)
        interaction = Interaction(
            issuers={each.issuer.policy.name: each for each in platform.issuers},
            store=platform.store,
            opaque=opaque,
            sessions=self.sessions,
            forms=self.forms,
            cookies=self.cookies,
            issuing=Issuing(platform.store, person_tools(platform).codes, utc_now),
            look_up=platform.follower.look_up,
            hinted_account=self._hinted_account,
            clock=utc_now,
        )
        ending = EndSession(opaque, self.sessions, self.forms, self.cookies)
        return [
            Route("/interaction", by_a_page(interaction.show), methods=["GET"]),
            Route("/interaction", interaction.decided, methods=["POST"]),
            Route("/end-session", ending.show, methods=["GET"]),
            Route("/end-session", ending.decided, methods=["POST"]),
        ]

    async def _hinted_account(self, token: str, shared: Shared) -> str | None:
        """Give the account that an ID token names; one that names nobody we know matches no session."""
        hint = read_hint(shared.ring, shared.issuer.url, token)
        if hint is None:
            return ""
        sub = hint.sub
        found = await self.platform.store.read(lambda reader: reader.find_account_of_subject(sub))
        return found or ""


def build_people(platform: Platform) -> People:
    """Build the parts from a platform."""
    pages_url = platform.settings.pages_url
    cookies = Cookies(secure=pages_url.startswith("https"))
    forms = Forms(platform.vault.derive("form-token"), cookies, pages_url)
    sessions = Sessions(platform.store, platform.vault, utc_now)
    return People(platform, sessions, cookies, forms)
