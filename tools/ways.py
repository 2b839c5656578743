"""Which files four requests pass through, traced while a platform answers them: for the page on architecture.

Run by itself it prints them; `make docs` writes them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from pages import ROOT

from satsuma.app.serving import opened_platform
from satsuma.app.settings import load_settings
from satsuma.app.surfaces import build_application
from satsuma.management import accounts, apis, applications

API, PAGES = "http://127.0.0.1:1", "http://localhost:1"
HOMES = (f"{ROOT}/src/satsuma/", f"{ROOT}/client/src/satsuma_client/")
FORM = "application/x-www-form-urlencoded"
REDIRECT = "https://client.example/callback"
Files = dict[str, None]
Ask = Callable[..., Awaitable[tuple[int, bytes]]]


@contextmanager
def traced() -> Iterator[Files]:
    """The files in which a function is called until the block ends, in order of the first call."""
    found: Files = {}

    def note(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_name != "<module>" and code.co_filename.startswith(HOMES):
            found[code.co_filename.removeprefix(f"{ROOT}/")] = None

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def asking(application: Any) -> Ask:
    """Ask by ASGI; the answer is its status and its body."""

    async def ask(method: str, url: str, body: bytes = b"", **fields: str) -> tuple[int, bytes]:
        parts = urllib.parse.urlsplit(url)
        headers = [(b"host", parts.netloc.encode()), (b"accept", b"application/json")]
        headers += [(k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()]
        scope = {"type": "http", "method": method, "headers": headers, "state": {}}
        scope |= {"raw_path": parts.path.encode(), "path": parts.path, "root_path": ""}
        scope |= {"query_string": parts.query.encode(), "client": ("127.0.0.1", 1)}
        scope |= {"server": None, "scheme": "http", "http_version": "1.1"}
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await application(scope, receive, send)
        rest = b"".join(each.get("body", b"") for each in messages[1:])
        return messages[0]["status"], rest

    return ask


async def _upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def _upstream_url() -> AsyncIterator[str]:
    server = await asyncio.start_server(_upstream, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def ways() -> dict[str, list[str]]:
    """The files of each request, by what the request is."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"database": f"sqlite:///{Path(folder) / 'way.db'}"}
        settings = load_settings(None, {}, {**chosen, "api_url": API, "pages_url": PAGES})
        found: dict[str, Files] = {}
        with traced() as everything:
            async with (
                _upstream_url() as upstream,
                opened_platform(settings, structlog.get_logger(), None) as platform,
            ):
                context = platform.management("ways")
                owner = await accounts.create_account(context, "owner@satsuma.example")
                issuers = tuple(each.issuer.policy.name for each in platform.issuers)
                new = apis.NewApi("poi", 1, "POI", upstream, issuers=issuers)
                await apis.create_api(context, new)
                made = await applications.create_application(
                    context, "Way", owner.email, ["poi:1"], [REDIRECT]
                )
                await platform.follower.step()
                ask = asking(build_application(platform))
                assert (await ask("GET", f"{PAGES}/"))[0] == 200  # the pages are imported
                assert made.authorization_header is not None
                header = made.authorization_header.reveal()
                await _token(ask, header, everything, found)
                query = {
                    "response_type": "code",
                    "client_id": made.application.client_id,
                    "redirect_uri": REDIRECT,
                    "scope": "openid",
                    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                    "code_challenge_method": "S256",
                }
                url = f"{API}/authorize?{urllib.parse.urlencode(query)}"
                await _settle(everything)
                assert (await ask("GET", url))[0] == 303
                found["an authorization request, where it enters"] = await _noted(everything)
                await _settle(everything)
                assert (await ask("GET", f"{PAGES}/login"))[0] == 200
                found["the page of login"] = await _noted(everything)
        return {what: list(files) for what, files in found.items()}


async def _settle(everything: Files) -> None:
    """Let the store's threads come to rest, so that no request is charged with another's last steps."""
    await _noted(everything)
    everything.clear()


async def _noted(everything: Files) -> Files:
    before = -1
    while before != len(everything):
        before = len(everything)
        await asyncio.sleep(0.2)
    return dict(everything)


async def _token(ask: Ask, header: str, everything: Files, found: dict[str, Files]) -> None:
    fields = {"authorization": header, "content_type": FORM}
    await _settle(everything)
    status, body = await ask(
        "POST", f"{API}/oauth/v3/token", b"grant_type=client_credentials", **fields
    )
    assert status == 200
    found["a token by client credentials, of a client that is not held yet"] = await _noted(
        everything
    )
    token = body.split(b'"access_token":"')[1].split(b'"')[0].decode()
    await _settle(everything)
    assert (await ask("GET", f"{API}/poi/v1/shops", authorization=f"Bearer {token}"))[0] == 200
    found["a call of an API through the gateway"] = await _noted(everything)


def ways_table() -> Iterator[tuple[str, str]]:
    """Each request, and its files by room, in the order in which rooms are entered."""
    for what, files in asyncio.run(ways()).items():
        rooms: dict[str, list[str]] = {}
        for file in files:
            package, _, rest = file.partition("src/")[2].partition("/")
            room, _, name = rest.partition("/")
            place = room if package == "satsuma" else f"client: {room}"
            rooms.setdefault(place, []).append(name.removesuffix(".py"))
        count = f"{len(files)} files, {len(rooms)} rooms"
        listed = " · ".join(f"**{room}** {', '.join(names)}" for room, names in rooms.items())
        yield f"{what} ({count})", listed


if __name__ == "__main__":
    for what, listed in ways_table():
        print(f"{what}\n    {listed}\n")
