"""What applications used: counted by series and minute within bounds, written by every node, lost by no restart."""

import contextlib
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from satsuma.counters.usage import UsageCounts
from satsuma.domain.limits import Limits
from satsuma.domain.usage_counts import OTHER, UsageCount
from tests.counters.test_quotas import check, given_plan, token_of
from tests.servers import PostgreSQL
from tests.wire.server import Made, Server, running_server, wait_until

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = AT.timestamp()

    def __call__(self) -> float:
        return self.now


def a_counter(clock: Clock, most: int = 3, held: str = "abc") -> UsageCounts:
    return UsageCounts(clock, lambda client_id: client_id if client_id in held else None, most)


def told(counts: list[UsageCount]) -> dict[tuple[str, str, int, int], int]:
    return {(c.client_id, c.api, c.status, c.minute.minute): sum(c.latencies) for c in counts}


def test_answers_are_counted_by_minute_class_and_latency() -> None:
    clock = Clock()
    counter = a_counter(clock)
    counter.note("a", "poi/v1", 200, 0)
    counter.note("a", "poi/v1", 204, 1)
    counter.note("a", "poi/v1", 503, 11)
    clock.now += 60
    counter.note("a", "poi/v1", 201, 10)
    taken = counter.take()
    assert [(each.status, each.latencies) for each in taken] == [
        (2, (1, 1, *[0] * 10)),
        (5, (*[0] * 11, 1)),
        (2, (*[0] * 10, 1, 0)),
    ]
    assert [each.minute.minute for each in taken] == [0, 0, 1]
    assert counter.take() == []
    counter.note("a", "poi/v1", 200, 0)
    assert told(counter.take()) == {("a", "poi/v1", 2, 1): 1}, "only what came since"


def test_beyond_the_cap_of_a_minute_the_rest_is_other_and_the_next_minute_begins_anew() -> None:
    clock = Clock()
    counter = a_counter(clock)
    for n in range(5):
        counter.note("a", f"api{n}/v1", 200, 0)
        counter.take()
    for n in range(5):
        counter.note("a", f"api{n}/v1", 200, 0)
    assert told(counter.take()) == {
        **{("a", f"api{n}/v1", 2, 0): 1 for n in range(3)},
        ("", OTHER, 2, 0): 2,
    }
    clock.now += 60
    counter.note("a", "api4/v1", 200, 0)
    assert told(counter.take()) == {("a", "api4/v1", 2, 1): 1}


def test_invented_clients_take_no_room_and_a_token_of_one_that_was_let_go_counts() -> None:
    counter = a_counter(Clock())
    for n in range(10):
        counter.note(f"invented-{n}", "token:client_credentials", 401, 0)
    counter.note("let-go", "token:client_credentials", 200, 0)
    counter.note("b", "token:client_credentials", 401, 0)
    assert told(counter.take()) == {
        ("let-go", "token:client_credentials", 2, 0): 1,
        ("b", "token:client_credentials", 4, 0): 1,
    }


def test_what_cannot_be_written_waits_and_adds_up_within_a_bound() -> None:
    clock = Clock()
    counter = a_counter(clock)
    counter.note("a", "poi/v1", 200, 0)
    unwritten = counter.take()
    counter.note("a", "poi/v1", 200, 0)
    counter.put_back(unwritten)
    assert told(counter.take()) == {("a", "poi/v1", 2, 0): 2}
    many = [UsageCount("a", f"api{n}/v1", 2, AT, (1, *[0] * 11)) for n in range(40)]
    counter.put_back(many)
    waiting = told(counter.take())
    assert waiting["", OTHER, 2, 0] == 10
    assert sum(waiting.values()) == 40
    assert len(waiting) == 31


def counted(url: str) -> dict[tuple[str, int], int]:
    """What the database holds, by API and class of statuses."""
    columns = " + ".join(f"took_{each}" for each in "abcdefghijkl")
    asked = f"SELECT api, status, SUM({columns}) FROM usage_count GROUP BY 1, 2"
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            rows = connection.execute(asked).fetchall()
    else:
        with psycopg.connect(url) as connection:
            rows = connection.execute(asked).fetchall()  # type: ignore[arg-type]
    return {(api, status): int(count) for api, status, count in rows}


def calls_and_tokens(server: Server, made: Made, calls: int) -> None:
    token = token_of(server, made)
    for _ in range(calls):
        assert check(server, token) == 204


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_thirty_seven_calls_are_thirty_seven_after_a_restart_and_on_two_nodes(
    kind: str, tmp_path: Path, postgresql: PostgreSQL
) -> None:
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'satsuma.db'}"
        if kind == "postgresql":
            url = stack.enter_context(postgresql.new_database())
        server = stack.enter_context(running_server(tmp_path, database=url))
        # SQLite has one serving process a file: there the second node is the first one, again.
        made = given_plan(server, Limits(10_000))
        if kind == "postgresql":
            other = stack.enter_context(running_server(tmp_path, database=url))
            calls_and_tokens(other, made, 17)
            calls_and_tokens(server, made, 20)
        else:
            calls_and_tokens(server, made, 17)
            server.stop()
            server = stack.enter_context(running_server(tmp_path, database=url, port=server.port))
            calls_and_tokens(server, made, 20)
        assert server.token(made, Authorization="Basic bm86bm8=").status == 401
        refused = {"Authorization": "Bearer sat_x", "X-Original-URI": "/poi/v1/shops"}
        assert server.request("GET", "/auth/check", headers=refused).status == 401
        server.stop()
        if kind == "postgresql":
            other.stop()
        assert counted(url) == {("poi/v1", 2): 37, ("token:client_credentials", 2): 2}


def test_a_node_that_is_killed_loses_at_most_a_second(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        token = token_of(server, given_plan(server, Limits(10_000)))
        times: list[float] = []
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            assert check(server, token) == 204
            times.append(time.monotonic())
        server.process.kill()
        killed = time.monotonic()
        server.process.wait()
        lasting = sum(killed - at > 1.25 for at in times)
        assert lasting > 0
        assert counted(server.database)["poi/v1", 2] >= lasting


def test_a_process_told_to_end_loses_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path, front="asgi") as server:
        made = given_plan(server)
        token = token_of(server, made)
        wait_until(lambda: counted(server.database) != {}, 5)
        for _ in range(5):
            assert check(server, token) == 204
        server.stop()
        assert counted(server.database)["poi/v1", 2] == 5
