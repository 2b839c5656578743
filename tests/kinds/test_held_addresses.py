"""An address that may take a change back is given to nobody else at any door, and its account does not go meanwhile."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from satsuma.domain.accounts import AddLink, EndUndos, MailLink, UseLink
from satsuma.keys.opaque import Digests
from satsuma.management.accounts import (
    block_account,
    change_email,
    create_account,
    find_by_email,
    unblock_account,
)
from satsuma.management.context import ManagementContext, NotPossible
from tests.kinds.test_undo import Taken
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD, new_person
from tests.signin.browser import letter, link
from tests.wire.server import Server, run_satsuma, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("held"), options=("--test",)) as running:
        yield running


@pytest.fixture
def held(server: Server) -> Taken:
    """An account whose address a thief has changed; the owner's undo lives."""
    person, thief = new_person(server), Agent(server)
    thief.log_in(thief.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    taken = Taken(server, person, thief, thief)
    taken.change(thief, f"thief-{taken.own}")
    return taken


def logged_in(server: Server) -> Agent:
    agent = Agent(server)
    agent.log_in(agent.open(f"{server.pages_url}/login"), new_person(server).email, PASSWORD)
    return agent


def command(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    place = server.environment | {"SATSUMA_DATABASE": server.database}
    return run_satsuma(*words, environment=place)


def sign_up(taken: Taken) -> None:
    agent = Agent(taken.server)
    sent = agent.send(agent.open(f"{taken.server.pages_url}/sign-up"), email=taken.own)
    assert sent.status == 200


def forget(taken: Taken) -> None:
    agent = Agent(taken.server)
    assert agent.send(agent.open(f"{taken.server.pages_url}/reset"), email=taken.own).status == 200


def ask_for_it(taken: Taken) -> None:
    agent = logged_in(taken.server)
    sent = agent.send(agent.open(f"{taken.server.pages_url}/account/email"), email=taken.own)
    assert sent.status == 200


@pytest.mark.parametrize("door", [sign_up, forget, ask_for_it], ids=lambda door: door.__name__)
def test_a_page_answers_as_ever_and_the_mailbox_alone_is_told(
    held: Taken, door: Callable[[Taken], None]
) -> None:
    undo = link(held.server, held.own)
    door(held)
    told = letter(held.server, held.own, 2)
    assert "can undo that" in told
    assert "http" not in told.partition("\n--\n")[0]
    assert held.uses(undo)
    assert held.address() == held.own


def test_a_change_that_was_asked_for_before_is_not_confirmed(server: Server) -> None:
    person, other, thief = new_person(server), logged_in(server), Agent(server)
    taken = Taken(server, person, thief, thief)
    wanted = f"wanted-{person.email}"
    other.send(other.open(f"{server.pages_url}/account/email"), email=wanted)
    confirm = link(server, wanted)

    thief.log_in(thief.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    server.manage(lambda context: change_email(context, person.email, wanted))
    person.email = wanted
    taken.change(thief, f"thief-{wanted}")
    refused = other.send(other.open(confirm))
    assert refused.status == 409
    assert "can still be undone" in refused.text
    assert taken.address() == f"thief-{wanted}"


OPERATIONS: dict[str, tuple[str, ...]] = {
    "create": ("accounts", "create", "OWN"),
    "change": ("accounts", "change", "OTHER", "--email", "OWN"),
    "invite": ("accounts", "invite", "OWN"),
    "invite by hand": ("accounts", "invite", "OWN", "--print-link"),
}


@pytest.mark.parametrize("words", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operator_is_told_who_holds_the_address_and_how_to_settle_it(
    held: Taken, words: tuple[str, ...]
) -> None:
    names = {"OWN": held.own, "OTHER": new_person(held.server).email}
    done = command(held.server, *(names.get(word, word) for word in words))
    assert done.returncode == 1, done.stdout
    mend = f"satsuma accounts change thief-{held.own} --email"
    assert mend in done.stderr
    assert held.uses(link(held.server, held.own))


def test_an_operator_settles_it_by_giving_the_account_its_address_again(held: Taken) -> None:
    undo, thiefs = link(held.server, held.own), f"thief-{held.own}"
    assert command(held.server, "accounts", "change", thiefs, "--email", thiefs).returncode == 0
    assert command(held.server, "accounts", "create", held.own).returncode == 0
    assert not held.uses(undo)


def test_the_account_itself_may_go_back(held: Taken) -> None:
    held.emails.append(held.own)
    held.thief.send(held.thief.open(f"{held.server.pages_url}/account/email"), email=held.own)
    assert held.thief.send(held.thief.open(link(held.server, held.own, 2))).status == 200
    assert held.address() == held.own


def delete(taken: Taken) -> Page:
    page = taken.thief.open(f"{taken.server.pages_url}/account/delete")
    return taken.thief.send(page, confirmation="delete my account")


def test_an_account_is_not_deleted_while_its_change_can_be_taken_back(held: Taken) -> None:
    refused = delete(held)
    assert refused.status == 409
    assert "seven days" in refused.text
    assert held.uses(link(held.server, held.own))


def test_an_account_is_deleted_once_nothing_can_be_taken_back(held: Taken) -> None:
    async def settle(context: ManagementContext) -> None:
        await context.store.commit(EndUndos(held.person.account_id, context.clock()))

    held.server.manage(settle)
    assert delete(held).status == 200
    assert held.address() == ""


async def undo_of(context: ManagementContext, taken: Taken, name: str, life: timedelta) -> bytes:
    """Add an undo with a life of the test's choice beside the account's; give its digest."""
    digest = Digests(context.vault, "link-digest")(name)
    own = MailLink(digest, "undo", taken.person.account_id, taken.own, context.clock() + life)
    await context.store.commit(EndUndos(taken.person.account_id, context.clock()), AddLink(own))
    return digest


def undo_page(taken: Taken, token: str) -> Page:
    return Agent(taken.server).open(f"{taken.server.pages_url}/account/undo/{token}")


def past(taken: Taken, token: str) -> None:
    taken.server.manage(lambda c: undo_of(c, taken, token, -timedelta(seconds=1)))


def used(taken: Taken, token: str) -> None:
    async def use(context: ManagementContext) -> None:
        digest = await undo_of(context, taken, token, timedelta(days=7))
        await context.store.commit(UseLink(digest, context.clock()))

    taken.server.manage(use)


def blocked(taken: Taken, token: str) -> None:
    async def block(context: ManagementContext) -> None:
        await undo_of(context, taken, token, timedelta(days=7))
        await block_account(context, f"thief-{taken.own}")

    taken.server.manage(block)


def unknown(taken: Taken, token: str) -> None:
    """No such link was sent."""


WHY: dict[Callable[[Taken, str], None], tuple[int, str]] = {
    past: (410, "It has expired."),
    used: (410, "It was already used"),
    blocked: (409, "This account is blocked"),
    unknown: (410, "We do not recognise this link"),
}


@pytest.mark.parametrize("why", WHY, ids=lambda why: why.__name__)
def test_a_link_says_why_it_does_not_work(held: Taken, why: Callable[[Taken, str], None]) -> None:
    token = f"{why.__name__}-{held.person.account_id}"
    why(held, token)
    page = undo_page(held, token)
    status, says = WHY[why]
    assert page.status == status
    assert says in page.text
    assert sum(each in page.text for _, each in WHY.values()) == 1


def test_an_undo_lives_on_through_a_block(held: Taken) -> None:
    undo, thiefs = link(held.server, held.own), f"thief-{held.own}"
    held.server.manage(lambda context: block_account(context, thiefs))
    assert not held.uses(undo)
    held.server.manage(lambda context: unblock_account(context, thiefs))
    assert held.uses(undo)


@pytest.mark.parametrize("operation", ["create", "change"])
def test_an_operation_has_the_cause_as_its_slug(held: Taken, operation: str) -> None:
    other = new_person(held.server).email

    async def act(context: Any) -> Any:
        if operation == "create":
            return await create_account(context, held.own)
        return await change_email(context, other, held.own)

    with pytest.raises(NotPossible) as refused:
        held.server.manage(act)
    assert refused.value.slug == "address-held"
    found = held.server.manage(lambda context: find_by_email(context, f"thief-{held.own}"))
    assert found.account_id == held.person.account_id
