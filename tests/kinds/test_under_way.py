"""What a login or a logout under way rests on, by its removal meanwhile, by each step at which that is seen.

A request is judged by what its client has when it is answered: an address that was removed gets nothing, neither a code
nor an error, and what else was removed is told to the client.
"""

import html
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from satsuma.management.apis import change_api
from satsuma.management.application_changes import change_application
from satsuma.management.applications import revoke_application
from satsuma.management.edits import Edit
from satsuma.management.subscriptions import set_subscription
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import (
    PASSWORD,
    REDIRECT,
    STANDARD,
    Person,
    authorize_url,
    get_code,
    new_client,
    new_person,
    redeem,
)
from tests.servers.upstream import listening
from tests.wire.server import Made, Server, wait_until

OTHER: Final = "https://client.example/another"
PAGE: Final = "a page"


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with listening() as address:
        yield address


@dataclass
class World:
    server: Server
    made: Made
    person: Person
    api: str

    def url(self, **more: str | None) -> str:
        scope = f"openid {self.api}:read"
        return authorize_url(self.server, self.made, STANDARD, **{"scope": scope, **more})

    def manage(self, work: Callable[[Any], Any]) -> None:
        self.server.manage(work)


@pytest.fixture
def world(server: Server, upstream: str) -> World:
    api = f"kept{secrets.token_hex(4)}"
    server.new_api(api, upstream)
    made = new_client(server, apis=(api,), redirect_uris=(REDIRECT, OTHER))
    return World(server, made, new_person(server), api)


def remove_redirect_uri(world: World) -> None:
    edits = {"redirect_uris": Edit(remove=(REDIRECT,))}
    world.manage(lambda desk: change_application(desk, world.made.client_id, edits))


def remove_scope(world: World) -> None:
    edits = {"scopes": Edit(remove=(f"{world.api}:read",))}
    world.manage(lambda desk: change_api(desk, world.api, edits))


def unsubscribe(world: World) -> None:
    named = world.made.client_id, world.api
    world.manage(lambda desk: set_subscription(desk, *named, "revoked"))


def revoke(world: World) -> None:
    world.manage(lambda desk: revoke_application(desk, world.made.client_id))


@dataclass(frozen=True)
class Removal:
    """What is removed, what the request asks besides, and the error that the client is told, or a page."""

    remove: Callable[[World], None]
    told: str
    asks: Callable[[World], dict[str, str]] = lambda world: {}


REMOVALS: Final = {
    "the redirect URI": Removal(remove_redirect_uri, PAGE),
    "the application": Removal(revoke, PAGE),
    "a scope": Removal(remove_scope, "invalid_scope"),
    "the subscription behind a scope": Removal(unsubscribe, "invalid_scope"),
    "the subscription behind a resource": Removal(
        unsubscribe,
        "invalid_target",
        lambda world: {
            "scope": "openid",
            "resource": f"{world.server.api_url}/{world.api}/v1",
        },
    ),
}


def log_in(world: World, agent: Agent, page: Page) -> Page:
    return agent.log_in(page, world.person.email, PASSWORD)


def at_login(world: World, url: str, removal: Callable[[], None]) -> Page:
    agent = Agent(world.server)
    page = agent.open(url)
    assert "/login" in page.url
    removal()
    return log_in(world, agent, page)


def at_consent(decision: str) -> Callable[[World, str, Callable[[], None]], Page]:
    def go(world: World, url: str, removal: Callable[[], None]) -> Page:
        agent = Agent(world.server)
        page = log_in(world, agent, agent.open(url))
        assert "/interaction" in page.url
        removal()
        return agent.send(page, decision=decision)

    return go


def when_all_is_allowed(world: World, url: str, removal: Callable[[], None]) -> Page:
    """The person is logged in and allowed it before: nothing stands between the request and its code."""
    agent = Agent(world.server)
    agent.send(log_in(world, agent, agent.open(url)), decision="allow")
    path = url.removeprefix(world.server.api_url)
    location = world.server.request("GET", path).headers["Location"]
    removal()
    return agent.open(location)


STEPS: Final = {
    "at the login": at_login,
    "at the consent, allowed": at_consent("allow"),
    "at the consent, denied": at_consent("deny"),
    "where all is allowed": when_all_is_allowed,
}


def told(page: Page) -> str:
    """What the client is told: an error, a code, or nothing, since it is a page."""
    if page.left:
        assert page.url.startswith(REDIRECT)
        return page.query.get("error", "a code")
    text = html.unescape(page.text)
    if f'action="{REDIRECT}"' in text:
        return page.form().fields.get("error", "a code")
    assert page.status == 400, text
    assert REDIRECT not in text
    return PAGE


@pytest.mark.spec("RFC 6749 §3.1.2.4")
@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("what", REMOVALS)
def test_what_was_removed_meanwhile_is_not_given(
    world: World, what: str, step: str, mode: str
) -> None:
    removal = REMOVALS[what]
    url = world.url(response_mode=mode, **removal.asks(world))

    def remove() -> None:
        removal.remove(world)
        wait_until(lambda: told_anew(world, url) == removal.told, 5)

    assert told(STEPS[step](world, url, remove)) == removal.told


def told_anew(world: World, url: str) -> str:
    """What a request that begins now is told; the login page says nothing yet."""
    page = Agent(world.server).open(url)
    return "" if page.status == 200 and "/login" in page.url else told(page)


@pytest.mark.parametrize("proven", [True, False], ids=["proven", "asked"])
@pytest.mark.parametrize("registered", ["as logout URI", "as redirect URI"])
@pytest.mark.spec("OIDC RP-Initiated Logout §3")
def test_a_logout_ends_and_returns_nowhere_that_was_removed(
    world: World, registered: str, proven: bool
) -> None:
    server, client_id = world.server, world.made.client_id
    field, removal = "redirect_uris", (REDIRECT,)
    if registered == "as logout URI":
        field = "post_logout_redirect_uris"
        edits = {field: Edit(add=(REDIRECT, OTHER))}
        server.manage(lambda desk: change_application(desk, client_id, edits))
    code, agent = get_code(server, world.made, world.person, STANDARD)
    query = {"post_logout_redirect_uri": REDIRECT, "state": "s"}
    token = redeem(server, world.made, code, STANDARD).json["id_token"]
    query |= {"id_token_hint": token} if proven else {"client_id": client_id}
    path = f"/logout?{urllib.parse.urlencode(query)}"
    wait_until(lambda: server.request("GET", path).status == 303, 5)
    location = server.request("GET", path).headers["Location"]
    page = None if proven else agent.open(location)
    gone = {field: Edit(remove=removal)}
    server.manage(lambda desk: change_application(desk, client_id, gone))
    page = agent.open(location) if page is None else agent.send(page)
    assert (page.left, page.status) == (False, 200)
    assert REDIRECT not in html.unescape(page.text)
    assert "/login" in agent.open(world.url(redirect_uri=OTHER)).url
