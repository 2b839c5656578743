"""The upstream's side of a call: one bounded pool of connections, and requests written byte for byte.

Requests go through aiohttp's connector and parser but not through its session: that would decode the address and the
fields, add some of its own, and cost more than everything else the gateway does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable
from functools import lru_cache
from typing import Final, NamedTuple

from aiohttp import (
    ClientConnectionError,
    ClientOSError,
    ClientRequest,
    ClientTimeout,
    ServerDisconnectedError,
    StreamReader,
    TCPConnector,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage, StreamWriter
from yarl import URL

from satsuma.domain.apis import Api

# Shorter than the five seconds after which common servers close an idle connection.
_IDLE: Final = 4.0
_CONNECT: Final = 10.0
_READ_BUFFER: Final = 2**16  # bytes
_MOST_UPSTREAMS: Final = 2**16
_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_SWITCHING: Final = 101


class BodyEnded(Exception):
    """A body broke off: what was sent of it must not look whole."""


class Body(NamedTuple):
    """A body as it comes, whose parts may raise BodyEnded; without a `length` (Content-Length) it goes in chunks."""

    parts: AsyncGenerator[bytes]
    length: bytes | None


class UpstreamAddress(NamedTuple):
    """Where an upstream is: what the connector asks for, the Host, and the path that its base address has."""

    request: ClientRequest
    host: bytes
    path: bytes


class Answered:
    """An upstream's answer after its head; `close` must follow, and keeps the connection only if all is done."""

    __slots__ = ("_connection", "_writing", "content", "message")

    def __init__(
        self,
        connection: Connection,
        message: RawResponseMessage,
        content: StreamReader,
        writing: asyncio.Task[None] | None,
    ) -> None:
        self._connection = connection
        self._writing = writing
        self.message = message
        self.content = content

    def close(self) -> None:
        """Let go: the connection is used again only when request and answer both went whole."""
        if self._writing is not None and not self._writing.done():
            self._writing.cancel()
            self._connection.close()
        elif self.content.is_eof() and self.content.exception() is None:
            if self._writing is not None and (protocol := self._connection.protocol) is not None:
                protocol.read_timeout = None
                protocol.start_timeout()  # with no time to keep, it stops the clock
            self._connection.release()
        else:
            self._connection.close()


class Upstreams:
    """Calls upstreams through one pool for all of them; made anywhere, opened at the first call in an event loop."""

    def __init__(self, connections: int = 1000, tls: ssl.SSLContext | None = None) -> None:
        """Hold at most `connections` at a time; `tls` replaces the system's trust for https upstreams."""
        self._connections = connections
        self._tls = tls
        self._connector: TCPConnector | None = None
        self._places: dict[str, UpstreamAddress] = {}

    def place(self, upstream: str) -> UpstreamAddress:
        """Where an upstream is; raises ValueError for an address that is none."""
        known = self._places.get(upstream)
        if known is None:
            if len(self._places) >= _MOST_UPSTREAMS:
                self._places.clear()
            url = URL(upstream, encoded=True)
            request = ClientRequest("GET", url, loop=asyncio.get_running_loop())
            path = url.raw_path.rstrip("/").encode("ascii")
            known = self._places[upstream] = UpstreamAddress(
                request, request.headers["Host"].encode(), path
            )
        return known

    async def call(
        self, api: Api, method: str, head: bytes, body: Body | None, stalled: Callable[[], None]
    ) -> Answered:
        """Send a call and give its answer once the head has come; the API's timeout holds for each silence.

        A call without a body that means the same when sent twice is sent again, once, when the connection turns out to
        have been closed. `stalled` is told when the upstream stops reading the body.

        Spec: RFC 9110 §9.2.2; RFC 9112 §9.3.1.
        """
        connector = self._connector
        if connector is None:
            tls = True if self._tls is None else self._tls
            connector = TCPConnector(limit=self._connections, keepalive_timeout=_IDLE, ssl=tls)
            self._connector = connector
        request = self.place(api.upstream).request
        may_repeat = body is None and method in _IDEMPOTENT
        while True:
            connection = await connector.connect(request, [], _timeout(api.timeout))
            if connection.protocol is None or connection.protocol.should_close:
                connection.close()  # it was closed, or spoke without being asked, while it waited
                continue
            try:
                return await _exchange(connection, api, method, head, body, stalled)
            except (ServerDisconnectedError, ClientOSError):
                connection.close()
                if not may_repeat:
                    raise
                may_repeat = False
            except BaseException:
                connection.close()
                raise

    async def close(self) -> None:
        """Let go of the connections."""
        if self._connector is not None:
            await self._connector.close()
            self._connector = None


async def _exchange(
    connection: Connection,
    api: Api,
    method: str,
    head: bytes,
    body: Body | None,
    stalled: Callable[[], None],
) -> Answered:
    protocol = connection.protocol
    if protocol is None or protocol.transport is None:
        raise ServerDisconnectedError
    protocol.set_response_params(
        skip_payload=method == "HEAD",
        read_until_eof=True,
        auto_decompress=False,
        read_timeout=api.timeout,
        read_bufsize=_READ_BUFFER,
    )
    protocol.transport.write(head)
    writing: asyncio.Task[None] | None = None
    if body is None:
        protocol.start_timeout()
    else:
        writing = asyncio.create_task(_write(protocol, body, api.timeout, stalled))
    try:
        while True:
            message, content = await protocol.read()
            if message.code >= 200 or message.code == _SWITCHING:
                return Answered(connection, message, content, writing)
    except BaseException:
        if writing is not None:
            writing.cancel()
        raise


async def _write(
    protocol: ResponseHandler, body: Body, patience: float, stalled: Callable[[], None]
) -> None:
    writer = StreamWriter(protocol, asyncio.get_running_loop())
    if body.length is None:
        writer.enable_chunking()
    try:
        async with contextlib.aclosing(body.parts) as parts:
            async for part in parts:
                async with asyncio.timeout(patience):
                    await writer.write(part)
        await writer.write_eof()
    except TimeoutError:
        stalled()
    except (BodyEnded, ClientConnectionError):
        return  # whoever reads the answer learns it
    else:
        protocol.start_timeout()


@lru_cache(maxsize=64)
def _timeout(seconds: int) -> ClientTimeout:
    connect = min(float(seconds), _CONNECT)
    return ClientTimeout(total=None, connect=connect, sock_connect=connect)
