"""Every route of the portal, asked by everybody: who may, who is sent to the login, for whom it is not there."""

import re
from dataclasses import dataclass
from typing import Final

import pytest

from tests.oauth.agent import Agent, Form
from tests.portal.developer import Developer, developer
from tests.signin.routes import page_routes
from tests.wire.server import Server

# What each route answers: to a stranger, to the owner, to the owner of another space.
ROUTES: Final = {
    "GET /": (200, 200, 200),
    "GET /llms.txt": (200, 200, 200),
    "GET /errors/": (200, 200, 200),
    "POST /errors/": (200, 200, 200),
    "GET /errors/{slug}": (200, 200, 200),
    "GET /apis": (200, 200, 200),
    "GET /apis/{name}/v{version}": (404, 404, 404),
    "GET /apis/{name}/v{version}/openapi.json": (404, 404, 404),
    "GET /apis/{name}/v{version}/tags/{tag}": (404, 404, 404),
    "GET /apis/{name}/v{version}/schemas/{schema}": (404, 404, 404),
    "GET /apis/{name}/v{version}/operations/{operation}": (404, 404, 404),
    "POST /apis/{name}/v{version}/operations/{operation}": (404, 404, 404),
    "GET /guides": (200, 200, 200),
    "GET /guides/introduction": (200, 200, 200),
    "GET /faq": (404, 404, 404),
    "GET /news": (404, 404, 404),
    "GET /support": (404, 404, 404),
    "GET /guides/{guide}/{step}": (200, 200, 200),
    "POST /guides/{guide}/{step}": (303, 200, 200),
    "GET /guides/oauth-u2m/2/back": (303, 303, 303),
    "GET /myapps": (303, 200, 200),
    "POST /myapps": (303, 400, 400),
    "POST /choose": (303, 303, 303),
    "GET /generator": (200, 200, 200),
    "POST /generator": (400, 400, 400),
    "GET /try": (404, 404, 404),
    "POST /try": (404, 404, 404),
    "POST /try/keep": (404, 404, 404),
    "GET /myapps/{id}/credentials": (303, 200, 404),
    "POST /myapps/{id}/credentials/secret": (303, 200, 404),
    "GET /myapps/{id}/credentials/secret": (303, 200, 404),
    "POST /myapps/{id}/credentials/renew": (303, 200, 404),
    "GET /myapps/{id}/credentials/renew": (303, 200, 404),
    "GET /myapps/{id}/config": (303, 200, 404),
    "POST /myapps/{id}/config": (303, 200, 404),
    "GET /myapps/{id}/apis": (303, 200, 404),
    "POST /myapps/{id}/apis": (303, 409, 404),
    "POST /myapps/{id}/apis/leave": (303, 409, 404),
    "GET /myapps/{id}/apis/leave": (303, 200, 404),
    "GET /myapps/{id}/usage": (303, 200, 404),
    "GET /myapps/{id}/usage.csv": (303, 200, 404),
    "GET /myapps/{id}/requests": (303, 200, 404),
    "GET /myapps/{id}/requests/{request}": (303, 404, 404),
    "POST /myapps/{id}/requests/{request}": (303, 404, 404),
    "GET /myapps/{id}/danger": (303, 200, 404),
    "POST /myapps/{id}/danger/delete": (303, 400, 404),
    "GET /myapps/{id}/danger/delete": (303, 200, 404),
}
FILLED: Final = {
    "{slug}": "token-expired",
    "{name}": "none",
    "{version}": "1",
    "{tag}": "none",
    "{schema}": "none",
    "{operation}": "none",
    "{guide}": "oauth-m2m",
    "{step}": "2",
    "{request}": "0" * 24,
}
ROOMS: Final = r"\^/(\$|errors|apis|guides|faq|news|support|myapps|choose|try|generator|llms)"


@dataclass(frozen=True)
class People:
    owner: Developer
    other: Developer
    application: str


@pytest.fixture(scope="module")
def people(server: Server) -> People:
    owner = developer(server)
    return People(owner, developer(server), owner.create("Mine alone"))


def path_of(route: str, application: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    for name, value in (FILLED | {"{id}": application}).items():
        path = path.replace(name, value)
    return method, path


def asked(server: Server, agent: Agent, method: str, path: str) -> int:
    """The status of the first answer: no redirect is followed."""
    url = f"{server.pages_url}{path}"
    if method == "GET":
        return agent._fetch("GET", url, None, None).status
    login = agent.open(f"{server.pages_url}/errors/")
    fields: dict[str, str] = {}
    for index in range(5):
        form: Form = login.form(index)
        fields = form.fields
        if "form_token" in fields:
            break
    return agent._fetch("POST", url, {"form_token": fields["form_token"]}, url).status


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_each_as_its_row_says(server: Server, people: People, route: str) -> None:
    method, path = path_of(route, people.application)
    agents = (Agent(server), people.owner.agent, people.other.agent)
    assert tuple(asked(server, agent, method, path) for agent in agents) == ROUTES[route]


def test_another_space_is_as_if_it_were_not_there(server: Server, people: People) -> None:
    """What somebody else's application answers is what one that nobody has answers."""
    for route in ROUTES:
        if "{id}" in route:
            method, theirs = path_of(route, people.application)
            _, nobodys = path_of(route, "app_" + "x" * 20)
            statuses = {
                asked(server, people.other.agent, method, path) for path in (theirs, nobodys)
            }
            assert statuses == {404}, route


def test_every_route_of_the_portal_has_a_row() -> None:
    known = {path_of(route, "app_1") for route in ROUTES}
    for method, pattern in page_routes():
        if re.match(ROOMS, pattern.pattern):
            found = [path for how, path in known if how == method and pattern.match(path)]
            assert found, f"{method} {pattern.pattern}"


def test_the_portal_may_load_its_own_script_and_no_other_page_any(
    server: Server, people: People
) -> None:
    """The policy of each page that a path alone leads to: nothing inline; none at all where a password is typed."""
    for method, pattern in page_routes():
        path = pattern.pattern.strip("^$")
        if method != "GET" or "(" in path or path in ("/account/data", "/language"):
            continue
        page = people.owner.open(path)
        policy = str(page.headers and page.headers["content-security-policy"])
        of_the_portal = "/portal." in page.text
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy, path
        assert ("script-src 'self'" in policy) == of_the_portal, path
        assert of_the_portal == bool(re.match(ROOMS, pattern.pattern)) or page.status == 404, path
