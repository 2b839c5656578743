"""What stands before the platform: it notes each request, does what the test put in its way, and dates the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import Future
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from satsuma.front.asgi import App, Message, Receive, Scope, Send
from satsuma.testing.faults import Fault, Faults
from satsuma.testing.requests import LONGEST_FORM, Requests, SeenRequest, begin, parameters

BREAK_OFF: Final = "satsuma.testing.break_off"
"""Where a listener puts into the scope what closes the connection once what was written has left."""


class CutOff(ConnectionError):
    """The connection was broken off in the middle of an answer, as the test wished."""


class Tap:
    """An ASGI application around another: it lets everything through that no fault stops."""

    def __init__(
        self,
        app: App,
        endpoint_of: Callable[[Scope], str],
        now: Callable[[], datetime],
        requests: Requests,
        faults: Faults,
    ) -> None:
        """Stand before `app`; `endpoint_of` names what a request is for."""
        self._app = app
        self._endpoint_of = endpoint_of
        self._now = now
        self._requests = requests
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        endpoint = self._endpoint_of(scope)
        seen = begin(scope, endpoint, self._now())
        self._requests.add(seen)
        fault = self._faults.take(endpoint)
        reading, sending = _reading(seen, receive), self._dating(seen, send)
        if fault is None:
            await self._app(scope, reading, sending)
            return
        seen.fault = fault.name
        if fault.status:
            await _read_to_the_end(reading)
            await _answer(fault, sending)
        elif fault.cut:
            await self._cut(scope, reading, sending)
        else:
            await self._hold(fault.hold, scope, reading, sending)

    def _dating(self, seen: SeenRequest, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                date = format_datetime(self._now(), usegmt=True).encode()
                fields = [f for f in message.get("headers", ()) if f[0].lower() != b"date"]
                message = {**message, "headers": [*fields, (b"date", date)]}
            await send(message)

        return sending

    async def _hold(self, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the work be done, and its answer wait."""
        held = False

        async def sending(message: Message) -> None:
            nonlocal held
            if not held:
                held = True
                await asyncio.sleep(seconds)
            await send(message)

        await self._app(scope, receive, sending)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the work be done, send half of its answer and break off."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            if len(messages) < _PARTS_KEPT:
                messages.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(each.get("body", b"") for each in messages[1:])
        start = messages[0]
        names = {name.lower() for name, _ in start.get("headers", ())}
        if b"content-length" not in names:
            length = (b"content-length", b"%d" % max(len(body), 1))
            start = {**start, "headers": [*start.get("headers", ()), length]}
        await send(start)
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        break_off = scope.get(BREAK_OFF)
        if break_off is None:
            raise CutOff("cut off in the middle of the answer, as the test wished")
        break_off()
        while (await receive())["type"] != "http.disconnect":
            pass


_PARTS_KEPT: Final = 1000


def _reading(seen: SeenRequest, receive: Receive) -> Receive:
    """What reads on for the platform, and a form for the test."""
    is_form = b"form-urlencoded" in _content_type(seen)
    kept = bytearray()

    async def reading() -> MutableMapping[str, Any]:
        message = await receive()
        if is_form and message["type"] == "http.request" and len(kept) <= LONGEST_FORM:
            kept.extend(message.get("body", b"")[: LONGEST_FORM + 1 - len(kept)])
            if not message.get("more_body", False) and len(kept) <= LONGEST_FORM:
                seen.form = parameters(bytes(kept))
        return message

    return reading


def _content_type(seen: SeenRequest) -> bytes:
    value = seen.headers.get("content-type", "")
    return value.lower().encode() if isinstance(value, str) else b""


async def _read_to_the_end(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _answer(fault: Fault, send: Send) -> None:
    fields = [*fault.headers, (b"content-length", b"%d" % len(fault.body))]
    await send({"type": "http.response.start", "status": fault.status, "headers": fields})
    await send({"type": "http.response.body", "body": fault.body})


class Bridge:
    """An application for callers on another event loop: it runs on its own, and each message crosses over."""

    def __init__(
        self, app: App, start: Callable[[Coroutine[Any, Any, None]], Future[None]]
    ) -> None:
        """Let `start` run each request of `app` on its own loop."""
        self._app = app
        self._start = start
        self._under_way: set[Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; raises CutOff where a fault or the server's end breaks it off."""
        if scope["type"] != "http":
            return
        home = asyncio.get_running_loop()

        def over(work: Awaitable[Any]) -> Awaitable[Any]:
            return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaiting(work), home))

        async def receiving() -> Message:
            found: Message = await over(receive())
            return found

        async def sending(message: Message) -> None:
            await over(send(message))

        async def serving() -> None:
            await self._app(scope, receiving, sending)

        running = self._start(serving())
        self._under_way.add(running)
        running.add_done_callback(self._under_way.discard)
        try:
            await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            if running.cancelled() and not _is_cancelled():
                raise CutOff("the server was closed while this request was under way") from None
            raise

    def close(self) -> None:
        """End what is under way."""
        for running in list(self._under_way):
            running.cancel()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _awaiting(work: Awaitable[Any]) -> Any:
    return await work
