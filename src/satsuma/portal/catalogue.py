"""The catalogue of APIs, and the page of each: addresses, scopes, limits, a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.apis import Api
from satsuma.domain.limits import DAY, HOUR, MINUTE, MONTH
from satsuma.portal.desk import Desk, Here
from satsuma.portal.guides import example_path
from satsuma.portal.reference.documents import Documents
from satsuma.store.port import Reader
from satsuma.web.languages import N_, language_of
from satsuma.web.scope_sentences import scope_sentences

LONGEST_SOUGHT: Final = 100
WINDOWS: Final = {
    MINUTE: N_("Calls a minute"),
    HOUR: N_("Calls an hour"),
    DAY: N_("Calls a day"),
    MONTH: N_("Calls a month"),
}


@dataclass(frozen=True, slots=True)
class ApiPages:
    """Shows the APIs to everybody; a private one to who has a subscription alone."""

    desk: Desk
    documents: Documents

    async def index(self, request: Request) -> Response:
        """List the APIs whose title, name or description has the words that are sought."""
        here = await self.desk.here(request)
        states = await states_of(self.desk, here)
        sought = request.query_params.get("q", "").strip()[:LONGEST_SOUGHT]
        words = sought.casefold().split()
        shown = self.desk.shown_apis(_held(states))
        found = [api for api in shown if all(word in _words(api) for word in words)]
        return self.desk.show(request, "apis.html", here, apis=found, states=states, sought=sought)

    async def one(self, request: Request) -> Response:
        """Show an API."""
        here = await self.desk.here(request)
        states = await states_of(self.desk, here)
        api = asked_api(self.desk, request, states)
        language = language_of(request)
        scopes = list(dict.fromkeys(rule.scope for rule in api.scopes))
        return self.desk.show(
            request,
            "api.html",
            here,
            api=api,
            issuers=[each for each in self.desk.issuers if each.name in api.issuers],
            scopes=scope_sentences(scopes, (), self.desk.apis(), language),
            windows=WINDOWS,
            example=example_path(api),
            state=states.get(api.api_id, ""),
            document=await self.documents.find(api),
        )


def asked_api(desk: Desk, request: Request, states: Mapping[str, str]) -> Api:
    """The API of a path, as far as the reader may see it; raises HTTPException 404."""
    name, version = request.path_params["name"], request.path_params["version"]
    for api in desk.shown_apis(_held(states)):
        if (api.name, str(api.version)) == (name, version):
            return api
    raise HTTPException(404)


async def states_of(desk: Desk, here: Here) -> Mapping[str, str]:
    """How the chosen application stands with each API."""
    if here.chosen is None:
        return {}
    client_id = here.chosen.client_id

    def look(reader: Reader) -> dict[str, str]:
        client = reader.find_client(client_id)
        held = () if client is None else client.subscriptions
        return {each.api_id: each.state for each in held}

    return await desk.frame.accounts.store.read(look)


def _held(states: Mapping[str, str]) -> set[str]:
    """The APIs that an application may call, or waits for."""
    return {api_id for api_id, state in states.items() if state in ("approved", "pending")}


def _words(api: Api) -> str:
    return f"{api.title} {api.name} {api.description}".casefold()
