"""A connection within bounds: what it may send, how long it may take, and the answer when it passes a bound.

A thin subclass of uvicorn's httptools protocol; the version is pinned. It adds what uvicorn lacks, for every path.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from satsuma.domain.errors.connection import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    UPGRADE,
    URL_TOO_LONG,
)
from satsuma.domain.errors.row import ErrorRow
from satsuma.front.bounds import (
    BODY,
    BODY_SECONDS,
    HEAD,
    HEAD_BYTES_UNPARSED,
    HEAD_SECONDS,
    IDLE,
    LEAVING,
    LEAVING_SECONDS,
    URL_BYTES,
    render,
)
from satsuma.front.table import RouteTable


class Pending:
    """Stands for a hot request that waits, so that uvicorn queues what is pipelined behind it."""

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()


class BoundedConnection(HttpToolsProtocol):
    """One connection; `table` is set by the front's class of one process."""

    table: ClassVar[RouteTable]
    live: ClassVar[set[BoundedConnection]]
    dated: ClassVar[tuple[Any, bytes]] = (None, b"")
    waits_for_body: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start counting what this connection sends and how long it takes."""
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._head = 0
        self._phase = IDLE
        self._since = monotonic()
        self._refused = False
        self._refusal: ErrorRow | None = None
        self.live.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.live.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, within bounds; what comes after a refusal is thrown away."""
        if self._refused:
            return
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        if self._phase == IDLE:
            self._phase = HEAD
            self._since = monotonic()
        if self._phase == HEAD:
            self._head += len(data)
        elif self._phase == BODY:
            self._since = monotonic()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refuse(UPGRADE)
        except httptools.HttpParserError:
            self.refuse(self._refusal or BAD_REQUEST)
        else:
            if self._phase == HEAD and self._head > HEAD_BYTES_UNPARSED:
                self.refuse(HEAD_TOO_LARGE)

    def refuse(self, row: ErrorRow) -> None:
        """Answer that a bound was passed, half-close, and read no more.

        Where an answer is under way already it goes out, and the connection closes after it.
        """
        self._refused = True
        if self.transport.is_closing():
            return
        if self._is_answering() and not self._take_back():
            self.cycle.keep_alive = False
            return
        self.transport.write(render(row, self.table.new_id(), self._dates()))
        self._phase = LEAVING
        self._since = monotonic()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _take_back(self) -> bool:
        """Take the request back from the application, if nothing of its answer has gone out."""
        cycle: Any = self.cycle
        if isinstance(cycle, Pending) or cycle.response_started:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def on_url(self, url: bytes) -> None:
        """Collect the request target."""
        self.url += url
        if len(self.url) > URL_BYTES:
            self._give_up(URL_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field."""
        self.headers.append((name.lower(), value))

    def pause_writing(self) -> None:
        """Read no more from a peer that does not read."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        super().resume_writing()
        self.flow.resume_reading()

    def check_deadline(self, now: float, keep_alive: float) -> None:
        """Refuse a head or a body that takes too long; close what has been idle or leaving too long."""
        spent = now - self._since
        if self._phase == HEAD and spent > HEAD_SECONDS:
            self.refuse(TOO_SLOW)
        elif self._phase == BODY and spent > BODY_SECONDS:
            if self.waits_for_body or not self._is_paused():
                self.refuse(TOO_SLOW)
        elif self._phase == IDLE and spent > keep_alive:
            self.transport.close()
        elif self._phase == LEAVING and spent > LEAVING_SECONDS:
            self.transport.abort()

    def _is_answering(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _is_paused(self) -> bool:
        return bool(self.flow.read_paused)

    def _give_up(self, row: ErrorRow) -> None:
        self._refusal = row
        raise ValueError(row.slug)

    def _dates(self) -> bytes:
        fields = self.server_state.default_headers
        known, rendered = BoundedConnection.dated
        if known is not fields:
            rendered = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
            BoundedConnection.dated = (fields, rendered)
        return rendered
