"""What a newer release writes while an older one still serves: a word that it does not know allows least, never 500."""

from __future__ import annotations

import dataclasses
import sqlite3
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.context import AccountContext
from satsuma.accounts.letters import Letters
from satsuma.accounts.password_hashing import Hashing
from satsuma.accounts.policy import AccountPolicy
from satsuma.accounts.stored_costs import StoredCosts
from satsuma.counters.memory import MemoryCounter
from satsuma.domain import accounts, apis, applications, keys, revocations, subscriptions
from satsuma.keys.vault import Vault
from satsuma.outbox.mail import LETTER, enqueue
from satsuma.outbox.worker import LONGEST_PAUSE, Worker
from satsuma.store.memory.store import MemoryStore
from satsuma.store.sql.rows import columns, fact_of, values_of
from satsuma.web.letter_texts import Composer
from tests.store import facts
from tests.wire.server import Made, Server, running_server, wait_until

NEWER = "of-a-newer-release"
FACTS = (
    accounts.Account,
    accounts.MailLink,
    apis.Api,
    applications.Application,
    keys.Key,
    revocations.Revocation,
    subscriptions.Subscription,
)
LEAST = {
    ("Account", "role"): "user",
    ("Api", "life_cycle"): "retired",
    ("Api", "access"): "private",
    ("Application", "state"): "blocked",
    ("Application", "pkce"): "required",
    ("Application", "access_token_format"): "issuer",
    ("Subscription", "state"): "revoked",
}
"""What a word that is not known is read as."""
COMPARED = {("MailLink", "purpose"), ("Key", "purpose"), ("Revocation", "kind")}
"""Read as they are: each is only ever compared with the one that is asked for, and what is none of them is nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("newer")) as running:
        running.new_api("poi")
        yield running


def words() -> Iterator[tuple[type, str]]:
    """Every column that holds one word of a closed list."""
    for fact in FACTS:
        hints = typing.get_type_hints(fact)
        for field in dataclasses.fields(fact):
            if typing.get_origin(hints[field.name]) is typing.Literal:
                yield fact, field.name


def test_every_column_of_one_word_says_what_an_unknown_one_means() -> None:
    assert {(fact.__name__, name) for fact, name in words()} == {*LEAST, *COMPARED}


@pytest.mark.parametrize(("fact", "column"), LEAST)
def test_a_word_that_is_not_known_is_read_as_what_allows_least(fact: str, column: str) -> None:
    made = getattr(facts, fact.lower())()
    row = [NEWER if name == column else value for name, value in values_of(made).items()]
    assert getattr(fact_of(type(made), row), column) == LEAST[fact, column]


@pytest.mark.parametrize("column", ["scopes", "policy", "limits"])
def test_a_member_that_is_not_known_is_left_out(column: str) -> None:
    made = facts.api()
    row = list(values_of(made).values())
    at = columns(type(made)).index(column)
    text = str(row[at])
    assert "{" in text, "the sample has one"
    row[at] = text.replace("{", f'{{"{NEWER.replace("-", "_")}":1,', 1)
    assert fact_of(type(made), row) == made


def put(server: Server, statement: str, *values: str) -> None:
    """Write as another release does, which this one's rooms could not."""
    path = server.database.removeprefix("sqlite:///")
    with sqlite3.connect(path, timeout=10) as connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


def token_of(server: Server, made: Made) -> str:
    reply = server.token(made)
    assert reply.status == 200, reply.body
    return str(reply.json["access_token"])


def test_a_subscription_of_a_state_that_is_not_known_is_refused(server: Server) -> None:
    made, other = server.new_application("poi"), server.new_application("poi")
    token = token_of(server, made)
    put(
        server,
        "UPDATE subscription SET state = ? WHERE application_id = ?",
        NEWER,
        made.application_id,
    )
    server.manage(lambda context: _touch(context, made))
    wait_until(lambda: server.call("/poi/v1/things", token).status == 403, 2)
    assert server.call("/poi/v1/things", token_of(server, other)).status == 502, "others pass"


async def _touch(context: typing.Any, made: Made) -> None:
    """Tell every process that the application changed, as whoever writes it does."""
    from satsuma.management.application_changes import change_application
    from satsuma.management.edits import Edit

    await change_application(context, made.application_id, {"description": Edit("changed")})


def test_an_application_of_a_state_that_is_not_known_is_refused(server: Server) -> None:
    made = server.new_application("poi")
    put(
        server,
        "UPDATE application SET state = ? WHERE application_id = ?",
        NEWER,
        made.application_id,
    )
    reply = server.token(made)
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("column", ["alg", "purpose"])
def test_a_key_of_a_kind_that_is_not_known_hinders_nothing(tmp_path: Path, column: str) -> None:
    with running_server(tmp_path) as first:
        database, made = first.database, first.new_application()
        put(first, f"UPDATE key SET {column} = ? WHERE alg = 'ES256'", NEWER)
    with running_server(tmp_path, database=database) as again:
        assert again.token(made).status == 200
        assert again.request("GET", "/jwks").status == 200


async def test_a_letter_that_is_not_known_waits_for_a_node_that_knows_it() -> None:
    now = [facts.NOW]
    store, vault = MemoryStore(lambda: now[0]), Vault(bytes(32))
    policy = AccountPolicy()
    attempts = LoginAttempts(policy, MemoryCounter(), None, lambda: 0.0)
    context = AccountContext(
        store, vault, policy, Hashing(), attempts, lambda: now[0], StoredCosts(store, lambda: 0.0)
    )
    body: dict[str, object] = {"what": NEWER, "email": "somebody@example.org", "locale": "en"}
    await store.commit(enqueue(vault, LETTER, body, now[0]))
    worker = Worker(
        store, LETTER, Letters(context, Composer("x")), lambda: now[0], structlog.get_logger()
    )
    assert await worker.once() == 0
    now[0] += LONGEST_PAUSE
    waiting = await store.read(lambda reader: reader.due_work(LETTER, now[0], 10))
    assert len(waiting) == 1, "for a node that knows it"
    account = await store.read(lambda reader: reader.list_accounts("", 1))
    assert list(account) == [], "it is no sign-up"
