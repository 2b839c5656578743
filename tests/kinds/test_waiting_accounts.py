"""An address that a stranger typed into sign-up is nobody's: whoever proves to have it, or an operator, takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from satsuma.management.accounts import change_email, create_account, find_by_email
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, Person, new_person
from tests.signin.browser import letter, link
from tests.wire.server import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("waiting"), options=("--test",)) as running:
        yield running


def sign_up(server: Server, email: str) -> None:
    """A stranger types an address; the letter that says so has arrived when this returns."""
    agent = Agent(server)
    assert agent.send(agent.open(f"{server.pages_url}/sign-up"), email=email).status == 200


def logged_in(server: Server, person: Person) -> Agent:
    agent = Agent(server)
    agent.log_in(agent.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    return agent


def change(server: Server, agent: Agent, new: str, number: int = 1) -> None:
    agent.send(agent.open(f"{server.pages_url}/account/email"), email=new)
    assert agent.send(agent.open(link(server, new, number))).status == 200


def test_the_owners_undo_is_not_kept_off_by_a_sign_up(server: Server) -> None:
    person = new_person(server)
    change(server, logged_in(server, person), f"thief-{person.email}")
    undo = link(server, person.email)
    sign_up(server, person.email)
    letter(server, person.email, 2)
    agent = Agent(server)
    assert agent.send(agent.open(undo)).url.endswith("/reset?done=restored")
    found = server.manage(lambda context: find_by_email(context, person.email))
    assert found.account_id == person.account_id


def test_a_change_of_address_is_not_kept_off_by_a_sign_up(server: Server) -> None:
    person = new_person(server)
    wanted = f"wanted-{person.email}"
    sign_up(server, wanted)
    letter(server, wanted)
    change(server, logged_in(server, person), wanted, 2)
    found = server.manage(lambda context: find_by_email(context, wanted))
    assert found.account_id == person.account_id


def test_a_change_is_confirmed_though_somebody_signed_up_after_it_was_asked_for(
    server: Server,
) -> None:
    person = new_person(server)
    wanted, agent = f"late-{person.email}", logged_in(server, person)
    agent.send(agent.open(f"{server.pages_url}/account/email"), email=wanted)
    confirm = link(server, wanted)
    sign_up(server, wanted)
    letter(server, wanted, 2)
    assert agent.send(agent.open(confirm)).url.endswith("done=email")


Operation = Callable[[Any, Person, str], Any]
OPERATIONS: dict[str, Operation] = {
    "create": lambda context, person, email: create_account(context, email),
    "change": lambda context, person, email: change_email(context, person.email, email),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operator_is_not_kept_off_by_a_sign_up(server: Server, operation: str) -> None:
    person = new_person(server)
    email = f"{operation}-{person.email}"
    sign_up(server, email)
    letter(server, email)
    server.manage(lambda context: OPERATIONS[operation](context, person, email))
    found = server.manage(lambda context: find_by_email(context, email))
    assert found.confirmed_at is not None
