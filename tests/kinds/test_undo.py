"""Who had the address before takes it back, however often and by whoever it was changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, Person, new_person
from tests.signin.browser import link
from tests.wire.server import Server, running_server


@dataclass
class Taken:
    """An account whose address a thief changed twice; whoever had an address holds the link that takes it back."""

    server: Server
    person: Person
    undo: dict[str, str]

    @property
    def own(self) -> str:
        return self.person.email

    def uses(self, address: str) -> bool:
        """Say whether the link that went to that address takes the account back to it."""
        agent = Agent(self.server)
        page = agent.open(self.undo[address])
        if page.status != 200:
            return False
        return agent.send(page).url.endswith("/reset?done=restored")

    def address(self) -> str:
        async def look(context: Any) -> Any:
            account_id = self.person.account_id
            return await context.store.read(lambda reader: reader.find_account(account_id))

        return str(self.server.manage(look).email)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("undo"), options=("--test",)) as running:
        yield running


@pytest.fixture
def taken(server: Server) -> Taken:
    person, thief = new_person(server), Agent(server)
    thief.log_in(thief.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    before, undo = person.email, {}
    for n in (1, 2):
        new = f"thief-{n}-{person.email}"
        thief.send(thief.open(f"{server.pages_url}/account/email"), email=new)
        assert thief.send(thief.open(link(server, new))).status == 200
        undo[before] = link(server, before, n)
        before = new
    return Taken(server, person, undo)


def test_the_owner_takes_the_address_back_after_two_changes(taken: Taken) -> None:
    assert taken.uses(taken.own)
    assert taken.address() == taken.own


def test_a_thief_who_undoes_his_own_change_leaves_the_owners_link_good(taken: Taken) -> None:
    thiefs = f"thief-1-{taken.own}"
    assert taken.uses(thiefs)
    assert taken.address() == thiefs
    assert taken.uses(taken.own)
    assert taken.address() == taken.own


def test_after_the_owner_no_later_link_takes_the_address_again(taken: Taken) -> None:
    assert taken.uses(taken.own)
    assert not taken.uses(f"thief-1-{taken.own}")
    assert taken.address() == taken.own
