"""Backups are whole, private, never overwrite; a dump from either engine fills the other."""

import contextlib
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from satsuma.domain.accounts import CreateAccount, DeleteAccount
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.grants.grant import UseCode
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Revoke
from satsuma.store import dump
from satsuma.store.dump import NotADump
from satsuma.store.opening import open_store, sqlite_path
from satsuma.store.port import Unavailable
from satsuma.store.schema.revision import HEAD
from satsuma.store.upkeep import backup, restore, upgrade
from tests.store.facts import DAY, NOW, account, digest, foundation, furnished, logged, peopled
from tests.store.test_equivalence import everything


async def filled(url: str) -> list[Any]:
    """Fill a database with one of everything; give all that it tells."""
    store = open_store(url)
    await store.commit(*furnished(), Audit(NOW, "acc_1", "did", "é\n\u2028", "{}"))
    await store.commit(*peopled()[len(foundation()) :], UseCode(digest(), NOW))
    await store.commit(CreateAccount(account(2)), DeleteAccount("acc_2", NOW, NOW + 2 * DAY))
    await store.commit(Revoke("token", "jti", NOW + DAY), SealAudit(((1, b"\x00\xff"),)))
    await store.commit(LogRequests(tuple(logged(n) for n in range(1200))))
    await store.close()
    return await told(url)


async def told(url: str) -> list[Any]:
    store = open_store(url)
    found = await store.read(everything)
    await store.close()
    return found


async def test_a_dump_of_either_database_fills_a_new_one_of_either(
    database: str, tmp_path: Path, postgres_database: str
) -> None:
    expected = await filled(database)
    dump = tmp_path / "backup.jsonl"
    backup(database, dump)
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    for goal in (f"sqlite:///{tmp_path}/new.db", postgres_database):
        restore(dump, goal)
        assert await told(goal) == expected
        again = tmp_path / f"again-{goal.partition(':')[0]}.jsonl"
        backup(goal, again)
        assert sorted(again.read_text().splitlines()) == sorted(dump.read_text().splitlines())


async def test_a_copy_of_an_sqlite_database_is_one_moment_of_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    expected = await filled(sqlite_url)
    copy = tmp_path / "copy.db"
    store = open_store(sqlite_url)
    backup(sqlite_url, copy)
    await store.commit(Revoke("token", "later", NOW))
    await store.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restore(copy, f"sqlite:///{tmp_path}/deep/new.db")
    assert await told(f"sqlite:///{tmp_path}/deep/new.db") == expected


