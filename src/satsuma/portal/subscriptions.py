"""The APIs of an application: subscribed, waiting, refused with the reason, and those that can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from satsuma.domain.apis import Api
from satsuma.domain.subscriptions import Subscription
from satsuma.management.context import NotPossible
from satsuma.management.subscriptions import (
    LEFT,
    WITHDRAWN,
    ask_subscription,
    leave_subscription,
)
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.asked import Asked
from satsuma.web.languages import N_, say
from satsuma.web.pages import see

_NO_API: Final = N_("There is no such API here.")
_NEWS: Final = {
    "fixed": N_("Asked for: below is how it stands."),
    "approved": N_("Subscribed: the application’s token works there now."),
    "pending": N_("Asked: a person decides, and you find the decision here."),
    "left": N_("Left: the application’s token is refused there from now on."),
}


@dataclass(frozen=True, slots=True)
class SubscriptionPages:
    """Shows subscriptions, asks for one, leaves one."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        own = self.own
        return [
            Route(f"{base}/apis", own.page(self.show), methods=["GET"]),
            Route(f"{base}/apis", own.form(self.subscribe, self.show), methods=["POST"]),
            Route(f"{base}/apis/leave", own.form(self.leave, self.show), methods=["POST"]),
            Route(f"{base}/apis/leave", own.page(self.show), methods=["GET"]),
        ]

    async def show(self, asked: Asked) -> Response:
        """Show what the application may call, and what it might."""
        asked.request.state.news = say(
            asked.request, _NEWS.get(asked.request.query_params.get("done", ""), "")
        )
        held = {each.api_id: each for each in asked.client.subscriptions}
        apis = {api.api_id: api for api in self.own.desk.apis()}
        by_state: dict[str, list[tuple[Api, Subscription]]] = {}
        for api_id, each in held.items():
            if api_id in apis:
                by_state.setdefault(each.state, []).append((apis[api_id], each))
        theirs = (LEFT, WITHDRAWN)
        ended = [pair for pair in by_state.get("revoked", []) if pair[1].reason not in theirs]
        gone = {api.api_id for api, each in by_state.get("revoked", []) if each.reason in theirs}
        offered = [
            api
            for api in self.own.desk.shown_apis()
            if api.life_cycle == "live"
            and (api.sandbox or not asked.here.is_tried)
            and (api.api_id in gone or (api.api_id not in held and api.access != "private"))
        ]
        return self.own.show(
            asked,
            "apis",
            approved=by_state.get("approved", []),
            waiting=by_state.get("pending", []),
            refused=[*by_state.get("refused", []), *ended],
            offered=offered,
        )

    async def subscribe(self, asked: Asked, form: dict[str, str]) -> Response:
        """Subscribe at once, or ask for a decision."""
        api = self._named(asked, form)
        now = await ask_subscription(self.own.desk.context(asked.visitor), asked.named, api)
        return see(f"/myapps/{asked.named}/apis?done={now.state}")

    async def leave(self, asked: Asked, form: dict[str, str]) -> Response:
        """End a subscription, or the waiting for one."""
        api = self._named(asked, form)
        await leave_subscription(self.own.desk.context(asked.visitor), asked.named, api)
        return see(f"/myapps/{asked.named}/apis?done=left")

    def _named(self, asked: Asked, form: dict[str, str]) -> str:
        """The API that a form names; one that is not shown to this application is as if it were not there.

        Raises NotPossible.
        """
        held = {each.api_id for each in asked.client.subscriptions}
        shown = {
            f"{api.name}:{api.version}"
            for api in self.own.desk.apis()
            if api.api_id in held or (api.access != "private" and api.life_cycle == "live")
        }
        named = form.get("api", "")
        if named not in shown:
            raise NotPossible("api-unknown", say(asked.request, _NO_API))
        return named
