"""Quotas of plans on running servers: exact over nodes, and remembered when a node or the counting server dies."""

import asyncio
import concurrent.futures
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis as Client

from satsuma.app.clock import utc_now
from satsuma.domain.limits import DAY, MONTH, Limits, period
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from satsuma.management.plans import change_plan, create_plan
from satsuma.management.subscriptions import decide, put_subscription
from satsuma.store.opening import open_store
from tests.servers import PostgreSQL
from tests.wire.server import Made, Server, running_server, wait_until

LIMITS = Limits(10_000, ((20, DAY), (30, MONTH)), 50)


def given_plan(server: Server, limits: Limits = LIMITS) -> Made:
    """Make an application that calls `poi` by a plan of these limits."""
    server.new_api("poi")
    made = server.new_application()

    async def furnish(context: ManagementContext) -> None:
        await create_plan(context, "small", "Small", limits)
        await put_subscription(context, made.client_id, "poi", "small")

    server.manage(furnish)
    return made


def check(server: Server, token: str) -> int:
    fields = {"Authorization": f"Bearer {token}", "X-Original-URI": "/poi/v1/shops"}
    return server.request("GET", "/auth/check", headers=fields).status


def token_of(server: Server, made: Made) -> str:
    return str(server.token(made).json["access_token"])


def passing(servers: list[Server], token: str, calls: int) -> int:
    """Let many calls come at once to these, and give how many passed."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(check, servers[n % len(servers)], token) for n in range(calls)]
        got = [each.result() for each in asked]
    assert set(got) <= {204, 403}
    return got.count(204)


def written(url: str) -> int:
    """How many calls the database holds, by its hours."""
    asked = "SELECT COALESCE(SUM(calls), 0) FROM usage WHERE seconds = 3600"
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return int(connection.execute(asked).fetchone()[0])
    with psycopg.connect(url) as connection:
        return int(connection.execute(asked).fetchone()[0])  # type: ignore[index]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSQL) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'satsuma.db'}"
    else:
        with postgresql.new_database() as made:
            yield made


@pytest.fixture(autouse=True)
def _far_from_midnight() -> None:
    """A day that ends during a test would begin its quota anew: wait for the next one."""
    _, end = period(DAY, time.time())
    wait_until(lambda: not end - 60 < time.time() < end, 61, interval=1)


def test_what_was_counted_outlives_a_node_that_is_killed(url: str, tmp_path: Path) -> None:
    with running_server(tmp_path, database=url) as server:
        made = given_plan(server)
        token = token_of(server, made)
        assert passing([server], token, 13) == 13
        wait_until(lambda: written(url) == 13, 5)
        server.process.kill()
        server.process.wait()
    with running_server(tmp_path, database=url, port=server.port) as server:
        assert passing([server], token, 20) == 7
        server.stop()
    assert written(url) == 20, "what waited was written at the end"


def test_nodes_with_redis_let_exactly_so_many_through_and_a_flush_loses_nothing_written(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    shared: Any = {"options": ("--redis", redis_database)}
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, **shared) as first,
        running_server(tmp_path, database=url, front="asgi", **shared) as second,
    ):
        made = given_plan(first)
        # A token of one node names that node's own address.
        tokens = {id(node): token_of(node, made) for node in (first, second)}

        def pass_both(calls: int) -> int:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                nodes = [(first, second)[n % 2] for n in range(calls)]
                asked = [pool.submit(check, node, tokens[id(node)]) for node in nodes]
                return [each.result() for each in asked].count(204)

        assert pass_both(12) == 12
        wait_until(lambda: written(url) == 12, 5)
        with Client.from_url(redis_database) as redis:
            redis.flushdb()
        assert pass_both(30) == 8
        wait_until(lambda: written(url) == 20, 5)


def test_workers_of_one_node_let_exactly_so_many_through(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    options = ("--redis", redis_database, "--workers", "2")
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, options=options) as server,
    ):
        token = token_of(server, given_plan(server))
        assert passing([server], token, 60) == 20


def test_housekeeping_keeps_what_the_running_windows_need(url: str, tmp_path: Path) -> None:
    async def prune(context: ManagementContext) -> None:
        await context.store.prune(utc_now(), 100_000)

    with running_server(tmp_path, database=url) as server:
        token = token_of(server, given_plan(server))
        assert passing([server], token, 5) == 5
        wait_until(lambda: written(url) == 5, 5)
        server.manage(prune)
    with running_server(tmp_path, database=url, port=server.port) as server:
        assert passing([server], token, 30) == 15


def test_a_change_of_a_plan_holds_within_a_second_and_forgets_no_call(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        token = token_of(server, given_plan(server))
        assert passing([server], token, 25) == 20
        server.manage(lambda context: change_plan(context, "small", {"per_day": Edit(22)}))
        wait_until(lambda: check(server, token) == 204, 1)
        assert passing([server], token, 5) == 1
        server.manage(lambda context: change_plan(context, "small", {"per_day": Edit(0)}))
        wait_until(lambda: check(server, token) == 204, 1)
        assert passing([server], token, 20) == 7, "the month's thirty"


def test_who_waits_is_let_in_or_refused_with_a_reason_within_a_second(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.new_api("poi")
        one, two = server.new_application(), server.new_application()

        async def furnish(context: ManagementContext) -> None:
            await create_plan(context, "gold", "Gold", LIMITS, needs_approval=True)
            for made in (one, two):
                put = await put_subscription(context, made.client_id, "poi", "gold")
                assert put.subscription.state == "pending"

        server.manage(furnish)
        tokens = [token_of(server, made) for made in (one, two)]
        assert [check(server, token) for token in tokens] == [403, 403]
        server.manage(lambda context: decide(context, one.client_id, "poi", approve=True))
        reason = "We know no such shop"
        server.manage(
            lambda context: decide(context, two.client_id, "poi", approve=False, reason=reason)
        )
        wait_until(lambda: check(server, tokens[0]) == 204, 1)
        wait_until(lambda: slug_of(server, tokens[1]) == "subscription-refused", 1)
        with pytest.raises(NotPossible, match="it is approved"):
            server.manage(
                lambda context: decide(context, one.client_id, "poi", approve=False, reason=reason)
            )
        with pytest.raises(NotPossible, match="it is refused"):
            server.manage(lambda context: decide(context, two.client_id, "poi", approve=True))


def slug_of(server: Server, token: str) -> str:
    """Why the last call was refused, from the request log."""
    fields = {"Authorization": f"Bearer {token}", "X-Original-URI": "/poi/v1/shops"}
    reply = server.request("GET", "/auth/check", headers=fields)
    request_id = reply.headers["X-OAPI-Request-Id"]

    async def find() -> Any:
        store = open_store(server.database)
        try:
            return await store.read(lambda reader: reader.find_logged_request(request_id))
        finally:
            await store.close()

    found: list[Any] = []

    def is_logged() -> bool:
        found[:] = [asyncio.run(find())]
        return found[0] is not None

    wait_until(is_logged, 5)
    return str(found[0].slug)
