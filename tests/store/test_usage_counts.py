"""What applications used: added up, summed by hours and days at their bounds, gone with its application."""

from datetime import datetime, timedelta

from satsuma.domain.applications import SetApplicationState
from satsuma.domain.usage_counts import OTHER, CountUsage, UsageCount
from satsuma.store.port import Store
from tests.store.conftest import Clock
from tests.store.facts import DAY, HOUR, MINUTE, NOW, SECOND, client_id, foundation

FULL = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
Told = list[tuple[str, int, timedelta, tuple[int, ...]]]


def used(
    at: datetime, n: int = 1, api: str = "poi/v1", status: int = 2, took: int = 1
) -> CountUsage:
    """`took` answers in the first bucket, and one in the last."""
    named = client_id(n) if n else ""
    return CountUsage((UsageCount(named, api, status, at, (took, *[0] * 10, 1)),))


async def listed(store: Store, step: timedelta, application: str = "app_1") -> Told:
    """What is counted, by API, class, how long after FULL it begins, and the two buckets."""
    found = await store.read(
        lambda r: r.list_usage(application, FULL - 400 * DAY, FULL + 400 * DAY, step)
    )
    return [
        (each.api, each.status, each.at - FULL, (each.latencies[0], each.latencies[-1]))
        for each in found
    ]


async def test_counts_add_up_and_are_summed_by_the_step_that_is_asked_for(store: Store) -> None:
    await store.commit(*foundation(1), *foundation(2))
    await store.commit(used(FULL), used(FULL, took=5), used(FULL + 59 * MINUTE, status=4))
    await store.commit(used(FULL), used(FULL + HOUR, api="orders/v2"), used(FULL, n=2, took=9))
    await store.commit(used(FULL, n=3), used(FULL, n=0, api=OTHER))
    assert await listed(store, MINUTE) == [
        ("poi/v1", 2, 0 * HOUR, (7, 3)),
        ("poi/v1", 4, 59 * MINUTE, (1, 1)),
        ("orders/v2", 2, HOUR, (1, 1)),
    ]
    assert await listed(store, HOUR) == [
        ("poi/v1", 2, 0 * HOUR, (7, 3)),
        ("poi/v1", 4, 0 * HOUR, (1, 1)),
        ("orders/v2", 2, HOUR, (1, 1)),
    ]
    assert await listed(store, DAY, "app_2") == [("poi/v1", 2, 0 * HOUR, (9, 1))]
    assert await listed(store, DAY, "") == [(OTHER, 2, 0 * HOUR, (1, 1))]
    bounded = await store.read(lambda r: r.list_usage("app_1", FULL + MINUTE, FULL + HOUR, MINUTE))
    assert [(each.status, each.count) for each in bounded] == [(4, 2)]


async def test_minutes_become_hours_after_two_days_and_days_after_sixty(
    store: Store, clock: Clock
) -> None:
    clock.now = NOW + 500 * DAY  # the feed stays
    await store.commit(*foundation(1), used(FULL), used(FULL + MINUTE, took=2), used(FULL, n=0))
    minutes = [("poi/v1", 2, 0 * HOUR, (1, 1)), ("poi/v1", 2, MINUTE, (2, 1))]
    assert await store.prune(FULL + 2 * DAY, 100) == 0
    assert await listed(store, MINUTE) == minutes
    assert await store.prune(FULL + 2 * DAY + SECOND, 100) == 2, "the application's, and nobody's"
    assert await listed(store, MINUTE) == minutes, "what is left of the hour is no hour yet"
    assert await store.prune(FULL + 2 * DAY + MINUTE + SECOND, 100) == 1
    assert await listed(store, MINUTE) == [("poi/v1", 2, 0 * HOUR, (3, 2))]
    await store.commit(used(FULL + 23 * HOUR))
    assert await store.prune(FULL + 3 * DAY, 100) == 1
    assert await store.prune(FULL + 60 * DAY, 100) == 0
    assert await store.prune(FULL + 60 * DAY + SECOND, 1) == 1, "a bounded number at a time"
    assert await store.prune(FULL + 61 * DAY, 100) == 2
    assert await listed(store, MINUTE) == [("poi/v1", 2, 0 * HOUR, (4, 3))]
    assert await listed(store, DAY, "") == [("poi/v1", 2, 0 * HOUR, (1, 1))]
    assert await store.prune(FULL + 400 * DAY, 100) == 0
    assert await store.prune(FULL + 400 * DAY + SECOND, 100) == 2
    assert await listed(store, DAY) == []


async def test_a_deleted_applications_usage_goes_and_none_comes_after(store: Store) -> None:
    await store.commit(*foundation(1), *foundation(2), used(FULL), used(FULL, n=2))
    await store.commit(SetApplicationState("app_1", "blocked", "active"))
    assert len(await listed(store, MINUTE)) == 1
    await store.commit(SetApplicationState("app_1", "revoked", "blocked"))
    await store.commit(used(FULL), used(FULL, n=2))
    assert await listed(store, MINUTE) == []
    assert await listed(store, MINUTE, "app_2") == [("poi/v1", 2, 0 * HOUR, (2, 2))]
