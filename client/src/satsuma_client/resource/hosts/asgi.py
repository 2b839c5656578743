"""ASGI applications: Starlette, FastAPI, Litestar, Quart and their like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from satsuma_client.resource.verified import Refused

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer


class Protected:
    """Lets a request through to the application with its token verified, or answers it."""

    def __init__(
        self, server: ResourceServer, app: Any, scope: tuple[str, ...], public: tuple[str, ...]
    ) -> None:
        self._server = server
        self._app = app
        self._scope = scope
        self._public = frozenset(public)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Answer an ASGI connection; a WebSocket that is refused is closed before it opens."""
        if scope["type"] == "lifespan" or scope["path"] in self._public:
            return await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["path"] == self._server.metadata_path:
            return await _answer(
                send, 200, [("Content-Type", "application/json")], self._metadata()
            )
        given = [
            value.decode("latin-1")
            for name, value in scope["headers"]
            if name.lower() == b"authorization"
        ]
        try:
            token = await self._server.acheck(given, self._scope)
        except Refused as refused:
            if scope["type"] == "websocket":
                return await send({"type": "websocket.close", "code": 1008})
            return await _answer(send, *self._server.refusal(refused))
        return await self._app({**scope, "satsuma": token}, receive, send)

    def _metadata(self) -> bytes:
        return json.dumps(self._server.metadata()).encode()


async def _answer(send: Any, status: int, fields: list[tuple[str, str]], body: bytes) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
