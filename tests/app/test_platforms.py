"""A platform is a value of its process: it starts and stops again, and many stand side by side."""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from satsuma.app.outbound import Outbound, outbound_of
from satsuma.app.platform import Platform, build_platform
from satsuma.app.settings import load_settings
from satsuma.app.surfaces import build_application, working
from satsuma.domain.clock import Clock
from satsuma.front.asgi import Application
from satsuma.keys.master import MasterKey
from satsuma.keys.randomness import SYSTEM, Draw
from satsuma.management import accounts, applications
from satsuma.store.opening import open_store
from satsuma.store.port import Store

START = datetime(2030, 1, 1, tzinfo=UTC)
MASTER = MasterKey(b"m" * 32)
TOKEN = b"grant_type=client_credentials"


@dataclass
class Hands:
    """A clock that a test moves."""

    at: datetime = START

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.seconds, self.seconds)

    def seconds(self) -> float:
        return self.at.timestamp()


@contextlib.asynccontextmanager
async def running(
    number: int, store: Store, hands: Hands, draw: Draw = SYSTEM
) -> AsyncIterator[tuple[Platform, Application]]:
    urls = {"api_url": f"http://127.0.0.1:{number}", "pages_url": f"http://localhost:{number}"}
    settings = load_settings(None, {}, {"database": "memory:", **urls})
    outbound: Outbound = outbound_of(settings)
    platform = await build_platform(
        settings,
        hands.clock,
        draw,
        store,
        outbound,
        master=MASTER,
        log=structlog.get_logger(),
    )
    try:
        async with working(platform):
            yield platform, build_application(platform)
    finally:
        await outbound.close()


async def asked(
    application: Application, method: str, url: str, body: bytes = b"", **fields: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask by ASGI, as a server does that is not ours."""
    host, _, path = url.removeprefix("http://").partition("/")
    headers = [(b"host", host.encode())]
    headers += [(k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "headers": headers, "state": {}}
    scope |= {"raw_path": b"/" + path.encode(), "path": f"/{path}", "query_string": b""}
    scope |= {"client": ("127.0.0.1", 1), "server": None, "scheme": "http", "root_path": ""}
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await application(scope, receive, send)
    head = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], head, b"".join(each.get("body", b"") for each in messages[1:])


async def new_application(platform: Platform, name: str) -> str:
    """Register an application; gives its ready header."""
    context = platform.management("test")
    owner = await accounts.create_account(context, f"{name}@owners.example")
    made = await applications.create_application(context, name, owner.email)
    assert made.authorization_header is not None
    return made.authorization_header.reveal()


async def token(application: Application, platform: Platform, header: str) -> tuple[int, Any]:
    url = f"{platform.settings.api_url}/oauth/v3/token"
    form = {"content_type": "application/x-www-form-urlencoded", "accept": "application/json"}
    status, _, body = await asked(application, "POST", url, TOKEN, authorization=header, **form)
    return status, json.loads(body)


async def test_a_platform_starts_and_stops_twice_in_one_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'twice.db'}"
    header = ""
    for round_ in range(2):
        hands = Hands()
        store = open_store(url, clock=hands.clock.now)
        async with running(1, store, hands) as (platform, application):
            header = header or await new_application(platform, "twice")
            assert (await token(application, platform, header))[0] == 200
            status, head, _ = await asked(application, "GET", f"{platform.settings.pages_url}/")
            assert (status, head["content-type"]) == (200, "text/html; charset=utf-8"), round_
        await store.close()
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []


async def test_twelve_platforms_stand_side_by_side_and_know_nothing_of_each_other() -> None:
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for number in range(1, 13):
            hands = Hands()
            store = open_store("memory:", clock=hands.clock.now)
            stack.push_async_callback(store.close)
            platform, application = await stack.enter_async_context(running(number, store, hands))
            found.append((hands, platform, application, await new_application(platform, "same")))
        tokens = []
        for hands, platform, application, header in found:
            status, given = await token(application, platform, header)
            assert status == 200
            tokens.append(given["access_token"])
            hands.at += timedelta(hours=number)
            await platform.follower.step()
        for (_, platform, application, _), (*_, header) in itertools.pairwise(found):
            assert (await token(application, platform, header))[0] == 401
        assert len(set(tokens)) == 12


async def test_an_hour_passes_when_the_clock_is_moved() -> None:
    hands = Hands()
    store = open_store("memory:", clock=hands.clock.now)
    async with running(1, store, hands) as (platform, application):
        header = await new_application(platform, "hour")
        _, given = await token(application, platform, header)

        async def is_active() -> bool:
            url = f"{platform.settings.api_url}/oauth/v3/introspect"
            form = {"content_type": "application/x-www-form-urlencoded", "accept": "*/*"}
            body = b"token=" + given["access_token"].encode()
            answer = await asked(application, "POST", url, body, authorization=header, **form)
            return bool(json.loads(answer[2])["active"])

        assert await is_active()
        hands.at += timedelta(minutes=61)
        await platform.follower.step()
        assert not await is_active()
    await store.close()


def counting_draw() -> Draw:
    """Bytes that look random enough, and come again in the same order."""
    count = itertools.count()

    def draw(n: int) -> bytes:
        seeds = (b"%d" % next(count) for _ in range(n // 8 + 1))
        return b"".join(base64.b64encode(seed.rjust(6, b"#")) for seed in seeds)[:n]

    return draw


async def test_the_same_time_and_randomness_give_the_same_ids() -> None:
    async def ids() -> tuple[str, str]:
        hands = Hands()
        store = open_store("memory:", clock=hands.clock.now)
        async with running(1, store, hands, counting_draw()) as (platform, _):
            header = await new_application(platform, "drawn")
            (application,) = await applications.list_applications(platform.management("test"))
        await store.close()
        return application.application_id, header

    assert await ids() == await ids()
