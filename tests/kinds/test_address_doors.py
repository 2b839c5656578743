"""Every door that takes an e-mail address takes it in its one form, or refuses it with a reason."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest

from satsuma.accounts.passwords import hash_password
from satsuma.accounts.policy import AccountPolicy
from satsuma.domain.accounts import Account, CreateAccount
from satsuma.keys.randomness import public_id
from satsuma.management.accounts import list_accounts, look_at_account
from satsuma.management.context import ManagementContext
from satsuma_client.protocol.secret import Secret
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, Person, new_person
from tests.signin.browser import letter, letters_to
from tests.wire.server import Server, run_satsuma, running_server

BAD = (
    "attacker@evil.example(x.corp.example",
    "attacker@evil.example,ceo.corp.example",
    "Ann <ann@corp.example>",
    "ann@corp.example\r\nBcc: b@evil.example",
)
MISREAD = (
    "your-account-was-hacked,call-0800<ann@corp.example>",
    "call-0800-1<ann@corp.example>",
    "<ann@corp.example>",
    "ann@corp.example\u200b",
    "ann@corp.example\u00ad",
    "ann@cor\u00adp.example",
)
"""What a reader of headers or of names takes for another text's mailbox."""
NEITHER = ("ann@1.2.3.4", "ann@b", "j\u00f6rg@nobody.example", "ann@-x.example")
"""What is one mailbox to read, but neither in the strict form nor the address of an account."""
Door = Callable[[Server, str], bool]
"""Brings an address to a door; says whether it was taken."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("doors"), options=("--test",)) as running:
        yield running


def command(*words: str) -> Door:
    def bring(server: Server, address: str) -> bool:
        place = server.environment | {"SATSUMA_DATABASE": server.database}
        done = run_satsuma(
            *(address if word == "ADDRESS" else word for word in words), environment=place
        )
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        return done.returncode == 0

    return bring


def page(path: str) -> Door:
    def bring(server: Server, address: str) -> bool:
        agent = Agent(server)
        shown = agent.open(f"{server.pages_url}{path}")
        return agent.send(shown, email=address).status == 200

    return bring


def own_address(server: Server, address: str) -> bool:
    person: Person = new_person(server)
    agent = Agent(server)
    agent.log_in(agent.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    shown = agent.open(f"{server.pages_url}/account/email")
    at = 0
    while "email" not in shown.form(at).fields:
        at += 1
    return agent.send(shown, shown.form(at), email=address).status == 200


DOORS: dict[str, Door] = {
    "accounts create": command("accounts", "create", "ADDRESS"),
    "accounts invite": command("accounts", "invite", "ADDRESS", "--print-link"),
    "/sign-up": page("/sign-up"),
    "/reset": page("/reset"),
    "/account/email": own_address,
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_what_could_be_read_as_another_mailbox(server: Server, door: str) -> None:
    assert [address for address in (*BAD, *MISREAD) if DOORS[door](server, address)] == []
    assert DOORS[door](server, f"Zoe{list(DOORS).index(door)}@Bücher.example")


def test_what_a_door_took_is_stored_in_one_form(server: Server) -> None:
    DOORS["accounts create"](server, "Lea@Bücher.example")
    DOORS["accounts create"](server, "lea@xn--bcher-kva.example")
    emails = [account.email for account in server.manage(list_accounts)]
    assert [each for each in emails if each.startswith("lea@")] == ["lea@xn--bcher-kva.example"]
    assert all(each.isascii() for each in emails)


STORED = (
    "ann@localhost",
    "ann@bücher.example",
    "ann@xn--bcher-kva.example",
    "jörg@corp.example",
    "attacker@evil.example(x.corp.example",
    "an\u200bn@corp.example",
    "lea@straße.example",
)
"""What accounts were made with once: today's rule refuses some, and two of them are one mailbox."""


def store_as_before(server: Server, emails: tuple[str, ...]) -> None:
    password_hash = hash_password(Secret(PASSWORD))

    async def make(context: ManagementContext) -> None:
        now = context.clock()
        made = (
            Account(public_id("acc", context.draw), each, "user", "en", now, now, password_hash)
            for each in emails
        )
        await context.store.commit(*(CreateAccount(each) for each in made))

    server.manage(make)


def test_who_has_an_address_of_the_old_kind_still_logs_in(server: Server) -> None:
    store_as_before(server, STORED)
    for email in STORED:
        agent = Agent(server)
        page = agent.log_in(agent.open(f"{server.pages_url}/login"), email, PASSWORD)
        assert page.url.endswith("/account"), email
        assert email.replace("xn--bcher-kva", "bücher") in page.text
        overview = server.manage(lambda context, email=email: look_at_account(context, email))
        assert overview.account.email == email
    agent = Agent(server)
    in_a_labels = agent.open(f"{server.pages_url}/login")
    assert agent.log_in(in_a_labels, "lea@xn--strae-oqa.example", PASSWORD).url.endswith("/account")


def test_the_mailbox_of_an_old_account_has_no_second_one(server: Server) -> None:
    store_as_before(server, ("kim@bücher.example",))
    assert not DOORS["accounts create"](server, "kim@xn--bcher-kva.example")
    assert not DOORS["accounts invite"](server, "kim@Bücher.example")


def test_nothing_is_sent_to_what_is_no_account_and_no_strict_address(server: Server) -> None:
    for email in (*MISREAD, *NEITHER, "last@people.example"):
        DOORS["/reset"](server, email)
    letter(server, "last@people.example")
    text = server.request("GET", "/dev/mail", host=f"localhost:{server.port}").body.decode()
    told = {
        html.unescape(to).split()[-1] for to in re.findall(r'<span class="soft">(.*?)</span>', text)
    }
    for part in ("1.2.3.4", "@b", "nobody.example", "corp.example", "-x.example"):
        assert [to for to in told if to.endswith(part)] == []


def test_who_has_an_address_of_the_old_kind_resets_the_password_by_its_own_text(
    server: Server,
) -> None:
    store_as_before(server, ("eve@localhost",))
    assert DOORS["/reset"](server, "Eve@localhost")
    assert "/reset/" in letter(server, "eve@localhost")


def test_every_spelling_of_an_address_has_one_budget(server: Server) -> None:
    spellings = ("Uma@B\u00fccher.example", "uma@xn--bcher-kva.example", "UMA@b\u00dccher.example")
    for email in spellings * 2:
        DOORS["/reset"](server, email)
    DOORS["/reset"](server, "end@people.example")
    letter(server, "end@people.example")
    found = letters_to(server, "uma@xn--bcher-kva.example")
    assert len(found) == AccountPolicy().letters_to
