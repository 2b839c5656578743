"""aiohttp: a middleware of the client's session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from satsuma_client.client.judgement import READ
from satsuma_client.http.transport import HttpResponse, response_of

if TYPE_CHECKING:
    from satsuma_client.client.auth import TokenAuth


async def middleware(auth: TokenAuth, request: Any, handler: Callable[[Any], Any]) -> Any:
    """Send with a token; with a new one, or after a while, where the answer asks for it.

    aiohttp runs it for each request of a redirect too and does not say so: `resource` or `api_url` must name where the
    token goes, and a redirect elsewhere ends with TokenWithheld.
    """
    auth.check_named()
    renewed = waited = False
    while True:
        held = await auth.aheld_for(str(request.url))
        request.headers["Authorization"] = held.token.authorization()
        response = await handler(request)
        if response.status not in READ or not _can_be_sent_again(request):
            return response
        answer = await _answer(response)
        said = auth.judge(answer, held, renewed=renewed, waited=waited)
        if not said.again:
            return response
        response.release()
        if said.renew:
            await asyncio.to_thread(auth.drop, held)
            renewed = True
        else:
            await asyncio.sleep(said.wait)
            waited = True


def _can_be_sent_again(request: Any) -> bool:
    body = request.body
    return isinstance(body, bytes | bytearray) or not body or hasattr(body, "_value")


async def _answer(response: Any) -> HttpResponse:
    body = await response.read()  # kept by the response: whoever gets it reads it again
    fields = [each for each in response.headers.items() if each[0].lower() != "content-encoding"]
    return response_of(response.status, fields, body)
