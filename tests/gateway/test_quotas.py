"""Quotas by the calendar: what they hold, what they go on from, what their callers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from satsuma.counters.calls import CallsMade
from satsuma.counters.redis import RedisCounter
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.limits import DAY, HOUR, MINUTE, MONTH, Limits, RateLimit, period
from satsuma.gateway.access import Pass
from satsuma.gateway.limits import Limiter
from satsuma.store.port import Unavailable
from tests.gateway import upstreams
from tests.gateway.test_auth_check import SHOPS, answered, field
from tests.gateway.test_limits import a_pass, rows, slug
from tests.gateway.wire import Reply, ask
from tests.gateway.world import World, a_limiter, on_plan, raw_upstream

AT = datetime(2028, 2, 29, 23, 59, 50, tzinfo=UTC).timestamp()


class Clock:
    """Epoch seconds that a test moves; the other clock moves along."""

    def __init__(self, now: float = AT) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Written:
    """What the database holds of calls, for each instant asked about; `asked` is by what."""

    def __init__(self, calls: int = 0) -> None:
        self.calls = calls
        self.asked: list[tuple[int, bool]] = []
        self.is_away = False

    async def __call__(
        self, application_id: str, api_id: str, since: Sequence[tuple[int, bool]]
    ) -> list[int]:
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable("away")
        self.asked += since
        return [self.calls for _ in since]


def epoch(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("seconds", "start", "end"),
    [
        (HOUR, epoch(2028, 2, 29, 23), epoch(2028, 3, 1)),
        (DAY, epoch(2028, 2, 29), epoch(2028, 3, 1)),
        (MONTH, epoch(2028, 2, 1), epoch(2028, 3, 1)),
    ],
)
def test_a_window_of_an_hour_and_more_runs_by_the_calendar(
    seconds: int, start: int, end: int
) -> None:
    assert period(seconds, AT) == (start, end)
    assert period(seconds, end - 0.001) == (start, end)
    assert period(seconds, end)[0] == end


@given(st.integers(0, 4_000_000_000), st.sampled_from([HOUR, 7 * DAY, DAY, MONTH]))
def test_windows_leave_no_gap_and_hold_their_instant(at: int, seconds: int) -> None:
    start, end = period(seconds, at)
    assert start <= at < end
    assert period(seconds, end)[0] == end
    assert period(seconds, start) == (start, end)
    assert start % HOUR == 0


@pytest.mark.parametrize("seconds", [HOUR, DAY, MONTH])
async def test_exactly_so_many_pass_until_the_window_ends(seconds: int) -> None:
    clock, written = Clock(), Written()
    limiter = a_limiter(clock=clock, monotonic=clock, recall=written)
    passed = a_pass(Limits(100, ((3, seconds),)))
    assert limiter.count(passed) is None, "what was written must be read first"
    assert [slug(await limiter.count_later(passed)) for _ in range(5)] == [""] * 3 + [
        "quota-exceeded"
    ] * 2
    refused = limiter.count(passed)
    assert isinstance(refused, Refusal)
    assert refused.retry_after == pytest.approx(10)
    clock.now += 10
    assert slug(await limiter.count_later(passed)) == ""
    assert rows(limiter, passed, 3) == ["", "", "quota-exceeded"]


async def test_a_quota_goes_on_from_what_is_written_and_what_waits() -> None:
    clock, calls = Clock(), CallsMade()
    passed = a_pass(Limits(100, ((10, DAY),)))
    pair = (passed.client.application_id, passed.api.api_id)
    calls.add(*pair, AT - DAY)
    calls.add(*pair, AT - HOUR)
    calls.add(pair[0], "other", AT)
    limiter = a_limiter(clock=clock, monotonic=clock, calls=calls, recall=Written(7))
    got = [slug(await limiter.count_later(passed)) for _ in range(4)]
    assert got == ["", "", "quota-exceeded", "quota-exceeded"]


async def test_a_month_is_summed_by_days_and_a_day_by_hours() -> None:
    written = Written()
    limiter = a_limiter(clock=Clock(), recall=written)
    await limiter.count_later(a_pass(Limits(100, ((9, HOUR), (9, DAY), (9, MONTH)))))
    assert written.asked == [
        (epoch(2028, 2, 29, 23), False),
        (epoch(2028, 2, 29), False),
        (epoch(2028, 2, 1), True),
    ]


async def test_a_quota_that_cannot_be_looked_up_lets_nothing_through_until_it_can() -> None:
    written = Written()
    written.is_away = True
    limiter = a_limiter(clock=Clock(), recall=written)
    passed = a_pass(Limits(100, ((1, DAY),)))
    assert slug(await limiter.count_later(passed)) == errors.QUOTA_UNKNOWN.slug
    written.is_away = False
    assert slug(await limiter.count_later(passed)) == ""
    written.is_away = True
    assert rows(limiter, passed, 1) == ["quota-exceeded"], "known once, it is known"


async def test_many_at_once_read_what_is_written_once_and_exactly_so_many_pass() -> None:
    written = Written(5)
    limiter = a_limiter(clock=Clock(), recall=written)
    passed = a_pass(Limits(1000, ((25, DAY),)))
    got = await asyncio.gather(*(limiter.count_later(passed) for _ in range(60)))
    assert [slug(each) for each in got].count("") == 20


async def test_a_call_that_one_window_refuses_is_counted_in_none() -> None:
    clock = Clock(AT - HOUR)
    limiter = a_limiter(clock=clock, monotonic=clock)
    passed = a_pass(Limits(100, ((2, MINUTE), (5, DAY))))
    assert slug(await limiter.count_later(passed)) == ""
    assert rows(limiter, passed, 9) == [""] + ["quota-exceeded"] * 8
    clock.now += 2 * MINUTE
    left = limiter.count(passed)
    assert isinstance(left, tuple)
    assert [each.left for each in left] == [1, 2]


async def test_what_is_left_is_told_of_every_quota() -> None:
    clock = Clock()
    limiter = a_limiter(clock=clock, monotonic=clock)
    passed = a_pass(Limits(100, ((2, MINUTE), (5, DAY), (7, MONTH))))
    await limiter.count_later(passed)
    assert limiter.count(passed) == (
        RateLimit("minute", 2, 60, 0, 60),
        RateLimit("day", 5, DAY, 3, 10.0),
        RateLimit("month", 7, 29 * DAY, 5, 10.0),
    )


def told(reply: Reply) -> tuple[str | None, str | None]:
    return reply.header("ratelimit-policy"), reply.header("ratelimit")


@pytest.mark.spec("draft-ietf-httpapi-ratelimit-headers-10")
async def test_calls_by_a_plan_are_told_what_is_left_and_others_are_not() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        assert told(await ask(world.port, "/poi/v1/a", world.bearer())) == (None, None)
        on_plan(world, Limits(100, ((2, 59), (100, MONTH)), 5))
        first = await ask(world.port, "/poi/v1/a", world.bearer())
        _, end = period(MONTH, world.clock())
        start, _ = period(MONTH, world.clock())
        assert first.status == 200
        assert first.header("ratelimit-policy") == f'"59s";q=2;w=59, "month";q=100;w={end - start}'
        assert (first.header("ratelimit") or "").startswith('"59s";r=1;t=59, "month";r=98;t='), (
            "the call before counts in its month"
        )
        await ask(world.port, "/poi/v1/a", world.bearer())
        third = await ask(world.port, "/poi/v1/a", world.bearer())
        assert third.status == 403
        assert third.json()["code"] == 53
        wait = third.header("retry-after")
        assert told(third) == ('"59s";q=2;w=59', f'"59s";r=0;t={wait}')


async def test_the_answer_to_another_gateway_says_what_is_left_too() -> None:
    world = World()
    on_plan(world, Limits(100, ((1, 59),), 5))
    answer = await answered(world, world.bearer(), SHOPS)
    assert (answer.block.status, field(answer, "ratelimit")) == (204, '"59s";r=0;t=59')
    refused = await answered(world, world.bearer(), SHOPS)
    assert refused.block.status == 403
    assert 0 < int(field(refused, "retry-after") or 0) <= 59


async def test_a_change_of_the_plan_holds_at_once_and_forgets_no_call() -> None:
    world = World()
    on_plan(world, Limits(100, ((1, HOUR),), 5))
    statuses = []
    for calls in (1, 1, 3, 3, 3, 2):
        world.replica.plans = {"pln_one": Limits(100, ((calls, HOUR),), 5)}
        statuses.append((await answered(world, world.bearer(), SHOPS)).block.status)
    assert statuses == [204, 403, 204, 204, 403, 403]


async def test_a_plan_bounds_the_calls_that_one_application_has_under_way() -> None:
    limiter = a_limiter()
    own = a_pass(Limits(concurrency=100))
    one, two = (
        own._replace(limits=Limits(concurrency=2), client=a_pass(Limits(), name).client)
        for name in ("app_one", "app_two")
    )
    for passed in (one, one, two, own):
        assert limiter.enter(passed) is None
    refused = limiter.enter(one)
    assert refused is not None
    assert (refused.row.slug, refused.retry_after) == ("concurrency-exceeded", 1.0)
    limiter.leave(one)
    assert limiter.enter(one) is None
    for passed in (one, one, two, own):
        limiter.leave(passed)
    assert limiter._in_hand == {}


async def test_calls_that_the_bound_on_concurrency_refuses_use_up_no_quota() -> None:
    began, ending = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.set()
        await ending.wait()
        await upstreams.ok(reader, writer)

    async with raw_upstream(hold) as upstream, World(upstream).serving() as world:
        on_plan(world, Limits(100, ((20, DAY),), 1))
        first = asyncio.create_task(ask(world.port, "/poi/v1/a", world.bearer()))
        await began.wait()
        for _ in range(5):
            refused = await ask(world.port, "/poi/v1/a", world.bearer())
            assert (refused.status, told(refused)) == (403, (None, None))
        ending.set()
        assert (await first).status == 200
        async with upstreams.nobody() as gone:
            world.change_api(upstream=gone)
            broken = await ask(world.port, "/poi/v1/a", world.bearer())
        assert broken.status == 502
        assert (broken.header("ratelimit") or "").startswith('"day";r=18;t='), "two were counted"


@pytest.mark.parametrize("at", [AT, AT - HOUR - 30])
@pytest.mark.parametrize("shared", [False, True])
async def test_of_many_windows_that_refuse_the_longest_is_told(
    shared: bool, at: float, redis_database: str
) -> None:
    counter = RedisCounter(redis_database, structlog.get_logger(), patience=5) if shared else None
    limiter = a_limiter(counter, clock=Clock(at), monotonic=Clock(at), recall=Written())
    passed = a_pass(Limits(1, ((1, MINUTE), (1, HOUR), (1, DAY))))
    assert slug(await limiter.count_later(passed)) == ""
    refused = await limiter.count_later(passed)
    assert isinstance(refused, Refusal)
    longest = max(60.0, *(period(seconds, at)[1] - at for seconds in (HOUR, DAY)))
    assert refused.retry_after == pytest.approx(longest, abs=2)
    assert refused.row is errors.QUOTA_EXCEEDED
    if counter is not None:
        await counter.close()


async def exactly(limiters: Sequence[Limiter], passed: Pass, calls: int) -> int:
    """Let many calls come at once to these, and give how many pass."""
    asked = [limiters[n % len(limiters)].count_later(passed) for n in range(calls)]
    return [slug(each) for each in await asyncio.gather(*asked)].count("")


async def test_two_nodes_with_redis_let_exactly_so_many_through(redis_database: str) -> None:
    counters = [RedisCounter(redis_database, structlog.get_logger(), patience=5) for _ in range(2)]
    nodes = [a_limiter(counter, recall=Written(4)) for counter in counters]
    passed = a_pass(Limits(1000, ((30, DAY), (40, MONTH))))
    assert await exactly(nodes, passed, 80) == 26
    assert await exactly(nodes, passed, 4) == 0
    for counter in counters:
        await counter.close()


async def test_a_flushed_redis_goes_on_from_what_is_written(redis_database: str) -> None:
    counter = RedisCounter(redis_database, structlog.get_logger(), patience=5)
    written = Written()
    limiter = a_limiter(counter, recall=written)
    passed = a_pass(Limits(1000, ((10, DAY),)))
    assert await exactly([limiter], passed, 8) == 8
    written.calls = 8
    limiter._calls.take()
    async with Redis.from_url(redis_database) as redis:
        await redis.flushdb()
    assert await exactly([limiter], passed, 8) == 2
    await counter.close()


class Broken(RedisCounter):
    """A counting server that can be taken away and come back with what it held."""

    is_away = False

    async def _answered(self, script, keys, arguments):  # type: ignore[no-untyped-def]
        if self.is_away:
            raise_away()
        return await super()._answered(script, keys, arguments)


def raise_away() -> None:
    from satsuma.counters.port import CounterAway

    raise CounterAway("away")


async def test_what_was_counted_alone_is_not_forgotten_when_redis_is_back(
    redis_database: str,
) -> None:
    counter = Broken(redis_database, structlog.get_logger(), patience=5)
    written = Written()
    limiter = a_limiter(counter, recall=written)
    passed = a_pass(Limits(1000, ((10, DAY),)))
    assert await exactly([limiter], passed, 2) == 2
    for _ in range(2):
        counter.is_away = True
        assert await exactly([limiter], passed, 3) == 3
        counter.is_away = False
        assert await exactly([limiter], passed, 1) == 1
    assert await exactly([limiter], passed, 1) == 0
    await counter.close()
