"""Two processes do an operation each at the same moment: what is for good stays, and no change is lost."""

from typing import Any

import pytest

from satsuma.registry.applications import revoke_application, set_state
from satsuma.registry.desk import Desk
from satsuma.store.port import Store
from tests.store.at_once import DONE, Operation, act_at_once
from tests.store.facts import foundation

ROUNDS = 25


async def unblock(desk: Desk, named: str) -> None:
    """Make an application active."""
    await set_state(desk, named, "active")


async def block_and_unblock(desk: Desk, named: str) -> None:
    """Move an application there and back."""
    await set_state(desk, named, "blocked")
    await set_state(desk, named, "active")


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
