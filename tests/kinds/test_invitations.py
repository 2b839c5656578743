"""What an operator sent, no stranger ends; and whom an operator invites has the role and language that were said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from satsuma.management.accounts import find_account, find_by_email
from satsuma.management.context import NotPossible
from tests.oauth.agent import Agent
from tests.signin.browser import NEW_PASSWORD, letter, link
from tests.wire.server import Server, run_satsuma, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("invited"), options=("--test",)) as running:
        yield running


def invite(server: Server, email: str, *options: str) -> dict[str, str]:
    place = server.environment | {"SATSUMA_DATABASE": server.database}
    done = run_satsuma("accounts", "invite", email, "--json", *options, environment=place)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


def stranger(server: Server, path: str, email: str) -> None:
    agent = Agent(server)
    assert agent.send(agent.open(f"{server.pages_url}{path}"), email=email).status == 200


def by_hand(server: Server, email: str) -> str:
    token = invite(server, email, "--print-link")["link"].rpartition("/")[2]
    return f"{server.pages_url}/confirm/{token}"


def by_mail(server: Server, email: str) -> str:
    invite(server, email)
    return link(server, email)


@pytest.mark.parametrize("path", ["/reset", "/sign-up"])
@pytest.mark.parametrize("way", [by_hand, by_mail], ids=lambda way: way.__name__)
def test_a_stranger_ends_no_invitation(
    server: Server, way: Callable[[Server, str], str], path: str
) -> None:
    email = f"{way.__name__}{path.replace('/', '-')}@people.example"
    invited = way(server, email)
    stranger(server, path, email)
    letter(server, email, 1 if way is by_hand else 2)
    agent = Agent(server)
    page = agent.send(agent.open(invited), password=NEW_PASSWORD)
    assert page.url.endswith("/account"), page.text[:2000]


def test_a_second_invitation_ends_the_first(server: Server) -> None:
    first, second = (by_hand(server, "twice@people.example") for _ in range(2))
    agent = Agent(server)
    assert [agent.open(each).status for each in (first, second)] == [410, 200]


ROLES = [("user", "developer"), ("developer", "operator"), ("operator", "user")]


@pytest.mark.parametrize("way", [by_hand, by_mail], ids=lambda way: way.__name__)
@pytest.mark.parametrize(("before", "role"), ROLES)
def test_who_waits_already_gets_the_role_of_the_invitation(
    server: Server, way: Callable[[Server, str], str], before: str, role: str
) -> None:
    email = f"{way.__name__}-{before}-{role}@people.example"
    invite(server, email, "--print-link", "--role", before)
    options = () if way is by_mail else ("--print-link",)
    told = invite(server, email, "--role", role, "--language", "fr", *options)
    assert told["role"] == role
    if way is by_mail:
        letter(server, email)
    account = server.manage(lambda context: find_by_email(context, email))
    assert (account.role, account.locale) == (role, "fr")


def has_space(server: Server, email: str) -> bool:
    try:
        server.manage(lambda context: find_account(context, email))
    except NotPossible:
        return False
    return True


def test_who_becomes_more_than_a_user_has_a_client_space(server: Server) -> None:
    email = "grown@people.example"
    stranger(server, "/sign-up", email)
    letter(server, email)
    assert not has_space(server, email)
    for role in ("developer", "user", "developer"):
        invite(server, email, "--print-link", "--role", role)
        assert has_space(server, email)
