"""httpx2 and httpx: the flow of an auth object."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

from satsuma_client.client.judgement import READ
from satsuma_client.client.origins import origin_of
from satsuma_client.http.transport import HttpResponse, response_of

if TYPE_CHECKING:
    from satsuma_client.client.auth import TokenAuth


def sync_flow(auth: TokenAuth, request: Any) -> Generator[Any, Any, None]:
    """Send with a token; with a new one, or after a while, where the answer asks for it."""
    renewed = waited = False
    while True:
        held = auth.held_for(str(request.url))
        request.headers["Authorization"] = held.token.authorization()
        response = yield request
        if response.status_code not in READ or not _can_be_sent_again(request, response):
            return
        response.read()
        said = auth.judge(_answer(response), held, renewed=renewed, waited=waited)
        if said.renew:
            auth.drop(held)
            renewed = True
        elif said.again:
            time.sleep(said.wait)
            waited = True
        else:
            return


async def async_flow(auth: TokenAuth, request: Any) -> AsyncGenerator[Any, Any]:
    """The same, without holding up the loop."""
    import asyncio

    renewed = waited = False
    while True:
        held = await auth.aheld_for(str(request.url))
        request.headers["Authorization"] = held.token.authorization()
        response = yield request
        if response.status_code not in READ or not _can_be_sent_again(request, response):
            return
        await response.aread()
        said = auth.judge(_answer(response), held, renewed=renewed, waited=waited)
        if said.renew:
            await asyncio.to_thread(auth.drop, held)
            renewed = True
        elif said.again:
            await asyncio.sleep(said.wait)
            waited = True
        else:
            return


def _can_be_sent_again(request: Any, response: Any) -> bool:
    """A body that was given as bytes, for one that streamed is gone; not another origin's answer, after a redirect."""
    asked = getattr(response, "request", request)
    return hasattr(request, "_content") and origin_of(str(asked.url)) == origin_of(str(request.url))


def _answer(response: Any) -> HttpResponse:
    return response_of(response.status_code, _plain(response.headers.items()), response.content)


def _plain(headers: Any) -> list[tuple[str, str]]:
    """The fields without the encoding, which the library has undone."""
    return [(name, value) for name, value in headers if name.lower() != "content-encoding"]
