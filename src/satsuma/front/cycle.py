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

    def leave(self) -> None:
        """Tell the application that nobody waits for its answer."""
        if not self.response_complete:
            self.disconnected = True
            self.message_event.set()

    async def send(self, message: Any) -> None:
        """Send a part of the answer; where the connection ends at this moment, nobody waits for it."""
        if self.transport.is_closing():
            self.disconnected = True
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
        """Serve; an answer that breaks off ends the connection, by a reset where nothing else would say so.

        Whoever broke it off has told why.
        """

        async def serve(*called: Any) -> None:
            await app(*called)
            if self.response_started and not self.response_complete:
                self._break_off()

        await super().run_asgi(serve)

    def _break_off(self) -> None:
        self.disconnected = True
        if self._until_close:
            self.transport.abort()
        else:
            self.transport.close()
