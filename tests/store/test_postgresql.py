"""PostgreSQL goes away and comes back; what the store says of it holds no password."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.audit import Audit
from satsuma.domain.keys import AddKey, CountKeyUses
from satsuma.domain.meta import SetMeta
from satsuma.domain.revocations import Revoke
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Store, Unavailable
from satsuma.store.postgresql.connection import connect
from satsuma.store.sql.revocations import PRUNE_REVOCATIONS
from tests.servers import PostgreSQL
from tests.servers.halting import HaltingProxy
from tests.store.facts import HOUR, NOW, account, key
from tests.store.test_changed import follow


def hang_up(url: str) -> int:
    """Let the server end every other connection to the database."""
    with psycopg.connect(url, autocommit=True) as admin:
        (count,) = admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone() or (0,)
    return int(count)


@pytest.fixture
async def store(postgresql_url: str, opened: Any) -> Store:
    return opened(postgresql_url)


async def test_reads_and_commits_go_on_after_every_connection_was_lost(
    store: Store, postgresql_url: str
) -> None:
    for n in range(3):
        await store.commit(CreateAccount(account(n)))
        assert await store.read(lambda r, n=n: r.find_account(f"acc_{n}")) == account(n)
        assert hang_up(postgresql_url) >= 2


async def test_a_follower_hears_again_after_its_connection_was_lost(
    store: Store, postgresql_url: str
) -> None:
    follower = asyncio.ensure_future(follow(store, "after"))
    await store.commit(Revoke("token", "before", NOW))
    hang_up(postgresql_url)
    await store.commit(Revoke("token", "after", NOW))
    async with asyncio.timeout(20):
        assert await follower == ["before", "after"]


async def test_a_server_out_of_reach_is_unavailable_without_its_password(
    postgresql: PostgreSQL, postgresql_url: str, proxy: HaltingProxy, opened: Any
) -> None:
    url = postgresql_url.replace("satsuma@", "satsuma:geheim@")
    store = opened(url.replace(f":{postgresql.port}/", f":{proxy.port}/"))
    await store.commit(CreateAccount(account()))
    proxy.shut()
    for call in (
        lambda: store.commit(Audit(NOW, "a", "b", "c")),
        lambda: store.read(lambda r: r.feed_head()),
    ):
        with pytest.raises(Unavailable, match=f"127.0.0.1:{proxy.port} cannot be reached") as told:
            await call()
        assert "geheim" not in str(told.value)
        assert told.value.__cause__ is None
    async with asyncio.timeout(20):
        await store.changed(0.1)


def test_a_wrong_password_is_not_repeated(postgresql_url: str) -> None:
    for url in (
        postgresql_url.replace("satsuma@", "nobody:geheim@"),
        postgresql_url.replace("satsuma@", "geheim:geheim@"),
    ):
        with pytest.raises(Unavailable) as told:
            open_store(url)
        assert "geheim" not in str(told.value)


@pytest.fixture
def quick_deadlocks(postgresql_url: str) -> Iterator[str]:
    """A database whose server looks for deadlocks at once."""
    name = postgresql_url.rpartition("/")[2]
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
        yield postgresql_url
        admin.execute(f"ALTER DATABASE {name} RESET deadlock_timeout")


async def commit_crosswise(url: str, opened: Any) -> list[BaseException]:
    """Let two commits take the same rows in opposite order, over and over; give what went wrong."""
    one, two = opened(url), opened(url)
    wrong: list[BaseException] = []
    for n in range(10):
        forth = [Revoke("token", str(i), NOW + n * HOUR) for i in range(100)]
        commits = one.commit(*forth), two.commit(*reversed(forth))
        wrong += [w for w in await asyncio.gather(*commits, return_exceptions=True) if w]
    left = await one.read(lambda r: r.list_revocations(NOW - HOUR))
    assert [row.until for row in left] == [NOW + 9 * HOUR] * 100
    return wrong


async def test_a_deadlock_is_tried_again(quick_deadlocks: str, opened: Any) -> None:
    """The condition: UNDONE, how often a commit begins anew."""
    assert await commit_crosswise(quick_deadlocks, opened) == []


async def test_without_a_new_try_deadlocks_come_out(
    quick_deadlocks: str, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("satsuma.store.postgresql.pool.UNDONE", 0)
    wrong = await commit_crosswise(quick_deadlocks, opened)
    assert {type(error) for error in wrong} == {Unavailable}
    assert "deadlock detected" in str(wrong[0])


async def test_a_conflict_leaves_no_lock_behind(store: Store, postgresql_url: str) -> None:
    await store.commit(SetMeta("kind", None, "demo"))
    with pytest.raises(Conflict):
        await store.commit(SetMeta("kind", "demo", "test"), SetMeta("kind", "wrong", "x"))
    with psycopg.connect(postgresql_url) as other:
        other.execute("SET lock_timeout = '2s'")
        other.execute("SELECT * FROM meta FOR UPDATE")


async def test_a_text_that_postgresql_cannot_hold_is_a_value_error(store: Store) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        await store.commit(CreateAccount(account(1, locale="\0")))
    await store.commit(CreateAccount(account(1)))


async def test_a_revocation_prolonged_while_it_is_pruned_stays(postgresql_url: str) -> None:
    """The condition: the outer `until <= :now` of PRUNE_REVOCATIONS."""
    with connect(postgresql_url) as first, connect(postgresql_url) as second:
        row = {"kind": "token", "id": "jti", "until": 100}
        first.execute("INSERT INTO revocation VALUES (%(kind)s, %(id)s, %(until)s)", row)
        first.commit()
        first.execute("UPDATE revocation SET until = 900")
        text = PRUNE_REVOCATIONS.replace(":now", "500").replace(":limit", "9")
        pruned: list[int] = []
        pruning = threading.Thread(target=lambda: pruned.append(second.execute(text).rowcount))
        pruning.start()
        with psycopg.connect(postgresql_url, autocommit=True) as watch:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while watch.execute(waiting).fetchone() == (0,):
                pass
        first.commit()
        pruning.join()
        assert pruned == [0]


async def test_a_server_that_does_not_sync_is_told_to(postgresql_url: str) -> None:
    name = postgresql_url.rpartition("/")[2]
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        try:
            for chosen, used in (
                ("off", "on"),
                ("local", "local"),
                ("remote_apply", "remote_apply"),
            ):
                admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = '{chosen}'")
                with connect(postgresql_url) as connection:
                    assert connection.execute("SHOW synchronous_commit").fetchone() == (used,)
        finally:
            admin.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


async def test_counts_from_many_connections_add_up(store: Store) -> None:
    await store.commit(AddKey(key(1)))
    await asyncio.gather(*(store.commit(CountKeyUses("key_1", 1)) for _ in range(50)))
    (found,) = await store.read(lambda r: r.list_keys())
    assert found.uses == 50
