"""What was done to the audit behind our back is found, and where. The opening row makes row 1."""

import asyncio
import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from satsuma.audit.chain import START, chain_value, chain_values
from satsuma.audit.checkpoints import Checkpointer
from satsuma.audit.sealer import Sealer
from satsuma.audit.verification import verify_audit
from satsuma.domain.audit import AuditRecord
from satsuma.domain.revocations import Revoke
from satsuma.keys.master import MasterKey
from tests.store.databases import Database

SWAP = (
    "UPDATE audit SET seq = -1 WHERE seq = {0}",
    "UPDATE audit SET seq = {0} WHERE seq = {1}",
    "UPDATE audit SET seq = {1} WHERE seq = -1",
)


async def sealed(database: Database, rows: int = 19) -> None:
    await database.write(rows)
    assert await database.seal() == rows + 1
    await database.mark()


async def test_an_audit_that_nobody_touched_is_intact(database: Database) -> None:
    await sealed(database)
    await database.write(3)
    report = await database.verify()
    assert (report.findings, report.rows, report.sealed) == ([], 23, 20)
    assert report.checkpoints == 1


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'cli:bob'",
        "action = 'token.grant'",
        "object = 'token:99'",
        "detail = '{}'",
        "at = at + 1",
        "actor = actor || action, action = ''",  # the same letters, cut otherwise
    ],
)
async def test_an_edited_row_is_found(database: Database, change: str) -> None:
    await sealed(database)
    database.sql(f"UPDATE audit SET {change} WHERE seq = 9")
    assert await database.found() == [("edited", 9)]


async def test_an_edit_says_what_the_row_now_reads(database: Database) -> None:
    await sealed(database)
    database.sql("UPDATE audit SET actor = 'cli:bob' WHERE seq = 9")
    (finding,) = (await database.verify()).findings
    assert finding.says == (
        "Row 9 was edited; it now reads: token.revoke of token:7 by cli:bob at "
        "2026-03-01 12:00:08 UTC."
    )


async def test_an_edited_first_and_last_row_are_found(database: Database) -> None:
    await sealed(database)
    database.sql("UPDATE audit SET actor = 'x' WHERE seq IN (1, 20)")
    assert await database.found() == [("edited", 1), ("edited", 20)]


async def test_an_edited_row_whose_value_was_taken_from_another_is_found(
    database: Database,
) -> None:
    await sealed(database)
    database.sql(
        "UPDATE audit SET actor = 'x', mac = (SELECT mac FROM audit WHERE seq = 4) WHERE seq = 9"
    )
    assert ("edited", 9) in await database.found()


async def test_an_edit_of_the_value_alone_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("UPDATE audit SET mac = (SELECT mac FROM audit WHERE seq = 4) WHERE seq = 9")
    assert [seq for _, seq in await database.found()] == [9]


async def test_a_deleted_row_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("DELETE FROM audit WHERE seq = 9")
    assert await database.found() == [("deleted", 9)]


async def test_deleted_rows_at_the_beginning_are_found(database: Database) -> None:
    await sealed(database)
    database.sql("DELETE FROM audit WHERE seq <= 5")
    (finding,) = (await database.verify()).findings
    assert finding.says == "Rows 1 to 5 are missing: deleted."


async def test_a_deleted_row_whose_number_was_closed_up_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("DELETE FROM audit WHERE seq = 9")
    for seq in range(10, 21):
        database.sql(f"UPDATE audit SET seq = {seq - 1} WHERE seq = {seq}")
    deleted, cut = (await database.verify()).findings
    assert deleted.says == (
        "Rows 9 to 19 hold what stood 1 later: row 9 was deleted, the rest renumbered."
    )
    assert (cut.kind, cut.seq) == ("cut", 20)


@pytest.mark.parametrize(("one", "other"), [(8, 9), (5, 15)])
async def test_two_rows_that_changed_places_are_found(
    database: Database, one: int, other: int
) -> None:
    await sealed(database)
    database.sql(*(statement.format(one, other) for statement in SWAP))
    assert await database.found() == [("reordered", one), ("reordered", other)]