async def test_a_backup_overwrites_nothing(database: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken.jsonl"
    taken.write_text("mine")
    with pytest.raises(FileExistsError, match=r"taken\.jsonl exists already"):
        backup(database, taken)
    assert taken.read_text() == "mine"


@pytest.mark.parametrize("name", ["same.jsonl", "same.db"])
async def test_of_two_backups_to_one_name_one_wins_and_each_file_is_whole(
    database: str, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(database)
    goal, unrelated = tmp_path / name, tmp_path / f"{name}.part"
    unrelated.write_text("mine")
    both = Barrier(2, timeout=30)
    with ThreadPoolExecutor(2) as racers:
        monkeypatch.setattr(os, "fsync", lambda file: meet(both))
        done = [racers.submit(backup, database, goal) for _ in range(2)]
        problems = [each.exception() for each in done]
    (lost,) = (each for each in problems if each is not None)
    assert isinstance(lost, FileExistsError)
    assert f"{name} exists already" in str(lost)
    assert unrelated.read_text() == "mine"
    assert {each for each in os.listdir(tmp_path) if name in each} == {name, f"{name}.part"}
    restore(goal, f"sqlite:///{tmp_path}/new.db")


def meet(both: Barrier) -> None:
    """Wait once for the other, so that neither has put its file in place before both are written."""
    if not both.broken:
        with contextlib.suppress(BrokenBarrierError):
            both.wait()
        both.abort()


def test_a_dangling_link_is_something_that_is_there(sqlite_url: str, tmp_path: Path) -> None:
    for name in ("link.jsonl", "link.db"):
        (tmp_path / name).symlink_to("nowhere")
        with pytest.raises(FileExistsError, match="exists already"):
            backup(sqlite_url, tmp_path / name)
        assert (tmp_path / name).is_symlink()


async def test_a_restore_overwrites_nothing(database: str, tmp_path: Path) -> None:
    expected = await filled(database)
    dump = tmp_path / "backup.jsonl"
    backup(database, dump)
    with pytest.raises(FileExistsError, match=r"overwrites nothing|nothing is overwritten"):
        restore(dump, database)
    assert await told(database) == expected


async def test_postgresql_takes_no_sqlite_file(sqlite_url: str, postgresql_url: str) -> None:
    with pytest.raises(NotADump, match=r"back it up to a name that ends in \.jsonl"):
        restore(sqlite_path(sqlite_url), postgresql_url)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda lines: [], "not a dump"),
        (lambda lines: ["hello"], "Line 1 of the dump cannot be read"),
        (lambda lines: [json.dumps({"kind": "other"})], "not a dump"),
        (lambda lines: [*lines[:2], "\udcff", *lines[2:]], "Line 3 of the dump cannot be read"),
        (lambda lines: [*lines[:2], "null", *lines[2:]], "Line 3 of the dump cannot be read"),
        (lambda lines: [*lines, lines[-1]], "goes on after its end"),
        (
            lambda lines: [lines[0].replace(HEAD, "0000"), *lines[1:]],
            "is of revision 0000.* the release that wrote it.*satsuma db upgrade",
        ),
        (lambda lines: lines[:-1], "has been cut off"),
        (lambda lines: [*lines[:1], " " * dump._LONGEST], "Line 2 .* longer than any"),
        (lambda lines: lines[: len(lines) // 2], "has been cut off"),
        (lambda lines: [line for line in lines if "jti" not in line], "holds .* of .* rows"),
        (lambda lines: [line.replace('"account"', '"accounts"') for line in lines], "'accounts'"),
        (lambda lines: [line.replace('"email"', '"mail"') for line in lines], "'account'"),
        (lambda lines: [line.replace('["acc_1",', '["acc_2",') for line in lines], "hold together"),
    ],
)
async def test_a_damaged_dump_leaves_nothing_behind(
    sqlite_url: str, tmp_path: Path, postgres_database: str, damage: Any, says: str
) -> None:
    await filled(sqlite_url)
    whole, damaged = tmp_path / "whole.jsonl", tmp_path / "damaged.jsonl"
    backup(sqlite_url, whole)
    text = "".join(f"{line}\n" for line in damage(whole.read_text().splitlines()))
    damaged.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = set(os.listdir(tmp_path))
    with pytest.raises(NotADump, match=says):
        restore(damaged, f"sqlite:///{tmp_path}/new.db")
    assert set(os.listdir(tmp_path)) == before
    with pytest.raises(NotADump, match=says):
        restore(damaged, postgres_database)
    restore(whole, postgres_database)


def test_a_damaged_sqlite_file_is_not_restored(sqlite_url: str, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    content = bytearray(sqlite_path(sqlite_url).read_bytes())
    content[4096:12288] = b"\xff" * 8192
    damaged.write_bytes(content)
    with pytest.raises((NotADump, Unavailable), match=r"damaged\.db"):
        restore(damaged, f"sqlite:///{tmp_path}/new.db")
    assert not (tmp_path / "new.db").exists()


def test_nothing_is_backed_up_from_a_database_that_is_not_there(tmp_path: Path) -> None:
    for name in ("b.db", "b.jsonl"):
        with pytest.raises(Unavailable, match="does not exist"):
            backup(f"sqlite:///{tmp_path}/none.db", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_upgrade_makes_a_missing_sqlite_file(tmp_path: Path) -> None:
    assert upgrade(f"sqlite:///{tmp_path}/new.db")
    assert upgrade(f"sqlite:///{tmp_path}/new.db") == []
