"""The gateway on a store, through the feed: what is revoked there is refused here within a second."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from satsuma.domain.accounts import Account, CreateAccount
from satsuma.domain.apis import CreateApi, SetLifeCycle
from satsuma.domain.applications import CreateApplication, SetApplicationState
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey
from satsuma.domain.revocations import Revoke
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.domain.subscriptions import ChangeSubscription, Subscribe, Subscription
from satsuma.replica.follower import Follower
from satsuma.store.memory.store import MemoryStore
from tests.gateway import upstreams
from tests.gateway.wire import ask
from tests.gateway.world import START, World, a_client, an_api, raw_upstream


@contextlib.asynccontextmanager
async def stored() -> AsyncIterator[tuple[World, MemoryStore]]:
    """A world whose picture is kept true by a follower of a store."""
    async with raw_upstream(upstreams.ok) as upstream:
        store, world = MemoryStore(lambda: datetime.now(UTC)), World(upstream)
        follower = Follower(
            store,
            world.replica,
            lambda: datetime.now(UTC),
            time.monotonic,
            structlog.get_logger(),
        )
        await store.commit(
            CreateAccount(Account("acc_one", "one@example.org", "developer", "en", START)),
            CreateSpace(Space("spc_one", "acc_one", START)),
            *(AddKey(key) for key in world.keys),
            CreateApplication(a_client().application),
            CreateApi(an_api(upstream)),
            Subscribe(Subscription("app_one", "api_poi", "approved", START)),
        )
        await follower.load()
        world.find = follower.look_up
        following = asyncio.create_task(follower.run())
        try:
            async with world.serving():
                yield world, store
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await store.close()


async def refused_after(world: World, store: MemoryStore, effect: Effect) -> int:
    """Commit, and give the number with which calls are refused from then on."""
    bearer = world.bearer()
    assert (await ask(world.port, "/poi/v1/a", bearer)).status == 200
    await store.commit(effect)
    committed = time.monotonic()
    while (reply := await ask(world.port, "/poi/v1/a", bearer)).status == 200:
        assert time.monotonic() - committed < 1.0
    return int(reply.json()["code"])


async def test_a_revoked_token_is_refused_within_a_second() -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    async with stored() as (world, store):
        assert await refused_after(world, store, Revoke("token", "jti-1", until)) == 41


async def test_a_revoked_application_is_refused_within_a_second() -> None:
    async with stored() as (world, store):
        effect = SetApplicationState("app_one", "revoked", "active")
        assert await refused_after(world, store, effect) == 41


async def test_a_revoked_subscription_is_refused_within_a_second() -> None:
    async with stored() as (world, store):
        was = Subscription("app_one", "api_poi", "approved", START)
        effect = ChangeSubscription(replace(was, state="revoked"), was)
        assert await refused_after(world, store, effect) == 50


async def test_a_retired_api_is_gone_within_a_second() -> None:
    async with stored() as (world, store):
        assert await refused_after(world, store, SetLifeCycle("api_poi", "retired")) == 60


async def test_a_lost_store_ends_in_503_for_clients_outside_the_picture() -> None:
    async with stored() as (world, store):
        await store.close()
        reply = await ask(world.port, "/poi/v1/a", world.bearer(client_id="D" * 32))
        assert (reply.status, reply.json()["code"]) == (503, 5)


async def test_before_the_first_read_nothing_is_known_and_nothing_is_denied() -> None:
    async with World().serving() as world:
        world.replica.read_at = None
        world.set_api()
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert (reply.status, reply.json()["code"]) == (503, 5)