async def test_two_rows_that_changed_places_but_not_values_are_found(database: Database) -> None:
    await sealed(database)
    columns = ("at", "object", "detail")
    old = {
        seq: database.rows(f"SELECT {', '.join(columns)} FROM audit WHERE seq = {seq}")[0]
        for seq in (8, 12)
    }
    for seq, other in ((8, 12), (12, 8)):
        sets = ", ".join(
            f"{name} = {value!r}" for name, value in zip(columns, old[other], strict=True)
        )
        database.sql(f"UPDATE audit SET {sets} WHERE seq = {seq}")
    assert await database.found() == [("reordered", 8), ("reordered", 12)]


async def test_a_cut_tail_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("DELETE FROM audit WHERE seq > 15")
    (finding,) = (await database.verify()).findings
    assert (finding.kind, finding.seq) == ("cut", 16)
    assert "after row 15" in finding.says
    assert "saw 20 rows" in finding.says


async def test_a_cut_tail_that_grew_again_is_found_at_its_place(database: Database) -> None:
    await sealed(database)
    await database.write(10)
    await database.seal()
    await database.mark()
    database.sql("DELETE FROM audit WHERE seq > 25")
    await database.write(10)
    await database.seal()
    assert await database.found() == [("rewritten", 21)]


async def test_a_seal_taken_off_and_made_anew_over_an_edit_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("UPDATE audit SET actor = 'x' WHERE seq = 9", "UPDATE audit SET mac = NULL")
    await database.seal()
    assert await database.found() == [("rewritten", 1)]


async def test_a_row_that_lost_its_value_is_found(database: Database) -> None:
    await sealed(database)
    database.sql("UPDATE audit SET mac = NULL WHERE seq = 9")
    assert await database.found() == [("unsealed", 9)]


async def test_a_restored_old_copy_is_found(database: Database) -> None:
    await sealed(database)
    kept = database.copy()
    await database.write(5)
    await database.seal()
    await database.mark()
    database.put_back(kept)
    (finding,) = (await database.verify()).findings
    assert (finding.kind, finding.seq) == ("restored", 21)
    assert finding.says.startswith("An old copy of the database was restored: the checkpoint of")


async def test_a_restored_old_copy_that_went_on_is_found(database: Database) -> None:
    await sealed(database)
    kept = database.copy()
    await database.write(5)
    await database.seal()
    await database.mark()
    database.put_back(kept)
    await database.write(9, actor="cli:bob")
    await database.seal()
    await database.mark()
    assert await database.found() == [("rewritten", 21)]


async def test_without_checkpoints_a_cut_tail_cannot_be_told(database: Database) -> None:
    await sealed(database)
    database.sql("DELETE FROM audit WHERE seq > 15")
    assert (await database.verify(with_checkpoints=False)).findings == []


async def test_a_checkpoint_that_somebody_else_signed_is_found(database: Database) -> None:
    await sealed(database)
    line = json.loads(database.checkpoints.read_text())
    database.checkpoints.write_text(json.dumps(line | {"head": 3, "count": 3}) + "\n")
    (finding,) = (await database.verify()).findings
    assert finding.kind == "checkpoint"
    assert "Line 1" in finding.says


async def test_a_checkpoint_taken_out_of_the_middle_is_found(database: Database) -> None:
    await sealed(database)
    await database.mark()
    await database.mark()
    lines = database.checkpoints.read_text().splitlines()
    database.checkpoints.write_text("\n".join([lines[0], lines[2]]) + "\n")
    (finding,) = (await database.verify()).findings
    assert finding.says.startswith("Line 2 of the checkpoints does not follow")


async def test_checkpoints_of_another_database_are_told(database: Database, tmp_path: Path) -> None:
    await sealed(database)
    database.sql("UPDATE meta SET value = 'db_other' WHERE name = 'database-id'")
    (finding,) = (await database.verify()).findings
    assert "of another database" in finding.says


