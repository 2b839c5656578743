"""When a secret was last used, and how many tokens a key made, is written down: late where it must be, never lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from satsuma.app.background import Background
from satsuma.domain.applications import Client, NoteSecretUse
from satsuma.domain.effects import Effect
from satsuma.domain.keys import CountKeyUses
from satsuma.replica.clients import HeldClients
from satsuma.store.memory.store import MemoryStore
from satsuma.store.port import Conflict, Unavailable
from tests.store.facts import NOW, application, furnished, secret

SECONDS = int(NOW.timestamp())
AT = NOW.replace(microsecond=0)


def client(n: int = 1) -> Client:
    return Client(application(n), (secret(n, n),), ())


def use(clients: HeldClients, n: int = 1, at: int = SECONDS, source: str = "192.0.2.1") -> None:
    record = clients.find(application(n).client_id) or clients.keep(client(n), 9)
    record.used[f"sec_{n}"] = (at, source)


NOTED = [("sec_1", AT, "192.0.2.1")]


def test_a_use_is_taken_once() -> None:
    clients = HeldClients()
    use(clients)
    assert clients.take_uses() == NOTED
    assert clients.take_uses() == []
    use(clients, at=SECONDS + 1)
    assert clients.take_uses() == [("sec_1", AT + timedelta(seconds=1), "192.0.2.1")]


def test_a_client_that_changes_keeps_its_uses() -> None:
    clients = HeldClients()
    use(clients)
    clients.drop(client().application.client_id, 2)
    assert clients.take_uses() == NOTED


def test_every_client_forgotten_keeps_its_uses() -> None:
    clients = HeldClients()
    use(clients)
    clients.clear(2)
    assert clients.take_uses() == NOTED


def test_a_client_that_must_make_room_keeps_its_uses() -> None:
    clients = HeldClients(capacity=1)
    use(clients, 1)
    use(clients, 2)
    assert [secret_id for secret_id, _, _ in clients.take_uses()] == ["sec_1", "sec_2"]


def test_a_client_that_is_read_anew_keeps_the_uses_of_both_records() -> None:
    clients = HeldClients()
    before = clients.keep(client(), 1)
    before.used["sec_1"] = (SECONDS - 1, "192.0.2.9")
    use(clients)
    clients.keep(client(), 2)
    assert clients.take_uses() == NOTED


def test_a_use_by_a_request_that_holds_a_record_of_before_counts() -> None:
    """The client changed, and the uses were taken, while the request waited."""
    clients = HeldClients()
    held = clients.keep(client(), 1)
    clients.drop(held.client_id, 2)
    clients.drop(client(2).application.client_id, 2)
    overtaken = clients.keep(client(2), 1)
    clients.take_uses()
    held.used["sec_1"] = (SECONDS, "192.0.2.1")
    overtaken.used["sec_2"] = (SECONDS, "192.0.2.1")
    assert [secret_id for secret_id, _, _ in clients.take_uses()] == ["sec_1", "sec_2"]


def test_uses_put_back_give_way_to_later_ones() -> None:
    clients = HeldClients()
    use(clients, 1)
    use(clients, 2)
    taken = clients.take_uses()
    use(clients, 1, SECONDS + 7, "192.0.2.7")
    use(clients, 2, SECONDS - 7, "192.0.2.8")
    clients.put_back(taken)
    assert sorted(clients.take_uses()) == [
        ("sec_1", AT + timedelta(seconds=7), "192.0.2.7"),
        ("sec_2", AT, "192.0.2.1"),
    ]


def test_no_more_uses_wait_than_there_is_room_for() -> None:
    """The latest stay, since a later use of the others would replace them anyway."""
    clients = HeldClients(waiting=2)
    clients.put_back([(f"sec_{n}", AT + timedelta(seconds=n), "a") for n in (3, 1, 2)])
    assert sorted(secret_id for secret_id, _, _ in clients.take_uses()) == ["sec_2", "sec_3"]


@dataclass
class Failing:
    """A store whose next commits fail like this, or stand where it says None."""

    store: MemoryStore = field(default_factory=lambda: MemoryStore(lambda: datetime.now(UTC)))
    fails: list[BaseException | None] = field(default_factory=list)
    written: list[Effect] = field(default_factory=list)

    async def commit(self, *effects: Effect) -> None:
        if self.fails and (failure := self.fails.pop(0)) is not None:
            raise failure
        await self.store.commit(*effects)
        self.written.extend(effects)


@pytest.fixture
async def store() -> Failing:
    store = Failing()
    await store.store.commit(*furnished())
    return store


@pytest.fixture
def platform(store: Failing) -> Any:
    ring = SimpleNamespace(uses={})
    return SimpleNamespace(replica=SimpleNamespace(clients=HeldClients(), ring=ring), store=store)


@pytest.mark.parametrize(
    "failure", [Unavailable("away"), Conflict("x"), OSError(), asyncio.CancelledError()], ids=repr
)
async def test_what_could_not_be_written_is_written_next(
    store: Failing, platform: Any, failure: BaseException
) -> None:
    use(platform.replica.clients)
    platform.replica.ring.uses = {"key_1": 5, "key_2": 1}
    store.fails = [failure]
    with pytest.raises(type(failure)):
        await Background(platform).flush_uses()
    platform.replica.ring.uses["key_1"] = platform.replica.ring.uses.get("key_1", 0) + 2
    await Background(platform).flush_uses()
    await Background(platform).flush_uses()
    assert store.written == [
        NoteSecretUse("sec_1", AT, "192.0.2.1"),
        CountKeyUses("key_1", 7),
        CountKeyUses("key_2", 1),
    ]
    (key,) = await store.store.read(lambda r: r.list_keys())
    assert key.uses == 7


async def test_what_was_written_before_the_failure_is_not_written_again(
    store: Failing, platform: Any
) -> None:
    """More than one transaction's worth: the first stands, the second fails."""
    for n in range(700):
        use(platform.replica.clients, n)
    platform.replica.ring.uses = {"key_1": 5}
    store.fails = [None, Unavailable("away")]
    with pytest.raises(Unavailable):
        await Background(platform).flush_uses()
    assert len(store.written) == 500
    await Background(platform).flush_uses()
    assert len(store.written) == 701
    assert len(set(store.written)) == 701
