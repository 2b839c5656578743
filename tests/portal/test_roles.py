"""Every route of the portal, asked by every role: who may, who is sent to the login, for whom it is not there."""

import re
from dataclasses import dataclass
from typing import Final

import pytest

from tests.oauth.agent import Agent, Form, Page
from tests.portal.developer import Developer, developer, form_to
from tests.portal.test_people import join
from tests.signin.routes import page_routes
from tests.wire.server import Server

# What each route answers: to a stranger; to a viewer, a developer and an owner of the client space; to the owner of
# another one.
ROUTES: Final = {
    "GET /": (200, 200, 200, 200, 200),
    "GET /llms.txt": (200, 200, 200, 200, 200),
    "GET /errors/": (200, 200, 200, 200, 200),
    "POST /errors/": (200, 200, 200, 200, 200),
    "GET /errors/{slug}": (200, 200, 200, 200, 200),
    "GET /apis": (200, 200, 200, 200, 200),
    "GET /apis/{name}/v{version}": (404, 404, 404, 404, 404),
    "GET /apis/{name}/v{version}/openapi.json": (404, 404, 404, 404, 404),
    "GET /apis/{name}/v{version}/tags/{tag}": (404, 404, 404, 404, 404),
    "GET /apis/{name}/v{version}/schemas/{schema}": (404, 404, 404, 404, 404),
    "GET /apis/{name}/v{version}/operations/{operation}": (404, 404, 404, 404, 404),
    "POST /apis/{name}/v{version}/operations/{operation}": (404, 404, 404, 404, 404),
    "GET /faq": (404, 404, 404, 404, 404),
    "GET /news": (404, 404, 404, 404, 404),
    "GET /support": (404, 404, 404, 404, 404),
    "GET /guides/introduction": (200, 200, 200, 200, 200),
    "GET /guides": (200, 200, 200, 200, 200),
    "GET /guides/{guide}/{step}": (200, 200, 200, 200, 200),
    "POST /guides/{guide}/{step}": (303, 200, 200, 200, 200),
    "GET /guides/oauth-u2m/2/back": (303, 303, 303, 303, 303),
    "GET /myapps": (303, 200, 200, 200, 200),
    "POST /myapps": (303, 403, 400, 400, 400),
    "POST /choose": (303, 303, 303, 303, 303),
    "GET /myapps/people": (303, 200, 200, 200, 200),
    "GET /myapps/people/again": (303, 200, 200, 200, 200),
    "GET /myapps/people/withdraw": (303, 200, 200, 200, 200),
    "GET /myapps/people/role": (303, 200, 200, 200, 200),
    "GET /myapps/people/remove": (303, 200, 200, 200, 200),
    "GET /myapps/people/leave": (303, 200, 200, 200, 200),
    "GET /myapps/people/name": (303, 200, 200, 200, 200),
    "POST /myapps/people": (303, 403, 403, 400, 404),
    "POST /myapps/people/again": (303, 403, 403, 409, 404),
    "POST /myapps/people/withdraw": (303, 403, 403, 409, 404),
    "POST /myapps/people/role": (303, 403, 403, 409, 404),
    "POST /myapps/people/remove": (303, 403, 403, 409, 404),
    "POST /myapps/people/name": (303, 403, 403, 409, 404),
    "POST /myapps/people/leave": (303, 409, 409, 409, 404),
    "GET /myapps/join/{token}": (404, 404, 404, 404, 404),
    "POST /myapps/join/{token}": (404, 404, 404, 404, 404),
    "GET /generator": (200, 200, 200, 200, 200),
    "POST /generator": (400, 400, 400, 400, 400),
    "GET /try": (404, 404, 404, 404, 404),
    "POST /try": (404, 404, 404, 404, 404),
    "POST /try/keep": (404, 404, 404, 404, 404),
    "GET /myapps/{id}/credentials": (303, 200, 200, 200, 404),
    "POST /myapps/{id}/credentials/secret": (303, 403, 200, 200, 404),
    "GET /myapps/{id}/credentials/secret": (303, 200, 200, 200, 404),
    "POST /myapps/{id}/credentials/renew": (303, 403, 200, 200, 404),
    "GET /myapps/{id}/credentials/renew": (303, 200, 200, 200, 404),
    "GET /myapps/{id}/config": (303, 200, 200, 200, 404),
    "POST /myapps/{id}/config": (303, 403, 200, 200, 404),
    "GET /myapps/{id}/apis": (303, 200, 200, 200, 404),
    "POST /myapps/{id}/apis": (303, 403, 409, 409, 404),
    "POST /myapps/{id}/apis/leave": (303, 403, 409, 409, 404),
    "GET /myapps/{id}/apis/leave": (303, 200, 200, 200, 404),
    "GET /myapps/{id}/usage": (303, 200, 200, 200, 404),
    "GET /myapps/{id}/usage.csv": (303, 200, 200, 200, 404),
    "GET /myapps/{id}/requests": (303, 200, 200, 200, 404),
    "GET /myapps/{id}/requests/{request}": (303, 404, 404, 404, 404),
    "POST /myapps/{id}/requests/{request}": (303, 404, 404, 404, 404),
    "GET /myapps/{id}/danger": (303, 200, 200, 200, 404),
    "POST /myapps/{id}/danger/delete": (303, 403, 400, 400, 404),
    "GET /myapps/{id}/danger/delete": (303, 200, 200, 200, 404),
}
# What a form says besides, where that decides what it is answered.
FORMS: Final = {
    "POST /myapps/{id}/credentials/renew": {"when": "now"},
    "POST /myapps/people": {"role": "viewer"},
    "POST /myapps/people/role": {"account": "acc_none", "was": "viewer", "role": "owner"},
    "POST /myapps/people/remove": {"account": "acc_none", "was": "viewer"},
    "POST /myapps/people/leave": {"was": "owner"},
    "POST /myapps/people/name": {"was": "another name", "name": "New"},
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
    "{token}": "x" * 43,
}
ROOMS: Final = r"\^/(\$|errors|apis|guides|faq|news|support|myapps|choose|try|generator|llms)"


