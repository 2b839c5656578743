"""The bare proxy: aiohttp's client behind an ASGI callable, streaming both ways, deciding nothing.

The same client library and the same uvicorn as Satsuma's gateway: what forwarding itself costs.
"""

import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import uvicorn

_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"host"}
_ADDED = {b"date", b"server"}


class Proxy:
    """Forwards every request to one upstream."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(k.decode(), v.decode()) for k, v in scope["headers"] if k not in _HOP]
        url = self._upstream + scope["raw_path"].decode()
        has_body = any(k in (b"content-length", b"transfer-encoding") for k, _ in scope["headers"])
        async with self.session().request(
            scope["method"],
            url,
            headers=headers,
            data=_body(receive) if has_body else None,
            allow_redirects=False,
        ) as answer:
            fields = [
                (k.lower(), v)
                for k, v in answer.raw_headers
                if k.lower() not in _HOP and k.lower() not in _ADDED
            ]
            await send({"type": "http.response.start", "status": answer.status, "headers": fields})
            async for part in answer.content.iter_any():
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _body(receive: Any) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


if __name__ == "__main__":
    uvicorn.run(
        Proxy(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
