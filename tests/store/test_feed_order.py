"""The feed is in commit order: whoever reads on from its number misses nothing, whoever commits meanwhile."""

import asyncio

from satsuma.domain.audit import Audit
from satsuma.domain.revocations import Revoke
from satsuma.store.port import Store
from tests.store.facts import DAY, NOW
from tests.store.racers import NO_TURN, WON, Racers

COMMITS = 40


def rounds(racer: int) -> list[tuple[Revoke | Audit, ...]]:
    """Commits of different sizes, so that some take their numbers while others already have theirs."""
    return [
        (
            Audit(NOW, f"racer {racer}", "revoked", f"{racer}.{n}"),
            *(Revoke("token", f"{racer}.{n}.{part}", NOW + DAY) for part in range(1 + n % 3)),
        )
        for n in range(COMMITS)
    ]


async def follow(store: Store, until: int) -> list[str]:
    """Read on from the last number; each row bears the next one, or a gap might be filled behind us."""
    seen: list[str] = []
    while len(seen) < until:
        head = len(seen)
        for change in await store.read(lambda r, after=head: r.feed_since(after, 1000)):
            assert change.seq == len(seen) + 1
            seen.append(change.id)
        if len(seen) == head:
            await store.changed(0.05)
    return seen


async def test_a_follower_misses_nothing_while_eight_processes_commit(
    database: str, opened, racers: Racers
) -> None:
    """The condition: `take_turn`, the lock under which numbers are taken (on SQLite, the one writer)."""
    store = opened(database)
    each = [rounds(racer) for racer in range(racers.count)]
    expected = {e.id for racer in each for effects in racer for e in effects[1:]}
    racers.start(database, each, in_step=False)
    finished = asyncio.ensure_future(asyncio.to_thread(racers.finish))
    try:
        async with asyncio.timeout(60):
            seen = await follow(store, len(expected))
    finally:
        outcomes = await finished
    assert outcomes == [[WON] * COMMITS] * racers.count
    assert set(seen) == expected
    assert len(seen) == len(expected)
    audit = await store.read(lambda r: r.audit_since(0, 10_000))
    assert [row.seq for row in audit] == list(range(1, racers.count * COMMITS + 1))


async def test_without_the_lock_commits_take_the_same_numbers(
    postgresql_url: str, racers: Racers
) -> None:
    each = [rounds(racer) for racer in range(racers.count)]
    racers.start(postgresql_url, each, NO_TURN, in_step=False)
    outcomes = await asyncio.to_thread(racers.finish)
    assert {outcome for racer in outcomes for outcome in racer} != {WON}
