"""The APIs of an application: subscribed, waiting, refused with the reason, and those that can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from satsuma.domain.apis import Api
from satsuma.domain.subscriptions import Subscription
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
        context = self.own.desk.context(asked.visitor)
        now = await ask_subscription(context, asked.named, form.get("api", ""))
        return see(f"/myapps/{asked.named}/apis?done={now.state}")

    async def leave(self, asked: Asked, form: dict[str, str]) -> Response:
        """End a subscription, or the waiting for one."""
        context = self.own.desk.context(asked.visitor)
        await leave_subscription(context, asked.named, form.get("api", ""))
        return see(f"/myapps/{asked.named}/apis?done=left")
