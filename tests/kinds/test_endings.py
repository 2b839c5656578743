"""What must end, ends: every ending by everything that lives, and what it does not concern goes on.

The links are those of the code's own list; an ending that is added here says for each living thing whether it ends.
"""

import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, get_args

import pytest

from satsuma.domain.accounts import AddLink, LinkPurpose, MailLink
from satsuma.keys.opaque import Digests
from tests.oauth.agent import Agent, Form, Page
from tests.oauth.flow import (
    PASSWORD,
    STANDARD,
    Person,
    again,
    get_code,
    new_client,
    new_person,
    redeem,
    refresh,
)
from tests.servers.upstream import listening
from tests.signin.browser import NEW_PASSWORD
from tests.wire.server import Made, Server, run_satsuma, running_server, wait_until

PATHS: Final[dict[LinkPurpose, str]] = {
    "confirm": "/confirm/",
    "reset": "/reset/",
    "email": "/account/email/",
    "undo": "/account/undo/",
}
TOKENS: Final = {"userinfo", "introspection", "api", "refresh token", "code"}
LINKS: Final = {"confirm", "reset", "email"}
EVERYTHING: Final = {"session", *get_args(LinkPurpose), *TOKENS}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("endings"), options=("--test",)) as running:
        yield running


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[str]:
    with listening() as upstream:
        _, secret = server.new_api("kept", upstream)
        yield secret


def command(server: Server, *arguments: str) -> None:
    own = {**server.environment, "SATSUMA_DATABASE": server.database}
    done = run_satsuma(*arguments, environment=own)
    assert done.returncode == 0, done.stderr


@dataclass
class World:
    """A person in two browsers, with a link of each purpose, at an application that holds tokens and a code.

    The other browser asked for the change of address.
    """

    server: Server
    person: Person
    made: Made
    own: Agent
    other: Agent
    links: dict[str, str]
    tokens: dict[str, Any]
    code: str
    resource: str
    secret: str

    def lives(self, what: str) -> bool:
        """Say whether something lives; a code is spent by asking."""
        if what in self.links:
            return Agent(self.server).open(self.links[what]).status == 200
        if what == "session":
            return self.other.open(f"{self.server.pages_url}/account").url.endswith("/account")
        if what == "refresh token":
            return (
                refresh(self.server, self.made, self.tokens["refresh_token"], STANDARD).status
                == 200
            )
        if what == "code":
            return redeem(self.server, self.made, self.code, STANDARD).status == 200
        token = self.tokens["access_token"]
        if what == "introspection":
            body = urllib.parse.urlencode({"token": token})
            pair = {"client_id": self.resource, "client_secret": self.secret}
            told = self.server.form("/introspect", None, f"{body}&{urllib.parse.urlencode(pair)}")
            return bool(told.json["active"])
        path = "/kept/v1/x" if what == "api" else "/userinfo"
        return self.server.call(path, token).status == 200


async def a_link_of_each_purpose(context: Any, server: Server, person: Person) -> dict[str, str]:
    account_id, digests = person.account_id, Digests(context.vault, "link-digest")
    sessions = await context.store.read(lambda reader: reader.list_sessions(account_id))
    asking = min(sessions, key=lambda each: each.created_at).sid
    ends, made = context.clock() + timedelta(minutes=30), {}
    for purpose, path in PATHS.items():
        token = f"{purpose}-{person.account_id}"
        new = purpose in ("email", "undo")
        to = f"{purpose}-{person.email}" if new else person.email
        sid = asking if purpose == "email" else None
        link = MailLink(digests(token), purpose, account_id, to, ends, sid=sid)
        await context.store.commit(AddLink(link))
        made[purpose] = f"{server.pages_url}{path}{token}"
    return made


def a_world(server: Server, secret: str) -> World:
    person = new_person(server)
    made = new_client(server, apis=("kept",))
    scope = "openid offline_access kept:read"
    code, other = get_code(server, made, person, STANDARD, scope=scope)
    tokens = redeem(server, made, code, STANDARD).json
    page = again(other, made, STANDARD, scope=scope)
    code = other.send(page, decision="allow").query["code"]
    own = Agent(server)
    own.log_in(own.open(f"{server.pages_url}/login"), person.email, PASSWORD)

    links = server.manage(lambda context: a_link_of_each_purpose(context, server, person))

    async def resource(context: Any) -> str:
        (found,) = await context.store.read(lambda reader: reader.list_apis())
        return str(found.resource_id)

    return World(
        server,
        person,
        made,
        own,
        other,
        links,
        tokens,
        code,
        server.manage(resource),
        secret,
    )


def form_to(page: Page, action: str) -> Form:
    return next(form for form in map(page.form, range(10)) if form.action == action)


def unticked(agent: Agent, page: Page, **values: str) -> Page:
    form = page.form()
    form.fields.pop("end_access")
    return agent.send(page, form, **values)


def new_password(world: World) -> None:
    page = world.own.open(f"{world.server.pages_url}/account/password")
    assert unticked(world.own, page, password=NEW_PASSWORD).url.endswith("done=password")


def new_password_and_every_access(world: World) -> None:
    page = world.own.open(f"{world.server.pages_url}/account/password")
    assert world.own.send(page, password=NEW_PASSWORD).url.endswith("done=password")