@dataclass(frozen=True)
class People:
    owner: Developer
    developer: Developer
    viewer: Developer
    other: Developer
    application: str
    space: str

    @property
    def members(self) -> dict[str, Developer]:
        return {"viewer": self.viewer, "developer": self.developer, "owner": self.owner}


@pytest.fixture(scope="module")
def people(server: Server) -> People:
    owner, others = developer(server), [developer(server) for _ in range(3)]
    application = owner.create("Ours alone")
    for other, role in zip(others, ("developer", "viewer"), strict=False):
        join(owner, other, role)
    space = form_to(owner.open("/myapps/people"), "/myapps/people").fields["space"]
    return People(owner, *others, application, space)


def path_of(route: str, application: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    for name, value in (FILLED | {"{id}": application}).items():
        path = path.replace(name, value)
    return method, path


def answer(
    server: Server, agent: Agent, method: str, path: str, more: dict[str, str] | None = None
) -> Page:
    """The first answer: no redirect is followed."""
    url = f"{server.pages_url}{path}"
    if method == "GET":
        return agent._fetch("GET", url, None, None)
    login = agent.open(f"{server.pages_url}/errors/")
    fields: dict[str, str] = {}
    for index in range(5):
        form: Form = login.form(index)
        fields = form.fields
        if "form_token" in fields:
            break
    sent = {"form_token": fields["form_token"], **(more or {})}
    return agent._fetch("POST", url, sent, url)


def asked(
    server: Server, agent: Agent, method: str, path: str, more: dict[str, str] | None = None
) -> int:
    return answer(server, agent, method, path, more).status


def forms_of(page: Page) -> set[str]:
    """Where the forms of a page post to."""
    tags = [each for each in re.findall(r"<form\b[^>]*>", page.text) if 'method="post"' in each]
    return {each.partition('action="')[2].partition('"')[0].partition("#")[0] for each in tags}


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_each_as_its_row_says(server: Server, people: People, route: str) -> None:
    method, path = path_of(route, people.application)
    more = {"space": people.space} if route.startswith("POST /myapps/people") else {}
    more |= FORMS.get(route, {})
    known = (*people.members.values(), people.other)
    agents = (Agent(server), *(each.agent for each in known))
    answers = tuple(asked(server, agent, method, path, more) for agent in agents)
    assert answers == ROUTES[route]


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


@pytest.mark.parametrize(("column", "role"), [(1, "viewer"), (2, "developer"), (3, "owner")])
def test_no_page_offers_a_form_that_its_reader_may_not_send(
    server: Server, people: People, column: int, role: str
) -> None:
    """Every form of every page leads to a route whose row lets this role send it, at the table's word."""
    refused = {
        path_of(route, people.application) for route, row in ROUTES.items() if row[column] == 403
    }
    assert bool(refused) == (role != "owner")
    looked = 0
    for route, row in ROUTES.items():
        method, path = path_of(route, people.application)
        if method == "GET" and row[column] == 200 and not path.endswith((".csv", ".txt")):
            looked += 1
            for to in forms_of(people.members[role].open(path)):
                assert ("POST", to) not in refused, route
    assert looked > 20


def test_no_answer_to_a_viewer_has_the_secret(server: Server, people: People) -> None:
    secret = people.owner.secret(people.application)
    assert len(secret) > 20
    for route in ROUTES:
        method, path = path_of(route, people.application)
        assert secret not in answer(server, people.viewer.agent, method, path).text, route


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
