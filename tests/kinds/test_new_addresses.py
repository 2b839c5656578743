"""A new address is confirmed by who has both: its mailbox, and the account that asked. Two changes at once are told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from satsuma.management.accounts import change_email, find_by_email
from satsuma.management.context import NotPossible
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, Person, new_person
from tests.signin.browser import letter, link
from tests.wire.server import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("new"), options=("--test",)) as running:
        yield running


def logged_in(server: Server, person: Person) -> Agent:
    agent = Agent(server)
    agent.log_in(agent.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    return agent


def asked(server: Server, person: Person) -> tuple[Agent, str]:
    """An account asks for an address that is a stranger's: its browser, and the address."""
    agent, strangers = logged_in(server, person), f"stranger-{person.email}"
    agent.send(agent.open(f"{server.pages_url}/account/email"), email=strangers)
    return agent, strangers


def masked(person: Person) -> str:
    return f"{person.email[0]}•••@people.example"


def test_the_letter_names_the_account_that_asked_and_when(server: Server) -> None:
    person = new_person(server)
    _, strangers = asked(server, person)
    told = letter(server, strangers)
    assert masked(person) in told
    assert person.email not in told.replace(strangers, "")
    assert "UTC" in told
    assert "do nothing" in told


@pytest.mark.parametrize("who", ["nobody", "another"])
def test_a_stranger_who_follows_the_link_joins_no_account(server: Server, who: str) -> None:
    person = new_person(server)
    asking, strangers = asked(server, person)
    stranger = Agent(server) if who == "nobody" else logged_in(server, new_person(server))
    page = stranger.open(link(server, strangers))
    assert page.status == 200
    assert masked(person) in page.text
    assert person.email not in page.text.replace(strangers, "")
    assert "log in" in page.text.lower()

    theirs = asking.open(link(server, strangers))
    form = theirs.form()
    form.fields.update(stranger.open(f"{server.pages_url}/reset").form().fields)
    form.fields.pop("email", None)
    assert stranger.send(page, form).status == 403
    found = server.manage(lambda context: find_by_email(context, person.email))
    assert found.account_id == person.account_id


def test_who_has_both_confirms_on_another_machine_after_a_login(server: Server) -> None:
    person = new_person(server)
    _, new = asked(server, person)
    elsewhere = Agent(server)
    page = elsewhere.open(link(server, new))
    login = next(each for each in page_links(page.text) if each.startswith("/login"))
    page = elsewhere.log_in(elsewhere.open(f"{server.pages_url}{login}"), person.email, PASSWORD)
    assert page.url == link(server, new)
    assert elsewhere.send(page).url.endswith("done=email")
    found = server.manage(lambda context: find_by_email(context, new))
    assert found.account_id == person.account_id


def page_links(text: str) -> list[str]:
    from tests.oauth.agent import _Reader

    reader = _Reader()
    reader.feed(text)
    return reader.links


async def told(context: object, person: Person, new: str) -> str:
    try:
        await change_email(context, person.email, new)  # type: ignore[arg-type]
    except NotPossible as refused:
        return refused.slug
    return "done"


def test_of_two_changes_at_once_the_second_is_told(server: Server) -> None:
    person = new_person(server)

    async def both(context: object) -> list[str]:
        names = [f"{n}-{person.email}" for n in "ab"]
        return await asyncio.gather(*(told(context, person, new) for new in names))

    assert sorted(server.manage(both)) == ["done", "email-moved"]
