"""Fleets as they are run: machines of their own on one Redis, gunicorn's workers, a loop that must not stand still."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from satsuma_client import ClientCredentials, MemoryCache
from tests.client.fleet import all_at_once, fleet
from tests.client.machine import reachable
from tests.client.test_one_request import wait_until
from tests.client.token_server import TokenServer

MACHINE = Path(__file__).with_name("machine.py")


def test_machines_of_their_own_on_one_redis(
    server: TokenServer, redis_database: str, tmp_path: Path
) -> None:
    ports = {urlsplit(url).port or 0 for url in (server.url, redis_database)}
    files = {port: tmp_path / f"{port}.sock" for port in ports}
    forwards = [f"{port}={file}" for port, file in files.items()]
    before = ("unshare", "--net", sys.executable, str(MACHINE), *forwards, "--")
    told = {
        "cache": f"redis:{redis_database}",
        "token_url": server.token_url,
        "api_url": server.api_url,
        "refresh_token": "first-refresh",
    }
    server.rotates, server.delay, server.life = True, 0.2, 3
    with contextlib.ExitStack() as stack:
        for port, file in files.items():
            stack.enter_context(reachable(port, file))
        machines = stack.enter_context(fleet(4, told, before))
        inside = {os.readlink(f"/proc/{each.process.pid}/ns/net") for each in machines}
        assert len(inside) == 4
        for _ in range(3):
            heard = all_at_once(machines, "call")
            assert [each.get("status") for each in heard] == [200] * 4, heard
        assert server.asked == 1
        wait_until(lambda: set_of(all_at_once(machines)) == {"token-2"})
        assert server.asked == 2


def set_of(heard: list[dict[str, Any]]) -> set[str]:
    return {str(each.get("token")) for each in heard}


APP = """
import json, os
from satsuma_client import ClientCredentials, FileCache
auth = ClientCredentials(os.environ["TOKEN_URL"], "client", "secret", cache=FileCache(os.environ["TOKENS"]))
FIRST = auth.token().access_token.reveal()  # got before the workers are forked

def app(environ, start_response):
    if environ["PATH_INFO"] == "/late":
        auth.drop(auth.held())
    start_response("200 OK", [("Content-Type", "application/json")])
    told = {"pid": os.getpid(), "token": auth.token().access_token.reveal()}
    return [json.dumps(told).encode()]
"""


def test_gunicorn_that_forks_after_the_first_token(server: TokenServer, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "TOKEN_URL": server.token_url, "TOKENS": str(tmp_path / "tokens")}
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "4", "--threads", "4"]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "app:app"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port))
        told: list[dict[str, Any]] = []
        wait_until(lambda: len({each["pid"] for each in told + at_once(port, told)}) > 1)
        assert {each["token"] for each in told} == {"token-1"}
        assert server.asked == 1
        server.delay = 0.2
        assert ask(port, "/late")["token"] == "token-2"
        assert {ask(port, "/")["token"] for _ in range(40)} <= {"token-1", "token-2"}
        assert server.asked == 2
    finally:
        process.terminate()
        process.wait(20)


def at_once(port: int, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(16) as pool:
        told += pool.map(lambda _: ask(port, "/"), range(32))
    return told


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        ask(port, "/")
        return True
    return False


def ask(port: int, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


async def longest_gap(work: Callable[[], Any]) -> float:
    """How long a loop stands still while a thousand tasks do something."""
    longest, over = 0.0, False

    async def ticking() -> None:
        nonlocal longest
        last = time.monotonic()
        while not over:
            await asyncio.sleep(0)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    ticks = asyncio.create_task(ticking())
    await asyncio.gather(*(work() for _ in range(1000)))
    over = True
    await ticks
    return longest


async def test_a_thousand_tasks_do_not_hold_up_the_loop(server: TokenServer) -> None:
    """The gap with a token to get is compared with that of tasks that each wait for a thread, not with a clock."""
    server.delay = 0.3

    async def by_hand() -> None:
        await asyncio.to_thread(time.sleep, 0)

    gaps, without = [], []
    for _ in range(3):
        auth = ClientCredentials(server.token_url, "client", "secret", cache=MemoryCache())
        gaps.append(await longest_gap(auth.atoken))
        without.append(await longest_gap(by_hand))
    assert min(gaps) <= 2 * max(without)
    assert server.asked == 3