async def test_a_damaged_line_is_told_and_the_others_count(database: Database) -> None:
    await sealed(database)
    with database.checkpoints.open("ab") as file:
        file.write(b'{"at": 3}\n\xff\xfe\n[]\n')
    report = await database.verify()
    assert [finding.says for finding in report.findings] == [
        f"Line {n} of the checkpoints is damaged." for n in (2, 3, 4)
    ]
    assert report.checkpoints == 1


async def test_a_torn_last_line_goes_at_the_next_checkpoint(database: Database) -> None:
    await sealed(database)
    with database.checkpoints.open("ab") as file:
        file.write(b'{"at":"2026-')
    await database.mark()
    report = await database.verify()
    assert (report.findings, report.checkpoints) == ([], 2)


async def test_processes_that_share_a_file_write_one_checkpoint_a_minute(
    database: Database,
) -> None:
    await sealed(database)
    database.clock.pass_(minutes=60)
    store, vault = await database.open()
    keepers = [Checkpointer(store, vault, database.checkpoints, database.clock) for _ in range(6)]
    wrote = await asyncio.gather(*(keeper.step() for keeper in keepers))
    await store.close()
    assert wrote.count(True) == 1
    assert database.checkpoints.stat().st_mode & 0o777 == 0o600


async def test_at_rest_one_checkpoint_an_hour_is_enough_and_the_file_stays_fresh(
    database: Database,
) -> None:
    await sealed(database)
    await database.mark()
    os.utime(database.checkpoints, (0, 0))
    store, vault = await database.open()
    keeper = Checkpointer(store, vault, database.checkpoints, database.clock)
    wrote = 0
    for _ in range(60):
        database.clock.pass_(minutes=1)
        wrote += await keeper.step()
    assert wrote == 1
    assert time.time() - database.checkpoints.stat().st_mtime < 60
    for _ in range(3):
        database.clock.pass_(minutes=1)
        await store.commit(Revoke("token", f"{database.clock()}", database.clock()))
        assert await keeper.step()
        assert not await keeper.step()
    await store.close()
    report = await database.verify()
    assert (report.findings, report.checkpoints) == ([], 6)


async def test_two_sealers_at_once_make_one_chain(database: Database) -> None:
    await database.write(60)
    store, vault = await database.open()
    sealers = [Sealer(store, vault, batch=5) for _ in range(4)]

    async def drain(sealer: Sealer) -> None:
        while await sealer.is_due():
            await sealer.step()

    await asyncio.gather(*(drain(sealer) for sealer in sealers))
    report = await verify_audit(store, vault, None)
    await store.close()
    assert (report.findings, report.sealed) == ([], 61)


async def test_rows_written_while_the_chain_is_walked_are_no_finding(database: Database) -> None:
    await sealed(database)
    writing = asyncio.create_task(database.write(40))
    while not writing.done():
        assert (await database.verify()).findings == []
        await database.seal()
    await writing
    assert (await database.verify()).findings == []


def test_another_key_gives_another_chain(database: Database) -> None:
    row = AuditRecord(1, database.clock(), "a", "b", "c", "{}")
    assert chain_value(b"1" * 32, START, row) != chain_value(b"2" * 32, START, row)


def test_a_value_stands_for_all_before_it() -> None:
    at = Database("", Path()).clock()
    rows = [AuditRecord(n, at + timedelta(seconds=n), "a", "b", "c", "{}") for n in (1, 2)]
    other = [AuditRecord(1, at, "other", "b", "c", "{}"), rows[1]]
    key = MasterKey(b"k" * 32).check_value.encode()
    assert list(chain_values(key, START, rows))[1] != list(chain_values(key, START, other))[1]


async def test_a_row_put_in_between_is_found(database: Database) -> None:
    await sealed(database)
    for seq in range(20, 8, -1):
        database.sql(f"UPDATE audit SET seq = {seq + 1} WHERE seq = {seq}")
    database.sql(
        "INSERT INTO audit SELECT 9, at, 'cli:bob', action, object, detail, mac "
        "FROM audit WHERE seq = 10"
    )
    found = await database.found()
    assert ("inserted", 10) in found
    assert ("edited", 9) in found
