"""Commits: all or nothing, numbered in order, alone or many at a time."""

import asyncio

import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.domain.meta import SetMeta
from satsuma.domain.revocations import Revoke
from satsuma.domain.spaces import CreateSpace
from satsuma.store.port import Conflict, Store, Unavailable
from satsuma.store.sqlite.group_commit import BATCH
from tests.store.facts import DAY, NOW, account, foundation, furnished, space


async def test_a_commit_of_nothing_is_nothing(store: Store) -> None:
    await store.commit()
    assert await store.read(lambda r: r.feed_head()) == 0


async def test_later_effects_see_earlier_ones_of_the_same_commit(store: Store) -> None:
    await store.commit(CreateAccount(account()), CreateSpace(space()))
    with pytest.raises(Conflict, match="account-unknown"):
        await store.commit(CreateSpace(space(2)), CreateAccount(account(2)))


async def test_the_same_change_is_announced_once_in_a_commit(store: Store) -> None:
    await store.commit(*furnished())
    feed = await store.read(lambda r: r.feed_since(0, 9))
    assert [change.kind for change in feed] == ["client", "apis", "keys"]


async def test_many_commits_at_once_stand_or_conflict_each_by_itself(store: Store) -> None:
    """Twice the batch of the group commit; every third one conflicts and leaves nothing behind."""

    async def commit(n: int) -> bool:
        effects: list[Effect] = [Revoke("token", f"t{n}", NOW + DAY), Audit(NOW, "a", "b", f"t{n}")]
        if n % 3 == 0:
            effects.append(SetMeta("absent", "x", "y"))
        try:
            await store.commit(*effects)
        except Conflict:
            return False
        return True

    count = 2 * BATCH
    stood = await asyncio.gather(*(commit(n) for n in range(count)))
    assert stood == [n % 3 != 0 for n in range(count)]
    expected = {f"t{n}" for n in range(count) if n % 3}
    feed = await store.read(lambda r: r.feed_since(0, count))
    audit = await store.read(lambda r: r.audit_since(0, count))
    assert [change.seq for change in feed] == list(range(1, len(expected) + 1))
    assert [row.seq for row in audit] == list(range(1, len(expected) + 1))
    assert {change.id for change in feed} == {row.object for row in audit} == expected
    revoked = await store.read(lambda r: r.list_revocations(NOW))
    assert {each.id for each in revoked} == expected


async def test_a_value_that_cannot_be_stored_fails_its_own_commit_only(store: Store) -> None:
    wrong = CreateAccount(account(2, created_at="yesterday", email=object()))
    outcomes = await asyncio.gather(
        store.commit(CreateAccount(account(1))),
        store.commit(wrong),
        store.commit(CreateAccount(account(3))),
        return_exceptions=True,
    )
    if isinstance(outcomes[1], BaseException):  # the memory store takes any object
        assert not isinstance(outcomes[1], Conflict | Unavailable)
    assert outcomes[0] is None
    assert outcomes[2] is None


async def test_a_waiter_that_goes_away_harms_nobody(store: Store) -> None:
    gone = asyncio.ensure_future(store.commit(CreateAccount(account(1))))
    await asyncio.sleep(0)
    gone.cancel()
    await store.commit(CreateAccount(account(2)))
    assert await store.read(lambda r: r.find_account("acc_2")) == account(2)


async def test_a_closed_store_says_so(store: Store) -> None:
    queued = [asyncio.ensure_future(store.commit(CreateAccount(account(n)))) for n in range(5)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*queued)
    with pytest.raises(Unavailable, match="closed"):
        await store.commit(CreateAccount(account(9)))
    with pytest.raises(Unavailable, match="closed"):
        await store.read(lambda r: r.feed_head())
    await store.close()


async def test_what_was_committed_is_there_when_the_database_is_opened_again(
    database: str, opened
) -> None:
    store = opened(database)
    await store.commit(*foundation())
    await store.close()
    assert await opened(database).read(lambda r: r.find_account("acc_1")) == account()
