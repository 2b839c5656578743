"""What was acknowledged is durable, however the process ends. The long campaign is the soak's."""

import asyncio
import sqlite3

import pytest

from satsuma.store.opening import sqlite_path
from tests.store.kill import STEPS, TOKEN, campaign, one_life, prepare, stored


def test_a_killed_writer_loses_nothing_that_it_acknowledged(database: str) -> None:
    result = campaign(database, kills=14, acknowledged=400, seed=20)
    assert (result.kills, result.acknowledged) >= (14, 400), result
    assert (result.lost, result.torn) == (frozenset(), 0)
    assert set(result.kinds) == {TOKEN, *STEPS}, result


@pytest.mark.parametrize("table", ["code", "revocation", "audit"])
def test_the_campaign_sees_what_is_missing(sqlite_url: str, table: str) -> None:
    asyncio.run(prepare(sqlite_url))
    told = one_life(sqlite_url, 60)
    with sqlite3.connect(sqlite_path(sqlite_url)) as connection:
        connection.execute(f"DELETE FROM {table} WHERE rowid > 20")
    connection.close()
    facts, audited, _ = asyncio.run(stored(sqlite_url, told))
    assert told - (facts & audited)
    assert facts ^ audited
