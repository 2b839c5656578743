"""What was acknowledged is durable, however the process ends. The long campaign is the soak's."""

from tests.store.kill import campaign


def test_a_killed_writer_loses_nothing_that_it_acknowledged(database: str) -> None:
    result = campaign(database, kills=20, acknowledged=200, seed=20)
    assert (result.kills, result.acknowledged) >= (20, 200), result
    assert (result.lost, result.torn) == (frozenset(), 0)