def reset(world: World) -> None:
    agent = Agent(world.server)
    page = unticked(agent, agent.open(world.links["reset"]), password=NEW_PASSWORD)
    assert page.url.endswith("/account"), page.text[:2000]


def reset_and_every_access(world: World) -> None:
    agent = Agent(world.server)
    page = agent.send(agent.open(world.links["reset"]), password=NEW_PASSWORD)
    assert page.url.endswith("/account")


def change_the_address(world: World) -> None:
    assert world.other.send(world.other.open(world.links["email"])).status == 200


def log_out_everywhere(world: World) -> None:
    page = world.own.open(f"{world.server.pages_url}/account")
    assert world.own.send(page, form_to(page, "/account/sessions")).status == 200


def log_out_the_asking_session(world: World) -> None:
    page = world.other.open(f"{world.server.pages_url}/logout")
    assert world.other.send(page).status == 200


def end_the_asking_session(world: World) -> None:
    page = world.own.open(f"{world.server.pages_url}/account")
    sid = re.findall(r'name="sid" value="(\w+)"', page.text)[-1]
    form = form_to(page, "/account/sessions/end")
    assert world.own.send(page, form, sid=sid).url.endswith("done=session")


def undo(world: World) -> None:
    agent = Agent(world.server)
    page = agent.send(agent.open(world.links["undo"]))
    assert page.url.endswith("/reset?done=restored"), page.text[:2000]
    assert "set a new one" in page.text
    for email in (world.person.email, f"undo-{world.person.email}"):
        login = agent.open(f"{world.server.pages_url}/login")
        assert agent.log_in(login, email, PASSWORD).status == 400


def remove_access(world: World) -> None:
    page = world.own.open(f"{world.server.pages_url}/account/applications")
    form = form_to(page, "/account/applications")
    application_id = world.made.application_id
    page = world.own.send(page, form, application_id=application_id)
    assert page.url.endswith("done=1"), page.text[:2000]


def delete(world: World) -> None:
    """An account goes once no change of its address can be taken back: here an operator settles it."""
    command(world.server, "accounts", "change", world.person.email, "--email", world.person.email)
    page = world.own.open(f"{world.server.pages_url}/account/delete")
    assert world.own.send(page, confirmation="delete my account").status == 200


def revoke_the_refresh_token(world: World) -> None:
    body = f"token={world.tokens['refresh_token']}"
    assert world.server.form("/revoke", world.made, body).status == 200


def revoke_the_access_token(world: World) -> None:
    body = f"token={world.tokens['access_token']}"
    assert world.server.form("/revoke", world.made, body).status == 200


def block_the_person(world: World) -> None:
    command(world.server, "accounts", "block", world.person.email)


def block_the_application(world: World) -> None:
    command(world.server, "apps", "block", world.made.application_id)


def revoke_the_application(world: World) -> None:
    command(world.server, "apps", "revoke", world.made.application_id)


def renew_with_tokens(world: World) -> None:
    from satsuma.management.applications import renew_secret

    async def renew(context: Any) -> Any:
        return await renew_secret(context, world.made.application_id, tokens=True)

    renewed = world.server.manage(renew)
    header = renewed.authorization_header.reveal()
    world.made = replace(world.made, authorization=header)


def rotate_for_a_leak(world: World) -> None:
    command(world.server, "keys", "rotate", "--now")


Ending = Callable[[World], None]
ENDINGS: Final[dict[Ending, set[str]]] = {
    new_password: {"session", *LINKS},
    new_password_and_every_access: {"session", *LINKS, *TOKENS},
    reset: {"session", *LINKS},
    reset_and_every_access: {"session", *LINKS, *TOKENS},
    change_the_address: LINKS,
    log_out_everywhere: {"session", *LINKS},
    log_out_the_asking_session: {"session", "email"},
    end_the_asking_session: {"session", "email"},
    undo: EVERYTHING,
    remove_access: TOKENS,
    delete: EVERYTHING,
    revoke_the_refresh_token: TOKENS - {"code"},
    revoke_the_access_token: {"userinfo", "introspection", "api"},
    block_the_person: EVERYTHING,
    block_the_application: TOKENS,
    revoke_the_application: TOKENS,
    renew_with_tokens: TOKENS,
    rotate_for_a_leak: TOKENS,
}


@pytest.mark.spec("RFC 8707 §2")
def test_everything_lives_before_an_ending(server: Server, api: str) -> None:
    world = a_world(server, api)
    assert {what for what in EVERYTHING if world.lives(what)} == EVERYTHING


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_what_must_end_ends_and_nothing_else(server: Server, api: str, ending: Ending) -> None:
    world, ends = a_world(server, api), ENDINGS[ending]
    wait_until(lambda: world.lives("api"), 2)
    ending(world)
    for what in sorted(ends - {"code", "refresh token"}):
        wait_until(lambda what=what: not world.lives(what), 2, lambda what=what: what)
    ended = {what for what in sorted(EVERYTHING) if not world.lives(what)}
    assert ended == ends


def test_every_purpose_of_a_link_has_its_page() -> None:
    assert set(PATHS) == set(get_args(LinkPurpose))
