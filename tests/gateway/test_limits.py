"""How often, how many at once; alone and for a fleet."""

from __future__ import annotations

import asyncio

import pytest
import structlog
from redis.asyncio import Redis

from satsuma.counters.redis import RedisCounter
from satsuma.domain.apis import RequestPolicy
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.limits import Limits
from satsuma.gateway.access import Pass
from satsuma.gateway.limits import Limiter, Outcome
from satsuma.replica.clients import ClientRecord
from tests.gateway import upstreams
from tests.gateway.wire import ask
from tests.gateway.world import World, a_client, a_limiter, an_api, raw_upstream
from tests.servers.process import free_port


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_pass(limits: Limits, application_id: str = "app_one", api_id: str = "api_poi") -> Pass:
    client = a_client(application_id=application_id)
    claims = World().claims()
    return Pass(an_api(limits=limits, api_id=api_id), claims, ClientRecord(client), limits)


def slug(outcome: Outcome | None) -> str:
    assert outcome is not None
    return outcome.row.slug if isinstance(outcome, Refusal) else ""


def rows(limiter: Limiter, passed: Pass, calls: int) -> list[str]:
    return [slug(limiter.count(passed)) for _ in range(calls)]


def test_the_26th_call_of_a_second_is_refused_and_the_next_second_is_free() -> None:
    clock = Clock()
    limiter = a_limiter(monotonic=clock)
    passed = a_pass(Limits())
    assert rows(limiter, passed, 26) == [""] * 25 + ["spike-arrest"]
    clock.now += 0.999
    assert rows(limiter, passed, 1) == ["spike-arrest"]
    clock.now += 0.002
    assert rows(limiter, passed, 26) == [""] * 25 + ["spike-arrest"]


def test_a_quota_rolls_and_says_how_long_to_wait() -> None:
    clock = Clock()
    limiter = a_limiter(monotonic=clock)
    passed = a_pass(Limits(quotas=((3, 60),)))
    for _ in range(3):
        assert rows(limiter, passed, 1) == [""]
        clock.now += 10.0
    refusal = limiter.count(passed)
    assert isinstance(refusal, Refusal)
    assert refusal.row is errors.QUOTA_EXCEEDED
    assert refusal.retry_after == pytest.approx(30.0)
    clock.now += 30.1
    assert rows(limiter, passed, 2) == ["", "quota-exceeded"]


async def test_a_refused_call_uses_up_no_quota() -> None:
    clock = Clock()
    limiter = a_limiter(monotonic=clock)
    passed = a_pass(Limits(spike_per_second=1, quotas=((2, 3600),)))
    assert slug(await limiter.count_later(passed)) == ""
    assert rows(limiter, passed, 4) == ["spike-arrest"] * 4
    clock.now += 1.1
    assert rows(limiter, passed, 1) == [""]
    clock.now += 1.1
    assert rows(limiter, passed, 1) == ["quota-exceeded"]


@pytest.mark.parametrize("other", [{"application_id": "app_two"}, {"api_id": "api_two"}])
def test_each_application_counts_apart_at_each_api(other: dict[str, str]) -> None:
    limiter = a_limiter(monotonic=Clock())
    limits = Limits(spike_per_second=1)
    assert rows(limiter, a_pass(limits), 2) == ["", "spike-arrest"]
    assert rows(limiter, a_pass(limits, **other), 1) == [""]


@pytest.mark.parametrize("limits", [Limits(spike_per_second=0), Limits(quotas=((0, 60),))])
async def test_a_limit_of_nothing_lets_nothing_through(limits: Limits, redis_database: str) -> None:
    assert rows(a_limiter(monotonic=Clock()), a_pass(limits), 1) != [""]
    counter = RedisCounter(redis_database, structlog.get_logger())
    shared = a_limiter(counter)
    assert slug(await shared.count_later(a_pass(limits))) != ""
    await counter.close()


async def test_a_call_that_a_quota_refuses_is_counted_in_no_window_of_the_fleet(
    redis_database: str,
) -> None:
    counter = RedisCounter(redis_database, structlog.get_logger(), patience=5)
    limiter = a_limiter(counter)
    passed = a_pass(Limits(spike_per_second=2, quotas=((10, 3600), (1, 60))))
    assert slug(await limiter.count_later(passed)) == ""
    for _ in range(3):
        refusal = await limiter.count_later(passed)
        assert isinstance(refusal, Refusal)
        assert refusal.row is errors.QUOTA_EXCEEDED
        assert dict(refusal.detail) == {"limit": 1, "seconds": 60}
        assert 50 < refusal.retry_after <= 60
    async with Redis.from_url(redis_database) as redis:
        keys = sorted([key.decode() for key in await redis.keys("satsuma:*")], key=len)
        assert [await redis.llen(key) for key in keys[:2]] == [1, 1]
        assert [int(await redis.get(key)) for key in keys[2:]] == [1]
    await counter.close()


async def test_two_gateways_with_redis_count_as_one(redis_database: str) -> None:
    counters = [
        RedisCounter(redis_database, structlog.get_logger(), patience=5),
        RedisCounter(redis_database, structlog.get_logger(), patience=5),
    ]
    limits = Limits(spike_per_second=1000, quotas=((10, 60),))
    async with raw_upstream(upstreams.ok) as upstream:
        one, two = (World(upstream, shared=counter) for counter in counters)
        async with one.serving(), two.serving():
            for world in (one, two):
                world.change_api(limits=limits)
            asked = [ask(world.port, "/poi/v1/a", world.bearer()) for world in [one, two] * 8]
            statuses = [reply.status for reply in await asyncio.gather(*asked)]
            assert sorted(statuses) == [200] * 10 + [403] * 6
    for counter in counters:
        await counter.close()


async def test_a_gateway_whose_redis_is_away_counts_alone() -> None:
    away = RedisCounter(f"redis://127.0.0.1:{free_port()}/0", structlog.get_logger())
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream, shared=away).serving() as world,
    ):
        world.change_api(limits=Limits(spike_per_second=2))
        statuses = [(await ask(world.port, "/poi/v1/a", world.bearer())).status for _ in range(3)]
        assert statuses == [200, 200, 403]


async def test_a_throttled_call_is_told_how_long_to_wait() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        world.change_api(limits=Limits(quotas=((1, 59),)))
        await ask(world.port, "/poi/v1/a", world.bearer())
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.status == 403
        assert 49 <= int(reply.header("retry-after") or 0) <= 59


async def test_a_call_that_ended_frees_its_place() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        world.change_api(limits=Limits(concurrency=1, spike_per_second=100))
        for _ in range(3):
            assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 200
        async with upstreams.nobody() as gone:
            world.change_api(upstream=gone)
            for _ in range(3):
                assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 502
        world.change_api(upstream=upstream, policy=RequestPolicy(methods=("PUT",)))
        for _ in range(3):
            assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 405
        world.change_api(policy=RequestPolicy())
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 200
