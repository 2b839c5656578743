"""The demo: two upstreams on loopback, the data, and the words that a newcomer pastes."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import uvicorn

from satsuma.app.platform import Platform
from satsuma.app.serving import Announce, run
from satsuma.app.settings import Settings
from satsuma.app.signin import build_signin
from satsuma.demo.client_pages import CALLBACK, DemoClient
from satsuma.demo.data import OWNER, PASSWORD, Demo, ensure_demo
from satsuma.demo.poi import poi
from satsuma.demo.sandbox import sandbox


class _Upstream(uvicorn.Server):
    """A server inside ours: signals are not its business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave the process's signals alone."""
        yield


@contextlib.asynccontextmanager
async def running_upstreams() -> AsyncIterator[tuple[str, str]]:
    """Run both demo upstreams on free loopback ports; give their addresses."""
    async with _running(poi) as first, _running(sandbox) as second:
        yield first, second


@contextlib.asynccontextmanager
async def _running(app: Any) -> AsyncIterator[str]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, ws="none", server_header=False
    )
    server = _Upstream(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)


async def prepare(platform: Platform, upstreams: tuple[str, str]) -> Demo:
    """Write the demo's data once."""
    redirect_uri = platform.settings.pages_url + CALLBACK
    return await ensure_demo(platform.management("demo"), *upstreams, redirect_uri)


def demo_client(platform: Platform, demo: Demo) -> DemoClient:
    """The demo client of this run."""
    settings = platform.settings
    return DemoClient(
        settings.api_url,
        settings.pages_url,
        demo.web.client_id,
        demo.web_authorization,
        build_signin(platform).forms,
    )


def token_command(api_url: str, demo: Demo) -> str:
    """The one line that gets a token into a shell variable."""
    header = shlex.quote(f"Authorization: {demo.authorization_header.reveal()}")
    reading = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"
    return (
        f"TOKEN=$(curl -s -X POST -H {header} -H 'Accept: application/json' "
        f"-d grant_type=client_credentials {api_url}/oauth/v3/token | {reading})"
    )


def call_command(api_url: str) -> str:
    """The one line that calls the API with the token."""
    return f"curl -s -H \"Authorization: Bearer $TOKEN\" '{api_url}/poi/v1/shops?postalCode=35000'"


def print_welcome(platform: Platform, demo: Demo) -> None:
    """Print the addresses, the credentials and the two commands."""
    settings = platform.settings
    lines = [
        "",
        "Satsuma is running.",
        "",
        f"  pages          {settings.pages_url}",
        f"  API            {settings.api_url}",
        f"  account        {OWNER}",
        f"  application    {demo.application.name} ({demo.application.application_id})",
        f"  client_id      {demo.application.client_id}",
        f"  client_secret  {demo.client_secret.reveal()}",
        "",
        "Get a token, then call the API with it. Paste these two lines into another terminal:",
        "",
        token_command(settings.api_url, demo),
        call_command(settings.api_url),
        "",
        "Or be the user: open this address in a browser, and log in as",
        f"{OWNER} with the password: {PASSWORD}",
        "",
        demo_client(platform, demo).authorize_url(),
        "",
        "Stop with Ctrl+C; the data stays.",
        "",
    ]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()


async def prepare_demo(platform: Platform, stack: contextlib.AsyncExitStack) -> Announce:
    """Run the demo's upstreams, write its data, and give what welcomes a newcomer."""
    demo = await prepare(platform, await stack.enter_async_context(running_upstreams()))
    platform.more_pages = lambda: demo_client(platform, demo).routes()
    await platform.load()

    async def welcome(platform: Platform) -> None:
        print_welcome(platform, demo)

    return welcome


def run_demo(settings: Settings) -> None:
    """Serve the demo: its data, its upstreams, its welcome; blocks. Logs only what a newcomer should see."""
    level = "warning" if settings.log_level == "info" else settings.log_level
    changed = msgspec.structs.replace(
        settings, mode="demo", sandbox=True, log_format="console", log_level=level
    )
    run(changed, prepare_demo)
