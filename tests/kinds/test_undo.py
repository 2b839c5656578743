"""Who had the address before takes it back, whoever changed it meanwhile; who came to it by a change does not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from satsuma.management.accounts import block_account, change_email, unblock_account
from satsuma.management.context import ManagementContext
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, Person, new_person
from tests.signin.browser import letter, link
from tests.wire.server import Server, running_server


@dataclass
class Taken:
    """An account that a thief is logged in to, and its owner too."""

    server: Server
    person: Person
    owner: Agent
    thief: Agent
    emails: list[str] = field(default_factory=list)

    @property
    def own(self) -> str:
        return self.person.email

    def change(self, agent: Agent, new: str) -> None:
        """Change the address on the account page, by the link in the new address's mailbox."""
        had = self.emails.count(new)
        agent.send(agent.open(f"{self.server.pages_url}/account/email"), email=new)
        self.emails.append(new)
        confirm = link(self.server, new, 1 + 2 * had)
        assert agent.send(agent.open(confirm)).status == 200

    def uses(self, undo: str) -> bool:
        """Say whether a link takes the account back."""
        agent = Agent(self.server)
        page = agent.open(undo)
        if page.status != 200:
            return False
        return agent.send(page).url.endswith("/reset?done=restored")

    def address(self) -> str:
        async def look(context: ManagementContext) -> str:
            account_id = self.person.account_id
            account = await context.store.read(lambda reader: reader.find_account(account_id))
            return "" if account is None else account.email

        return self.server.manage(look)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("undo"), options=("--test",)) as running:
        yield running


@pytest.fixture
def taken(server: Server) -> Taken:
    person, owner, thief = new_person(server), Agent(server), Agent(server)
    for agent in (owner, thief):
        agent.log_in(agent.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    return Taken(server, person, owner, thief)


def test_the_owner_takes_the_address_back_after_two_changes(taken: Taken) -> None:
    for n in (1, 2):
        taken.change(taken.thief, f"thief-{n}-{taken.own}")
    assert taken.uses(link(taken.server, taken.own))
    assert taken.address() == taken.own


def test_the_owners_link_is_good_whatever_address_the_thief_goes_to(taken: Taken) -> None:
    for n in (1, 2, 1):
        taken.change(taken.thief, f"thief-{n}-{taken.own}")
    assert taken.uses(link(taken.server, taken.own))
    assert taken.address() == taken.own


def test_an_address_that_came_by_a_change_gets_no_undo(taken: Taken) -> None:
    for n in (1, 2):
        taken.change(taken.thief, f"thief-{n}-{taken.own}")
    told = letter(taken.server, f"thief-1-{taken.own}", 2)
    assert "now has another address" in told
    assert "/account/undo/" not in told


def test_an_owner_who_changes_the_address_back_is_not_undone(taken: Taken) -> None:
    thiefs = f"thief-{taken.own}"
    taken.change(taken.thief, thiefs)
    own_undo = link(taken.server, taken.own)
    taken.emails.append(taken.own)
    taken.owner.send(taken.owner.open(f"{taken.server.pages_url}/account/email"), email=taken.own)
    assert taken.owner.send(taken.owner.open(link(taken.server, taken.own, 2))).status == 200
    assert "/account/undo/" not in letter(taken.server, thiefs, 2)
    assert taken.address() == taken.own
    assert not taken.uses(own_undo)


def test_an_operator_who_gives_the_address_back_is_not_undone(taken: Taken) -> None:
    for n in (1, 2):
        taken.change(taken.thief, f"thief-{n}-{taken.own}")
    undo, last = link(taken.server, taken.own), f"thief-2-{taken.own}"

    async def repair(context: ManagementContext) -> None:
        await block_account(context, last)
        await change_email(context, last, taken.own)
        await unblock_account(context, taken.own)

    taken.server.manage(repair)
    assert "/account/undo/" not in letter(taken.server, f"thief-1-{taken.own}", 2)
    assert not taken.uses(undo)
    assert taken.address() == taken.own
