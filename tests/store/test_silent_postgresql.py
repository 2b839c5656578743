"""PostgreSQL that takes connections and never answers: callers are told in time, threads come free, all goes on."""

import asyncio
import time
from pathlib import Path
from typing import Any

from satsuma.domain.accounts import CreateAccount
from satsuma.store.port import Unavailable
from satsuma.store.postgresql.connection import PATIENCE
from tests.oauth.agent import Agent
from tests.servers import PostgreSQL
from tests.servers.halting import HaltingProxy
from tests.store.facts import account
from tests.wire.server import running_server, wait_until


async def test_every_caller_is_told_in_time_and_the_next_ones_are_answered(
    postgresql: PostgreSQL, postgresql_url: str, proxy: HaltingProxy, opened: Any
) -> None:
    url = postgresql_url.replace("satsuma@", "satsuma:geheim@")
    store = opened(url.replace(f":{postgresql.port}/", f":{proxy.port}/"))
    await store.commit(CreateAccount(account(0)))
    await store.read(lambda r: r.feed_head())
    proxy.halt()
    started = time.monotonic()
    waiting = [store.read(lambda r: r.feed_head()) for _ in range(20)]
    waiting += [store.commit(CreateAccount(account(n + 1))) for n in range(20)]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert time.monotonic() - started < PATIENCE + 2
    assert {type(each) for each in told} == {Unavailable}
    assert "did not answer in 10.0 s" in str(told[0])
    assert "geheim" not in str(told)
    proxy.go_on()
    async with asyncio.timeout(PATIENCE):
        await store.commit(CreateAccount(account(99)))
        assert await store.read(lambda r: r.find_account("acc_99")) == account(99)


def test_pages_answer_503_and_the_server_leaves_when_told_to(
    tmp_path: Path, postgresql: PostgreSQL, postgres_database: str, proxy: HaltingProxy
) -> None:
    url = postgres_database.replace(f":{postgresql.port}/", f":{proxy.port}/")
    with running_server(tmp_path, url) as server:
        agent = Agent(server)
        page = agent.open(f"{server.pages_url}/login")
        proxy.halt()
        started = time.monotonic()
        refused = agent.log_in(page, "ann@people.example", "correct horse battery")
        assert refused.status == 503
        assert "cannot reach its data" in refused.text
        assert time.monotonic() - started < PATIENCE + 3
        proxy.go_on()
        wait_until(lambda: agent.log_in(page, "ann@people.example", "x").status == 400, 20)
        proxy.halt()
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 35
