"""One token request for everyone who shares a cache, counted at the server."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from satsuma_client import ClientCredentials, FileCache, MemoryCache, RefreshToken
from satsuma_client.http.clock import Moment, system_clock
from tests.client.fleet import all_at_once, fleet
from tests.client.token_server import TokenServer

THREADS = 100
TASKS = 1000
PROCESSES = 8


def client(server: TokenServer, **more: Any) -> ClientCredentials:
    return ClientCredentials(server.token_url, "client", "secret", **more)


def in_threads(auth: Any, count: int = THREADS) -> list[str]:
    found: list[str] = []
    barrier = threading.Barrier(count)

    def ask() -> None:
        barrier.wait()
        found.append(auth.token().access_token.reveal())

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("delay", [0.0, 0.15])
def test_a_hundred_threads(server: TokenServer, delay: float) -> None:
    server.delay = delay
    assert in_threads(client(server)) == ["token-1"] * THREADS
    assert server.asked == 1


def test_a_hundred_threads_with_an_object_each(server: TokenServer) -> None:
    server.delay = 0.15
    shared = MemoryCache()
    found: list[str] = []
    barrier = threading.Barrier(20)

    def ask() -> None:
        auth = client(server, cache=shared)
        barrier.wait()
        found.append(auth.token().access_token.reveal())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["token-1"] * 20
    assert server.asked == 1


async def test_a_thousand_tasks(server: TokenServer) -> None:
    server.delay = 0.15
    auth = client(server)
    tokens = await asyncio.gather(*(auth.atoken() for _ in range(TASKS)))
    assert {token.access_token.reveal() for token in tokens} == {"token-1"}
    assert server.asked == 1


async def test_a_task_that_gives_up_ends_nothing_for_the_others(server: TokenServer) -> None:
    server.delay = 0.3
    auth = client(server)
    first, second = asyncio.create_task(auth.atoken()), asyncio.create_task(auth.atoken())
    await asyncio.to_thread(wait_until, lambda: server.asked == 1)
    first.cancel()
    assert (await second).access_token.reveal() == "token-1"
    assert server.asked == 1
    with pytest.raises(asyncio.CancelledError):
        await first


def test_threads_with_a_refresh_token_that_changes(server: TokenServer) -> None:
    server.rotates, server.delay = True, 0.15
    auth = RefreshToken(server.token_url, "client", "first-refresh", "secret")
    assert in_threads(auth) == ["token-1"] * THREADS
    assert server.asked == 1


@pytest.fixture(params=["file", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"file:{tmp_path / 'tokens'}"
    return f"redis:{request.getfixturevalue('redis_database')}"


@pytest.fixture
def told(server: TokenServer, cache: str) -> dict[str, Any]:
    return {"cache": cache, "token_url": server.token_url, "api_url": server.api_url}


def test_processes_that_start_at_once(server: TokenServer, told: dict[str, Any]) -> None:
    server.delay = 0.15
    with fleet(PROCESSES, told) as workers:
        heard = all_at_once(workers)
    assert [each.get("token") for each in heard] == ["token-1"] * PROCESSES
    assert server.asked == 1


def test_one_request_for_each_life_and_no_call_fails(
    server: TokenServer, told: dict[str, Any]
) -> None:
    server.life, server.rotates, server.delay = 2, True, 0.1
    with fleet(PROCESSES, {**told, "refresh_token": "first-refresh"}) as workers:
        began = time.monotonic()
        while time.monotonic() - began < 6 or server.asked < 3:
            heard = all_at_once(workers, "call")
            assert [each.get("status") for each in heard] == [200] * PROCESSES, heard
    lives = (time.monotonic() - began) / 1.6  # renewed at the earliest 0.2 s before the end
    assert 3 <= server.asked <= lives + 2
    assert server.statuses[400] == 0
    assert server.statuses[401] == 0


def test_a_holder_that_is_killed_delays_the_others_by_the_lease_at_most(
    server: TokenServer, told: dict[str, Any]
) -> None:
    server.delay = 3600
    with fleet(2, told) as (holder, other):
        holder.tell()
        wait_until(lambda: server.asked == 1)
        server.delay = 0
        os.kill(holder.process.pid, signal.SIGKILL)
        other.tell()
        heard = other.hear()
    assert heard["token"] == "token-1"
    assert heard["took"] < 5 + 1.5
    assert server.asked == 2


def test_a_holder_that_was_stopped_overwrites_nothing_newer(
    server: TokenServer, told: dict[str, Any]
) -> None:
    server.rotates, server.delay = True, 0.5
    with fleet(3, {**told, "refresh_token": "first-refresh"}) as (holder, other, third):
        server.scripted.append(
            (200, {}, b'{"access_token":"late","token_type":"Bearer","expires_in":3600}')
        )
        server.lock.acquire()
        holder.tell()
        wait_until(lambda: server.arrived == 1)  # it waits for the lock that this test holds
        os.kill(holder.process.pid, signal.SIGSTOP)
        server.lock.release()
        wait_until(lambda: server.asked == 1)
        other.tell()
        assert other.hear()["token"] == "token-1"
        os.kill(holder.process.pid, signal.SIGCONT)
        late = holder.hear()
        third.tell()
        assert third.hear()["token"] == "token-1"
    assert late["token"] in ("late", "token-1")
    assert server.asked == 2


def test_a_token_endpoint_slower_than_the_lease_is_asked_once(
    server: TokenServer, told: dict[str, Any]
) -> None:
    server.delay = 6.5
    with fleet(4, told) as workers:
        heard = all_at_once(workers)
    assert [each.get("token") for each in heard] == ["token-1"] * 4
    assert server.asked == 1


def test_a_wrong_secret_is_sent_once_by_all_and_the_right_one_works_at_once(
    server: TokenServer, told: dict[str, Any]
) -> None:
    with fleet(PROCESSES, {**told, "secret": "wrong"}) as workers:
        heard = [*all_at_once(workers), *all_at_once(workers)]
    assert {each.get("error") for each in heard} == {"InvalidClient"}
    assert server.asked <= 2
    with fleet(1, told) as (right,):
        right.tell()
        assert right.hear()["token"] == "token-1"


def test_a_child_of_a_fork_uses_the_token_and_gets_its_own_next_one(
    server: TokenServer, tmp_path: Path
) -> None:
    auth = client(server, cache=FileCache(tmp_path / "tokens"))
    assert auth.token().access_token.reveal() == "token-1"
    server.life = 3600
    children = []
    for _ in range(4):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                first = auth.token().access_token.reveal()
                auth.drop(auth._slot.held)  # type: ignore[arg-type]
                second = auth.token().access_token.reveal()
                os.write(writing, f"{first} {second}".encode())
            finally:
                os._exit(0)
        os.close(writing)
        children.append((child, reading))
    said = []
    for child, reading in children:
        with os.fdopen(reading) as pipe:
            said.append(pipe.read())
        os.waitpid(child, 0)
    assert set(said) == {"token-1 token-2"}
    assert server.asked == 2


def test_forked_while_a_flight_is_under_way(server: TokenServer) -> None:
    server.delay = 0.5
    auth = client(server)
    waiting = threading.Thread(target=auth.token)
    waiting.start()
    wait_until(lambda: server.asked == 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, auth.token().access_token.reveal().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() in ("token-1", "token-2")
    os.waitpid(child, 0)
    waiting.join()


def test_renewed_early_by_one_while_the_calls_go_on(server: TokenServer, tmp_path: Path) -> None:
    ahead = 0.0

    def clock() -> Moment:
        now = system_clock()
        return Moment(now.wall + ahead, now.monotonic + ahead)

    server.date = lambda: time.time() + ahead
    auths = [client(server, cache=FileCache(tmp_path), clock=clock) for _ in range(6)]
    assert {each.token().access_token.reveal() for each in auths} == {"token-1"}
    server.delay = 0.3
    ahead = 3600 - 5.0
    assert {each.token().access_token.reveal() for each in auths} == {"token-1"}
    wait_until(lambda: "token-2" in [each.token().access_token.reveal() for each in auths])
    ahead += 5.0  # those who looked while another was at it look again
    for each in auths:
        wait_until(lambda each=each: each.token().access_token.reveal() == "token-2")
    assert server.asked == 2


def wait_until(true: Any, seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come true"
        time.sleep(0.01)
