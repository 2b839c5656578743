"""Commits that wait for PostgreSQL together go in one transaction, and none of them is worse off for it."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.effects import Effect
from satsuma.domain.meta import SetMeta
from satsuma.domain.revocations import Revoke
from satsuma.store.port import Conflict, Store
from satsuma.store.postgresql.connection import _TURN
from satsuma.store.postgresql.group_commit import TOGETHER
from tests.store.facts import DAY, NOW, account

MANY = 2 * TOGETHER


@pytest.fixture
async def store(postgresql_url: str, opened: Any) -> Store:
    return opened(postgresql_url)


@pytest.fixture
def other(postgresql_url: str) -> Iterator[psycopg.Connection]:
    """Another transaction, which a test begins and ends."""
    with psycopg.connect(postgresql_url) as connection:
        yield connection


def transactions(url: str) -> int:
    """In how many transactions the feed was written."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(DISTINCT xmin::text) FROM feed").fetchone()
        return int(row[0]) if row else 0


def revoke(n: int) -> Effect:
    return Revoke("token", f"t{n:03}", NOW + DAY)


def wait_for(url: str, condition: str) -> None:
    query, until = f"SELECT 1 FROM pg_stat_activity WHERE {condition}", time.monotonic() + 10
    with psycopg.connect(url, autocommit=True) as watch:
        while watch.execute(query).fetchone() is None:
            assert time.monotonic() < until


async def test_commits_that_wait_together_share_a_transaction_in_their_order(
    store: Store, postgresql_url: str
) -> None:
    await asyncio.gather(*(store.commit(revoke(n)) for n in range(MANY)))
    feed = await store.read(lambda reader: reader.feed_since(0, MANY + 1))
    assert [change.seq for change in feed] == list(range(1, MANY + 1))
    assert {change.id for change in feed} == {f"t{n:03}" for n in range(MANY)}
    assert transactions(postgresql_url) < MANY / 2


async def test_one_that_must_wait_for_a_row_keeps_only_itself_waiting(
    store: Store, postgresql_url: str, other: psycopg.Connection
) -> None:
    await store.commit(SetMeta("held", None, "a"))
    other.execute("SELECT 1 FROM meta WHERE name = 'held' FOR UPDATE")
    held = [asyncio.ensure_future(store.commit(revoke(n))) for n in range(5)]
    held.append(asyncio.ensure_future(store.commit(SetMeta("held", "a", "b"))))
    held += [asyncio.ensure_future(store.commit(revoke(n))) for n in range(5, 20)]
    async with asyncio.timeout(10):
        await asyncio.gather(*(each for at, each in enumerate(held) if at != 5))
    assert not held[5].done()
    other.rollback()
    await held[5]
    assert await store.read(lambda reader: reader.find_meta("held")) == "b"


async def test_a_conflict_among_many_takes_back_itself_alone(
    store: Store, postgresql_url: str
) -> None:
    same = [store.commit(CreateAccount(account(1)), revoke(n)) for n in range(MANY)]
    told = await asyncio.gather(*same, return_exceptions=True)
    assert told.count(None) == 1
    assert {str(each) for each in told if each is not None} == {"account-exists"}
    assert all(isinstance(each, Conflict) for each in told if each is not None)
    assert transactions(postgresql_url) == 1
    revoked = await store.read(lambda reader: reader.list_revocations(NOW))
    assert len(revoked) == 1


async def test_the_turn_is_waited_for_as_long_as_it_takes(
    store: Store, postgresql_url: str, other: psycopg.Connection
) -> None:
    """The patience with rows does not hold for the turn: another process's commit is no obstacle."""
    other.execute("SELECT pg_advisory_xact_lock(%s)", (_TURN,))
    commits = [asyncio.ensure_future(store.commit(revoke(n))) for n in range(TOGETHER)]
    long_since = "wait_event = 'advisory' AND now() - query_start > interval '300 ms'"
    await asyncio.to_thread(wait_for, postgresql_url, long_since)
    other.rollback()
    await asyncio.gather(*commits)
    assert transactions(postgresql_url) < TOGETHER / 2
