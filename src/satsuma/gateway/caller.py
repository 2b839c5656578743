"""The caller's side of one forwarded call: what was asked, the body as it comes, the answer as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from satsuma.gateway import errors
from satsuma.gateway.access import Refusal
from satsuma.protocol.errors import Row
from satsuma.protocol.http import Answer, Field, Request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SOON: Final = 0.05
_READ: Final = frozenset(
    {b"authorization", b"origin", b"content-length", b"transfer-encoding", b"upgrade"}
)


class Gone(Exception):
    """The caller has left; nobody waits for an answer."""


class BodyRefused(Exception):
    """The body broke a rule while it was being forwarded."""


class Caller:
    """One call. `refusal` is set when the body was refused half way; `gone` when the caller left."""

    __slots__ = (
        "_timer",
        "_watch",
        "authorization",
        "fields",
        "gone",
        "has_body",
        "ids",
        "length",
        "method",
        "origin",
        "query",
        "raw_path",
        "receive",
        "refusal",
        "request_id",
        "send",
        "source",
        "started",
        "supplied_id",
        "upgrade",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the scope; `state` holds what the front knows: request_id, supplied_id, source."""
        state = scope["state"]
        self.method: str = scope.get("method", "GET")
        self.raw_path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.fields: list[Field] = scope["headers"]
        self.request_id: str = state["request_id"]
        self.supplied_id: str | None = state.get("supplied_id")
        self.source: str = state["source"]
        self.receive = receive
        self.send = send
        self.started = False
        self.gone = False
        self.refusal: Refusal | None = None
        self.authorization: list[bytes] = []
        self.origin: bytes | None = None
        self.length: bytes | None = None
        self.upgrade: bytes | None = None
        self.has_body = False
        self._read_fields()
        self.ids = id_fields(self.request_id, self.supplied_id)
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None

    def _read_fields(self) -> None:
        for name, value in self.fields:
            if name not in _READ:
                continue
            if name == b"authorization":
                self.authorization.append(value)
            elif name == b"origin":
                self.origin = value
            elif name == b"content-length":
                self.length = value
                self.has_body = self.has_body or value.strip(b"0") != b""
            elif name == b"transfer-encoding":
                self.has_body = True
            else:
                self.upgrade = value.lower()

    def as_request(self) -> Request:
        """Give the call as a value, for the request log."""
        return Request(
            self.method.encode(),
            self.raw_path,
            self.query,
            self.fields,
            b"",
            self.source,
            self.request_id,
            self.supplied_id,
        )

    async def respond(self, answer: Answer, fields: Iterable[Field]) -> None:
        """Send a whole answer of our own."""
        head = [
            *answer.block.fields,
            *answer.extra,
            *fields,
            *self.ids,
            (b"content-length", b"%d" % len(answer.body)),
        ]
        await self.start(answer.block.status, head)
        await self.send({"type": "http.response.body", "body": answer.body})

    async def start(self, status: int, fields: list[Field]) -> None:
        """Send status and header fields."""
        self.started = True
        await self.send({"type": "http.response.start", "status": status, "headers": fields})

    async def read(self, patience: float) -> tuple[bytes, bool]:
        """Give the next part of the body and whether more follows; raises Gone, and TimeoutError after `patience`."""
        async with asyncio.timeout(patience):
            message = await self.receive()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise Gone
        return message.get("body", b""), message.get("more_body", False)

    async def stream(
        self, first: bytes, limit: int, patience: float, main: asyncio.Task[Any]
    ) -> AsyncIterator[bytes]:
        """Give the body's parts as they come, the one already read first; then watch for the caller's leaving.

        A body that grows over `limit`, or pauses longer than `patience`, leaves its refusal and ends the call.
        """
        size = len(first)
        part, more = first, True
        while True:
            if size > limit:
                self.refuse(errors.BODY_TOO_LARGE)
                raise BodyRefused
            if part:
                yield part
            if not more:
                self.watch_for_leaving(main)
                return
            try:
                part, more = await self.read(patience)
            except TimeoutError:
                self.refuse(errors.REQUEST_TOO_SLOW)
                raise BodyRefused from None
            size += len(part)

    def refuse(self, row: Row) -> None:
        """Remember why the body was refused."""
        self.refusal = Refusal(row)

    def watch_for_leaving(self, main: asyncio.Task[Any]) -> None:
        """Cancel `main` when the caller leaves; only calls that take a while pay for the watching."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SOON, self._start_watching, main)

    def _start_watching(self, main: asyncio.Task[Any]) -> None:
        self._watch = asyncio.create_task(self._cancel_when_gone(main))

    async def _cancel_when_gone(self, main: asyncio.Task[Any]) -> None:
        message = await self.receive()
        while message["type"] != "http.disconnect":
            message = await self.receive()
        self.gone = True
        main.cancel()

    def stop_watching(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()


def id_fields(request_id: str, supplied_id: str | None) -> tuple[Field, ...]:
    """Give the request id as answers carry it: a supplied one is echoed, and ours stands beside it."""
    ours = request_id.encode()
    if supplied_id is None:
        return ((b"x-oapi-request-id", ours),)
    return ((b"x-oapi-request-id", supplied_id.encode()), (b"x-satsuma-request-id", ours))
