"""The caller's side of one forwarded call: what was asked, the body as it comes, the answer as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.gateway.upstream import BodyEnded
from satsuma.http.messages import Answer, Field, Request, id_fields
from satsuma.telemetry.metrics import LEFT

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SOON: Final = 0.05
_READ: Final = frozenset(
    {
        b"authorization",
        b"origin",
        b"content-type",
        b"content-length",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Gone(Exception):
    """The caller has left; nobody waits for an answer."""


class Caller:
    """One call, in the task that serves it.

    `api` is the API that it names, such as `poi/v1`, empty where there is none; `status` is what it was answered, or
    that the caller left before; `limits` are the fields that say what is left of its quotas; `repeated` names a field
    that may stand once and came twice. `ended` says that it was ended from here, with a `refusal` unless the caller
    left.
    """

    __slots__ = (
        "_done",
        "_main",
        "_timer",
        "_watch",
        "api",
        "authorization",
        "content_type",
        "ended",
        "fields",
        "has_body",
        "ids",
        "length",
        "limits",
        "method",
        "origin",
        "query",
        "raw_path",
        "receive",
        "refusal",
        "repeated",
        "request",
        "send",
        "started",
        "status",
        "upgrade",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the scope; `state` holds what the front knows: the request with its ids and its source."""
        request: Request = scope["state"]["request"]
        self.request = request
        self.method: str = scope.get("method", "GET")
        self.raw_path: bytes = scope["raw_path"]
        self.query: bytes = scope["query_string"]
        self.fields: list[Field] = scope["headers"]
        self.receive = receive
        self.send = send
        self.api = ""
        self.started = False
        self.status = LEFT
        self.ended = False
        self.refusal: Refusal | None = None
        self.authorization: list[bytes] = []
        self.origin: bytes | None = None
        self.length: bytes | None = None
        self.upgrade: bytes | None = None
        self.limits: tuple[Field, ...] = ()
        self.has_body = False
        self.content_type: bytes | None = None
        self.repeated = ""
        self._read_fields()
        self.ids = id_fields(request.request_id, request.supplied_id)
        self._main = _current_task()
        self._done = False
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None

    def _read_fields(self) -> None:
        for name, value in self.fields:
            if name not in _READ:
                continue
            if name == b"authorization":
                self.authorization.append(value)
            elif name == b"origin":
                self._note_single(name, self.origin)
                self.origin = value
            elif name == b"content-type":
                self._note_single(name, self.content_type)
                self.content_type = value
            elif name == b"content-length":
                self.length = value
                self.has_body = self.has_body or value.strip(b"0") != b""
            elif name == b"transfer-encoding":
                self.has_body = True
            else:
                self.upgrade = value.lower()

    def _note_single(self, name: bytes, earlier: bytes | None) -> None:
        """Note a field that may stand once and came before: an upstream could take the other one.

        Spec: RFC 9110 §5.3.
        """
        if earlier is not None:
            self.repeated = name.decode("ascii")

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
        await self.finish(answer.body)

    async def start(self, status: int, fields: list[Field]) -> None:
        """Send status and header fields."""
        self.started = True
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": fields})

    async def send_part(self, part: bytes, patience: float) -> None:
        """Send a part of the body; more follows. Raises Gone where the caller takes nothing for `patience`."""
        try:
            async with asyncio.timeout(patience):
                await self.send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            raise Gone from None

    async def finish(self, part: bytes) -> None:
        """Send the last part of the body."""
        await self.send({"type": "http.response.body", "body": part})

    async def read(self, patience: float) -> tuple[bytes, bool]:
        """The next part of the body and whether more follows; raises Gone, and TimeoutError after `patience`."""
        async with asyncio.timeout(patience):
            message = await self.receive()
        if message["type"] == "http.disconnect":
            raise Gone
        return message.get("body", b""), message.get("more_body", False)

    async def stream(
        self, part: bytes, more: bool, limit: int, patience: float
    ) -> AsyncGenerator[bytes]:
        """The body's parts as they come, the one already read first; then watch for the caller's leaving.

        A body that grows over `limit`, or pauses longer than `patience`, ends the call with a refusal.
        """
        size = len(part)
        while True:
            if size > limit:
                self._end(Refusal(errors.BODY_TOO_LARGE))
                raise BodyEnded
            if part:
                yield part
            if not more:
                self.watch_for_leaving()
                return
            try:
                part, more = await self.read(patience)
            except TimeoutError:
                self._end(Refusal(errors.REQUEST_TOO_SLOW))
                raise BodyEnded from None
            except Gone:
                self._end(None)
                raise BodyEnded from None
            size += len(part)

    def stalled(self) -> None:
        """End the call, since its upstream has stopped reading the body."""
        self._end(Refusal(errors.UPSTREAM_SLOW, {"at": "request"}))

    def _end(self, refusal: Refusal | None) -> None:
        if not self._done:
            self.refusal = refusal
            self.ended = True
            self._main.cancel()

    def take_cancellation(self) -> bool:
        """Say whether the call was cancelled from here, and then cancel no more than it."""
        return self.ended and self._main.uncancel() == 0

    def watch_for_leaving(self) -> None:
        """Cancel the call when the caller leaves; only calls that take a while pay for the watching."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_SOON, self._start_watching)

    def _start_watching(self) -> None:
        self._watch = asyncio.create_task(self._cancel_when_gone())

    async def _cancel_when_gone(self) -> None:
        message = await self.receive()
        while message["type"] != "http.disconnect":
            message = await self.receive()
        self._end(None)

    def stop_watching(self) -> None:
        """Watch no more; from now on nothing ends the call from here."""
        self._done = True
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a call is served in a task")
    return task
