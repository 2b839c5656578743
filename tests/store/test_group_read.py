"""Reads that wait together share one view of the database, and nothing else."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.audit import Audit
from satsuma.domain.revocations import Revoke
from satsuma.store.opening import open_store
from satsuma.store.port import Reader, Store, Unavailable
from satsuma.store.sql.writing import apply
from satsuma.store.sqlite.file import SqliteTransaction, connect
from satsuma.store.sqlite.group_read import BATCH, READERS
from tests.store.facts import DAY, NOW, account

MANY = 3 * BATCH * READERS


async def test_a_read_that_fails_fails_alone(store: Store) -> None:
    await store.commit(CreateAccount(account(1)))

    def look(n: int) -> Any:
        def query(reader: Reader) -> Any:
            if n % 3 == 0:
                raise ValueError(n)
            return reader.find_account("acc_1")

        return store.read(query)

    found = await asyncio.gather(*(look(n) for n in range(MANY)), return_exceptions=True)
    for n, each in enumerate(found):
        assert isinstance(each, ValueError) if n % 3 == 0 else each == account(1)


async def test_each_of_many_reads_sees_what_was_committed_before_it_asked(store: Store) -> None:
    async def write_and_look(n: int) -> bool:
        await store.commit(CreateAccount(account(n)))
        return await store.read(lambda reader: reader.find_account(f"acc_{n}")) == account(n)

    assert all(await asyncio.gather(*(write_and_look(n) for n in range(MANY))))


async def test_a_read_sees_one_moment_while_others_write(database: str, opened: Any) -> None:
    store: Store = opened(database)
    began, goes_on = threading.Event(), threading.Event()

    def slow(reader: Reader) -> tuple[int, int]:
        before = reader.count_rows()["account"]
        began.set()
        assert goes_on.wait(10)
        return before, reader.count_rows()["account"]

    looking = asyncio.ensure_future(store.read(slow))
    await asyncio.get_running_loop().run_in_executor(None, began.wait, 10)
    await store.commit(CreateAccount(account(1)))
    assert await store.read(lambda reader: reader.count_rows()["account"]) == 1
    goes_on.set()
    assert await looking == (0, 0)


async def test_a_closed_sqlite_store_leaves_no_write_ahead_log(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    for n in range(1, 9):
        store = open_store(sqlite_url)
        await store.commit(CreateAccount(account(n)))
        await asyncio.gather(*(store.read(lambda r: r.feed_head()) for _ in range(MANY)))
        await store.close()
        assert sorted(each.name for each in path.parent.glob(f"{path.name}*")) == [path.name]


def test_a_file_that_cannot_be_read_is_told_and_found_again(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))

    async def heads() -> list[Any]:
        looks = [store.read(lambda reader: reader.feed_head()) for _ in range(BATCH)]
        return await asyncio.gather(*looks, return_exceptions=True)

    with asyncio.Runner() as runner:
        store = open_store(sqlite_url)
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        for told in runner.run(heads()):
            assert isinstance(told, Unavailable)
            assert str(path) in str(told)
        path.rmdir()
        path.with_suffix(".away").rename(path)
        assert runner.run(heads()) == [0] * BATCH
        runner.run(store.close())


def test_only_what_the_feed_tells_rings_the_bell(sqlite_url: str) -> None:
    """An audit row for each redemption would have every process read the feed for nothing."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with contextlib.closing(connect(path)) as connection:
        session = SqliteTransaction(connection)
        assert not apply(session, [Audit(NOW, "a", "b", "c"), CreateAccount(account(1))], 1)
        assert apply(session, [Audit(NOW, "a", "b", "c"), Revoke("token", "t", NOW + DAY)], 2)
