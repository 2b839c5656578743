"""One request that the ASGI application answers, framed as its version of HTTP can be."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class ApplicationCycle(RequestResponseCycle):
    """As uvicorn's; but an answer of unknown length to HTTP/1.0 ends where the connection ends.

    Spec: RFC 9112 §6.1, §6.3.
    """

    _until_close = False

    async def send(self, message: Any) -> None:
        """Send a part of the answer."""
        if self.scope["http_version"] == "1.0":
            self._frame(message)
        await super().send(message)

    def _frame(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            if b"content-length" not in names:
                self._until_close = True
                self.chunked_encoding = False
                self.expected_content_length = sys.maxsize
        elif self._until_close and not message.get("more_body", False):
            self.expected_content_length = len(message.get("body", b""))

    async def run_asgi(self, app: Callable[..., Awaitable[None]]) -> None:
        """Serve; an answer that breaks off is reset where nothing else would say that it is not whole."""
        await super().run_asgi(app)
        if self._until_close and not self.response_complete:
            self.transport.abort()
