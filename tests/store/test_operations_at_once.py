"""Two processes do an operation each at the same moment: what is for good stays, and no change is lost."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import pytest

from satsuma.domain.apis import CreateApi
from satsuma.domain.applications import AddSecret
from satsuma.domain.plans import CreatePlan
from satsuma.domain.subscriptions import Subscribe
from satsuma.management.apis import change_api, set_life_cycle
from satsuma.management.applications import revoke_application, set_state
from satsuma.management.context import ManagementContext
from satsuma.management.edits import Edit
from satsuma.store.port import Store
from tests.management.operations import (
    ON_API,
    ON_APPLICATION,
    api_seen,
    application_seen,
    perform,
    told,
)
from tests.store.at_once import DONE, Operation, act_at_once, management_at, perform_at_once
from tests.store.facts import NOW, api, foundation, plan, secret, subscription


def pairs_of(names: list[str]) -> list[tuple[str, str]]:
    return list(itertools.combinations_with_replacement(names, 2))


ROUNDS = 25
PAIRS = {
    "application": list(
        itertools.combinations_with_replacement(
            (name for name in ON_APPLICATION if name != "show"), 2
        )
    ),
    "api": list(itertools.combinations_with_replacement(ON_API, 2)),
}


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


async def start_of(kind: str, n: int) -> list[Any]:
    """What there is before two operations on the `n`th application, or API."""
    if kind == "api":
        return [CreateApi(api(n))]
    return [
        *foundation(n),
        AddSecret(secret(n, application=n, ciphertext=None)),
        Subscribe(subscription(n, 2, state="pending")),
    ]


SURROUNDINGS = [CreateApi(api(1)), CreateApi(api(2)), CreatePlan(plan(needs_approval=False))]


async def in_order(kind: str, first: str, second: str) -> tuple[tuple[str, str], Any]:
    """What both are told one after the other, and what they leave."""
    context = await management_at("memory:", NOW)
    store, operations = context.store, operations_on(kind)
    await store.commit(*SURROUNDINGS)
    if kind == "application":
        await store.commit(*await start_of(kind, 1))
    named, seen = ("app_1", application_seen) if kind == "application" else ("shops-1:1", api_seen)
    said = [await told(operations[name], context, named) for name in (first, second)]
    return (said[0], said[1]), numberless(await seen(context, named))


def operations_on(kind: str) -> Mapping[str, Operation]:
    return ON_APPLICATION if kind == "application" else ON_API


def numberless(seen: Any) -> str:
    """What is seen of the one as of any other: without its number."""
    return re.sub(r"(shops-|api_|res_|client_|° |Shops? ?|secret-|digest-)\d+", r"\1", repr(seen))


@pytest.mark.parametrize("kind", PAIRS)
async def test_of_any_two_operations_at_once_comes_what_an_order_would_give(
    database: str, opened: Any, kind: str
) -> None:
    """Two processes, each pair of operations on an object of its own."""
    store: Store = opened(database)
    await store.commit(*SURROUNDINGS)
    pairs = PAIRS[kind]
    numbers = range(100, 100 + len(pairs))
    for n in numbers:
        await store.commit(*await start_of(kind, n))
    name = "app_{}" if kind == "application" else "shops-{}:1"
    rounds = [
        (f"{a} {name.format(n)}", f"{b} {name.format(n)}")
        for n, (a, b) in zip(numbers, pairs, strict=True)
    ]
    came = perform_at_once(database, perform, rounds, NOW)
    context = await management_at(database, NOW)
    seen = application_seen if kind == "application" else api_seen
    for n, (a, b), said in zip(numbers, pairs, came, strict=True):
        left = numberless(await seen(context, name.format(n)))
        there, back = await in_order(kind, a, b), await in_order(kind, b, a)
        orders = [there, ((back[0][1], back[0][0]), back[1])]
        assert (said, left) in orders, (a, b)
    await context.store.close()
