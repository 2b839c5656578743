"""Any operation overtaken by any other, at each of its steps, leaves what one after the other would have left."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from satsuma.domain.apis import CreateApi
from satsuma.domain.applications import AddSecret
from satsuma.domain.plans import CreatePlan
from satsuma.domain.subscriptions import Subscribe
from satsuma.keys.master import MasterKey
from satsuma.management.context import ManagementContext
from satsuma.management.keys import open_vault
from satsuma.store.memory.store import MemoryStore
from satsuma.store.port import Store
from tests.management.operations import (
    ON_API,
    ON_APPLICATION,
    Operation,
    api_seen,
    application_seen,
    told,
)
from tests.store.facts import NOW, api, foundation, plan, secret, subscription

Seen = Callable[[ManagementContext, str], Awaitable[Any]]
APPLICATION, OTHER_API = "app_1", "shops-2:1"


@dataclass
class Overtaken:
    """A store in which another operation happens before one of the steps: before the read or commit of that number."""

    store: Store
    at: int
    happening: Callable[[], Awaitable[Any]]
    steps: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def read(self, query: Any) -> Any:
        await self._step()
        return await self.store.read(query)

    async def commit(self, *effects: Any) -> None:
        await self._step()
        await self.store.commit(*effects)

    async def _step(self) -> None:
        if self.steps == self.at:
            await self.happening()
        self.steps += 1


async def fresh() -> ManagementContext:
    """A context at one moment over a store with an application that has a secret, and two APIs."""

    def clock() -> datetime:
        return NOW

    store = MemoryStore(clock)
    vault = await open_vault(store, MasterKey.generate(), "test", clock)
    kept = vault.wrap(b"sts_kept", "client_secret", "sec_1", "ciphertext")
    await store.commit(
        *foundation(),
        AddSecret(secret(ciphertext=kept)),
        CreateApi(api(1)),
        CreateApi(api(2)),
        CreatePlan(plan(needs_approval=False)),
        Subscribe(subscription(api=2, state="pending")),
    )
    return ManagementContext(store, vault, clock, "cli:test")


async def in_order(first: Operation, second: Operation, named: str, seen: Seen) -> Any:
    context = await fresh()
    said = await told(first, context, named), await told(second, context, named)
    return said, await seen(context, named)


async def overtaken(
    slow: Operation, quick: Operation, named: str, seen: Seen, at: int
) -> tuple[Any, bool]:
    """What came of it, and whether the slow one had so many steps."""
    context = await fresh()
    said: list[str] = []

    async def happen() -> None:
        said.append(await told(quick, context, named))

    store = Overtaken(context.store, at, happen)
    late = await told(slow, replace(context, store=store), named)  # type: ignore[arg-type]
    return ((late, *said), await seen(context, named)), bool(said)


PAIRS = [
    pytest.param(operations[slow], operations[quick], named, seen, id=f"{slow}-{quick}")
    for operations, named, seen in (
        (ON_APPLICATION, APPLICATION, application_seen),
        (ON_API, OTHER_API, api_seen),
    )
    for slow, quick in itertools.product(operations, repeat=2)
]


@pytest.mark.parametrize(("slow", "quick", "named", "seen"), PAIRS)
async def test_an_operation_that_is_overtaken_leaves_what_an_order_would_have_left(
    slow: Operation, quick: Operation, named: str, seen: Seen
) -> None:
    (said, left) = await in_order(quick, slow, named, seen)
    orders = [await in_order(slow, quick, named, seen), ((said[1], said[0]), left)]
    for at in itertools.count():
        came, happened = await overtaken(slow, quick, named, seen, at)
        if not happened:
            assert at >= 1, "an operation has a step"
            break
        assert came in orders, f"before step {at}"


@pytest.mark.parametrize("operations", [ON_APPLICATION, ON_API])
async def test_each_operation_can_be_done_alone(operations: Mapping[str, Operation]) -> None:
    """Else the pairs above would compare refusals."""
    named = APPLICATION if operations is ON_APPLICATION else OTHER_API
    outcomes = {}
    for name, operation in operations.items():
        outcomes[name] = await told(operation, await fresh(), named)
    refused = {name: slug for name, slug in outcomes.items() if slug != "done"}
    assert refused in (
        {},
        {"approve": "subscription-unknown", "unsubscribe": "subscription-unknown"},
    )
