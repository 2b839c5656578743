"""Limits of the token endpoint: fifty in any sixty seconds, and failures counted apart."""

import base64
import concurrent.futures
from pathlib import Path

import pytest

from tests.servers import PostgreSQL, Redis, running_redis
from tests.wire.server import Made, Server, running_server, wait_until

THROTTLED = {
    "code": 53,
    "message": "Too many requests",
    "description": (
        "The application has made too many calls and has exceeded the rate limit for this service"
    ),
}


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def statuses(server: Server, made: Made, count: int, threads: int = 16) -> list[int]:
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(server.token, made) for _ in range(count)]
        return [each.result().status for each in asked]


@pytest.mark.spec("OAuth M2M guide, step 2")
def test_the_fifty_first_request_in_a_minute_is_429(server: Server) -> None:
    made = server.new_application()
    assert [server.token(made).status for _ in range(50)] == [200] * 50
    reply = server.token(made)
    assert reply.status == 429
    assert reply.json == THROTTLED
    assert 1 <= int(reply.headers["Retry-After"]) <= 60


def test_exactly_fifty_of_many_at_once_pass(server: Server) -> None:
    got = statuses(server, server.new_application(), 80)
    assert (got.count(200), got.count(429)) == (50, 30)


def test_one_application_does_not_use_up_anothers(server: Server) -> None:
    busy, other = server.new_application(), server.new_application()
    statuses(server, busy, 51)
    assert server.token(other).status == 200


def test_an_authenticated_request_counts_whatever_its_answer(server: Server) -> None:
    made = server.new_application()
    for _ in range(50):
        assert server.token(made, body="grant_type=client_credentials&scope=no").status == 400
    assert server.token(made).status == 429


def test_each_issuer_counts_by_itself(server: Server) -> None:
    made = server.new_application()
    statuses(server, made, 51)
    assert server.token(made, issuer="").status == 200


def test_failed_requests_are_not_counted_against_the_application(server: Server) -> None:
    made = server.new_application()
    for _ in range(10):
        assert server.token(Authorization=basic(made.client_id, "wrong")).status == 401
    got = statuses(server, made, 50)
    assert got == [200] * 50


def test_a_source_that_fails_too_often_is_held_off(server: Server) -> None:
    made = server.new_application()
    wrong = basic(made.client_id, "wrong")
    got = [server.token(Authorization=wrong).status for _ in range(22)]
    assert got == [401] * 20 + [429] * 2
    # Before the secret is checked: even the right one must wait at this source.
    assert server.token(made).status == 429
    assert server.token(server.new_application()).status == 200


def test_a_stranger_cannot_lock_out_a_healthy_application(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--trusted-proxies", "127.0.0.0/8")) as server:
        made = server.new_application()
        wrong = basic(made.client_id, "wrong")
        for _ in range(30):
            server.token(Authorization=wrong, X_Forwarded_For="198.51.100.7")
        stranger = server.token(Authorization=wrong, X_Forwarded_For="198.51.100.7")
        assert stranger.status == 429
        assert server.token(made, X_Forwarded_For="203.0.113.9").status == 200
        # Only the hop that the trusted proxy added counts, never what the caller wrote before it.
        spoofed = server.token(made, X_Forwarded_For="203.0.113.9, 198.51.100.7")
        assert spoofed.status == 429


def test_without_a_trusted_proxy_the_forwarded_address_is_not_believed(server: Server) -> None:
    made = server.new_application()
    wrong = basic(made.client_id, "wrong")
    for n in range(20):
        server.token(Authorization=wrong, X_Forwarded_For=f"198.51.100.{n}")
    assert server.token(made, X_Forwarded_For="203.0.113.9").status == 429


def test_nodes_with_redis_count_exactly_together(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    shared = {"options": ("--redis", redis_database)}
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, **shared) as first,
        running_server(tmp_path, database=url, front="asgi", **shared) as second,
    ):
        made = first.new_application()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            asked = [pool.submit((first, second)[n % 2].token, made) for n in range(90)]
            got = [each.result().status for each in asked]
        assert (got.count(200), got.count(429)) == (50, 40)


def test_workers_of_one_node_count_exactly_together(
    tmp_path: Path, postgresql: PostgreSQL, redis_database: str
) -> None:
    options = ("--redis", redis_database, "--workers", "2")
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, options=options) as server,
    ):
        got = statuses(server, server.new_application(), 90)
        assert (got.count(200), got.count(429)) == (50, 40)
        metrics = server.request("GET", "/metrics").body.decode()
        assert 'satsuma_requests_total{endpoint="orange-m2m/token",status="200"} 50.0' in metrics
        assert 'satsuma_requests_total{endpoint="orange-m2m/token",status="429"} 40.0' in metrics


def test_without_redis_each_process_counts_alone_and_says_so(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    with running_redis() as redis, postgresql.new_database() as url:
        options = ("--redis", redis.url)
        with running_server(tmp_path, database=url, options=options) as server:
            made = server.new_application()
            assert server.token(made).status == 200
            assert server.request("GET", "/readyz").json["counters"] == "shared"
            end(redis)
            got = statuses(server, made, 60, threads=4)
            assert got.count(200) == 50
            state = server.request("GET", "/readyz")
            assert state.status == 200
            assert "alone" in state.json["counters"]
            wait_until(lambda: "counters_away" in server.log.read_text(), 5)


def end(redis: Redis) -> None:
    """End the counting server by its id and wait until nothing answers."""
    import os
    import signal
    import socket

    os.kill(redis.pid, signal.SIGKILL)

    def is_away() -> bool:
        try:
            socket.create_connection(("127.0.0.1", redis.port), timeout=1).close()
        except OSError:
            return True
        return False

    wait_until(is_away, 10)


def test_many_clients_may_come_from_one_address_but_not_many_that_do_not_exist(
    tmp_path: Path,
) -> None:
    """Each of 210 clients is looked up at its first request, as all are after a start; 200 unknown are too many."""
    with running_server(tmp_path) as server:
        for made in [server.new_application() for _ in range(210)]:
            assert server.token(made).status == 200
        unknown = [f"{at:032d}" for at in range(201)]
        got = [server.token(authorization=basic(each, "no")) for each in unknown]
    assert [reply.status for reply in got] == [401] * 200 + [429]
