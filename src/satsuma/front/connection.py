"""A connection within bounds: what it may send, how long it may take, and the answer when it passes a bound.

A thin subclass of uvicorn's httptools protocol; the version is pinned. It adds what uvicorn lacks, for every path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from satsuma.domain.errors.connection import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    METHOD_UNKNOWN,
    TOO_MANY_CONNECTIONS,
    TOO_SLOW,
    UPGRADE,
    URL_TOO_LONG,
)
from satsuma.domain.errors.row import ErrorRow
from satsuma.front.bounds import (
    BODY,
    BODY_BYTES_PER_SECOND,
    BODY_SECONDS,
    BODY_WHOLE_SECONDS,
    FIELDS,
    HEAD,
    HEAD_BYTES,
    HEAD_BYTES_UNPARSED,
    HEAD_SECONDS,
    IDLE,
    LEAVING,
    LEAVING_SECONDS,
    NEW,
    URL_BYTES,
    render,
)
from satsuma.front.flow import Flow
from satsuma.front.framing import is_handshake, names_unknown_method, without_offer
from satsuma.front.hosts import unmapped
from satsuma.front.table import RouteTable
from satsuma.http.messages import Request, read_field
from satsuma.http.sources import network

_SLICE: Final = 16 * 1024
_PIECE: Final = 2 * 1024
_PIECES: Final = 16


class Pending:
    """Stands for a hot request that waits, so that uvicorn queues what is pipelined behind it."""

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()


class BoundedConnection(HttpToolsProtocol):
    """One connection; `table` is set by the front's class of one process, `sources` counts its connections."""

    flow: Flow
    table: ClassVar[RouteTable]
    live: ClassVar[set[BoundedConnection]]
    sources: ClassVar[dict[str, int]]
    dated: ClassVar[tuple[Any, bytes]] = (None, b"")
    waits_for_body: bool = False
    trails: bool = False
    cut: Callable[[], None] | None = None
    """Ends a connection whose handshake has not ended; None without TLS."""
    _source: str | None = None
    _request: Request | None = None
    _turn: asyncio.Handle | None = None

    def admit(self, peer: str) -> bool:
        """Count a connection with those of its source, from its accepting on; False where that has enough."""
        self._peer = unmapped(peer)
        source = self._source = network(self._peer)
        self._phase = NEW
        self._since = monotonic()
        self._refused = False
        self.live.add(self)
        count = self.sources[source] = self.sources.get(source, 0) + 1
        most = self.table.connections
        return not most or count <= most or not peer or self.table.hosts.trusts(self._peer)

    def forget(self) -> None:
        """Count a connection no more."""
        self.live.discard(self)
        source, self._source = self._source, None
        if source is None:
            return
        left = self.sources[source] - 1
        if left:
            self.sources[source] = left
        else:
            del self.sources[source]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start counting what this connection sends and how long it takes."""
        super().connection_made(transport)
        self.flow = Flow(transport)
        self._unread = bytearray()
        admitted = self._source is not None or self.admit(self.client[0] if self.client else "")
        self.cut = None
        self._head = 0
        self._offered = False
        self._refusal: ErrorRow | None = None
        self._owed: ErrorRow | None = None
        self._length = 0
        self._began = self._looked = self._since
        if not admitted:
            self._turn_away()

    def start_body(self) -> None:
        """Read the body of a request that somebody waits for."""
        self._phase = BODY
        self._length = 0
        self._began = self._looked = self._since

    def _turn_away(self) -> None:
        """Close at once where a source has as many connections as one may have."""
        self._refused = True
        request_id = self.table.note_unread(TOO_MANY_CONNECTIONS, self._peer)
        self.transport.write(render(TOO_MANY_CONNECTIONS, request_id, self._dates()))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.forget()
        self._unread.clear()
        if self._turn is not None:
            self._turn.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, within bounds; what comes after a refusal is thrown away."""
        if self._refused:
            return
        if len(data) <= _PIECE and not self._unread:
            self._read(data)
            return
        self._unread += data
        if self._turn is None:
            self._take_turn()

    def _read(self, data: bytes | bytearray) -> None:
        """Parse one piece.

        What came since the last field, part of a body or end of a message is bounded: no other reader of a head, a
        trailer or a chunk's extension stops where it has no end.
        """
        is_first = self._phase == NEW
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        if self._phase == IDLE:
            self._phase = HEAD
            self._since = monotonic()
        elif self._phase == BODY:
            self._since = monotonic()
        elif is_first:
            self._phase = HEAD
        self._head += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as pause:
            self._read_behind(memoryview(data)[pause.args[0] :])
        except httptools.HttpParserError:
            self.refuse(self._refusal or self._misread(data, is_first))
        if self._head > HEAD_BYTES_UNPARSED and not self._refused:
            self.refuse(HEAD_TOO_LARGE)

    def _misread(self, data: bytes | bytearray, is_first: bool) -> ErrorRow:
        """The row of what the parser refused: only of a connection's first request it is known where that began."""
        return METHOD_UNKNOWN if is_first and names_unknown_method(bytes(data)) else BAD_REQUEST

    def _take_turn(self) -> None:
        """Read what came until it has brought a request, then give way: who sends many at once lets others in between.

        No more is read either while the peer does not read its answers, or behind an answer that closes.
        """
        self._turn = None
        unread, last = self._unread, self._request
        for _ in range(_PIECES):
            if not unread or self._request is not last or self._is_over() or self.flow.write_paused:
                break
            size = self._piece_size()
            piece = unread[:size]
            del unread[:size]
            self._read(piece)
        if self._is_over():
            unread.clear()
        if not unread:
            self.flow.release()
            return
        self.flow.hold()
        if not self.flow.write_paused:
            self._turn = self.loop.call_soon(self._take_turn)

    def _is_over(self) -> bool:
        return self._refused or self.transport.is_closing()

    def _piece_size(self) -> int:
        """Some requests' worth, or what is to come of a body."""
        if self._phase == BODY and self._request is not None:
            length = self._request.fields.get(b"content-length", b"")
            if length.isdigit():
                return max(_PIECE, min(int(length) - self._length, _SLICE))
        return _PIECE

    def _read_behind(self, rest: memoryview) -> None:
        """Read on behind a head that offered another protocol: the parser stops there, and we take none."""
        while True:
            try:
                if not self._decline():
                    self.refuse(UPGRADE)
                    return
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as pause:
                rest = rest[pause.args[0] :]
            except httptools.HttpParserError:
                self.refuse(self._refusal or BAD_REQUEST)
                return
            else:
                return

    def _decline(self) -> bool:
        """Read the head anew without its offer; False for a WebSocket handshake and a tunnel, which get an answer."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT" or is_handshake(method, version, self.headers):
            return False
        head = without_offer(method, self.url, version, self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._offered = False
        self.parser.feed_data(head)
        return True

    def refuse(self, row: ErrorRow) -> None:
        """Read no more, and answer that a bound was passed, once every request before has its answer.

        Where the answer to this very request is under way already, it goes out and the connection closes after it.

        Spec: RFC 9112 §9.3.2.
        """
        self._refused = True
        if self.transport.is_closing():
            return
        if self._phase == BODY and not self.waits_for_body and not self._take_back():
            return
        if self.pipeline or self._is_answering():
            self._owed = row
            return
        self.say(row)

    def say(self, row: ErrorRow) -> None:
        """Answer, and leave."""
        request_id = self.table.note_unread(row, self._peer)
        self.leave_with(render(row, request_id, self._dates()))

    def leave_with(self, answer: bytes) -> None:
        """Write the last answer, half-close, and read no more."""
        self._refused = True
        self.transport.write(answer)
        self._phase = LEAVING
        self._since = monotonic()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _take_back(self) -> bool:
        """Take the request whose body comes back from the application, if nothing of its answer has gone out."""
        cycle: Any = self.cycle
        if cycle.response_complete:
            self.transport.close()
            return False
        if cycle.response_started:
            cycle.keep_alive = False
            return False
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
            return True
        cycle.disconnected = cycle.response_complete = True
        cycle.message_event.set()
        return True

    def on_url(self, url: bytes) -> None:
        """Collect the request target."""
        self.url += url
        if len(self.url) > URL_BYTES:
            self._give_up(URL_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field: of the head, or, once that is complete, of the trailer, in a list that nobody reads."""
        self.headers.append(read_field(name, value))

    def check_trailer(self) -> None:
        """Give up a trailer that is over its bounds; it is dropped.

        A recipient merges a trailer into the header only where its definition allows it, and none that we read does.

        Spec: RFC 9110 §6.5.1.
        """
        if len(self.headers) > FIELDS or _size(self.headers) > HEAD_BYTES:
            self._give_up(HEAD_TOO_LARGE)
        self.trails = False

    def check_head(self) -> None:
        """Give up a head that is over its bounds."""
        headers = self.headers
        if len(headers) > FIELDS:
            self._give_up(HEAD_TOO_LARGE)
        # What came in one slice with an earlier request is not counted, so that there is a slice to spare.
        if self._head > HEAD_BYTES - _SLICE and _size(headers) > HEAD_BYTES:
            self._give_up(HEAD_TOO_LARGE)
        self._head = 0

    def pause_writing(self) -> None:
        """Read no more from a peer that does not read."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        super().resume_writing()
        self.flow.resume_reading()
        if self._unread and self._turn is None:
            self._turn = self.loop.call_soon(self._take_turn)

    def check_deadline(self, now: float, keep_alive: float) -> None:
        """Refuse a head or a body that takes too long; close what has been idle or leaving too long.

        A sender's time stands still while we do not read.
        """
        if self._phase == LEAVING:
            if now - self._since > LEAVING_SECONDS:
                self.transport.abort()
        elif self._refused:
            return
        elif self._phase == IDLE:
            if now - self._since > keep_alive and not self._is_answering():
                self._close_idle(now)
        elif self._phase == NEW:
            if now - self._since > min(HEAD_SECONDS, keep_alive):
                self._close_idle(now)
        elif self._is_paused() and not self.waits_for_body:
            self._since = now
            self._began += now - self._looked
        elif self._is_late(now):
            self.refuse(TOO_SLOW)
        self._looked = now

    def _close_idle(self, now: float) -> None:
        """Close without a word what nothing was asked on; where the peer holds that up, not for long."""
        if self.cut is not None:
            self.cut()
            return
        self._refused = True
        self._phase = LEAVING
        self._since = now
        self.transport.close()

    def _is_late(self, now: float) -> bool:
        """Say whether a head or a body is late: a whole body may take longer only while it comes fast enough."""
        if self._phase == HEAD:
            return now - self._since > HEAD_SECONDS
        whole = BODY_WHOLE_SECONDS + self._length / BODY_BYTES_PER_SECOND
        return now - self._since > BODY_SECONDS or now - self._began > whole

    def _is_answering(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _is_paused(self) -> bool:
        return self.flow.read_paused or self.flow.holds

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


def _size(fields: list[tuple[bytes, bytes]]) -> int:
    """The bytes of fields on the wire."""
    return sum(len(name) + len(value) + 4 for name, value in fields)
