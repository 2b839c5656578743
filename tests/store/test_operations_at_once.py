"""Two processes do an operation each at the same moment: what is for good stays, and no change is lost."""

from typing import Any

import pytest

from satsuma.domain.apis import CreateApi
from satsuma.management.apis import change_api, set_life_cycle
from satsuma.management.applications import revoke_application, set_state
from satsuma.management.context import ManagementContext
from satsuma.management.edits import Edit
from satsuma.store.port import Store
from tests.store.at_once import DONE, Operation, act_at_once
from tests.store.facts import api, foundation

ROUNDS = 25


async def unblock(context: ManagementContext, named: str) -> None:
    """Make an application active."""
    await set_state(context, named, "active")


async def block_and_unblock(context: ManagementContext, named: str) -> None:
    """Move an application there and back."""
    await set_state(context, named, "blocked")
    await set_state(context, named, "active")


@pytest.mark.parametrize("other", [unblock, block_and_unblock])
async def test_a_revocation_beside_an_unblock_is_for_good(
    database: str, opened: Any, other: Operation
) -> None:
    store: Store = opened(database)
    names = [f"app_{n}" for n in range(ROUNDS)]
    for n in range(ROUNDS):
        await store.commit(*foundation(n))
    told = act_at_once(database, names, revoke_application, other)
    assert told[0] == [DONE] * ROUNDS
    assert set(told[1]) <= {DONE, "application-revoked"}
    found = await store.read(lambda r: [r.find_application(name) for name in names])
    assert {each.state for each in found if each} == {"revoked"}


async def retire(context: ManagementContext, named: str) -> None:
    """Retire an API."""
    await set_life_cycle(context, named, "retired")


async def rename(context: ManagementContext, named: str) -> None:
    """Change an API's title."""
    await change_api(context, named, {"title": Edit("New")})


async def move(context: ManagementContext, named: str) -> None:
    """Let an API stand elsewhere."""
    await change_api(context, named, {"upstream": Edit("https://other.example")})


async def test_of_two_operations_on_an_api_at_once_both_stand(database: str, opened: Any) -> None:
    store: Store = opened(database)
    await store.commit(*(CreateApi(api(n)) for n in range(3 * ROUNDS)))
    names = [f"shops-{n}:1" for n in range(3 * ROUNDS)]
    for at, pair in enumerate([(retire, rename), (rename, move), (move, retire)]):
        mine = names[at * ROUNDS : (at + 1) * ROUNDS]
        assert act_at_once(database, mine, *pair) == [[DONE] * ROUNDS] * 2
    found = {one.name: one for one in await store.read(lambda r: r.list_apis())}
    told = [found[f"shops-{n}"] for n in range(3 * ROUNDS)]
    assert {(a.title, a.life_cycle) for a in told[:ROUNDS]} == {("New", "retired")}
    assert {(a.title, a.upstream) for a in told[ROUNDS : 2 * ROUNDS]} == {
        ("New", "https://other.example")
    }
    assert {(a.upstream, a.life_cycle) for a in told[2 * ROUNDS :]} == {
        ("https://other.example", "retired")
    }
