"""The server of one process, leaving without a failed request."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from satsuma.front.door import TlsDoor
from satsuma.front.front import HttpFront
from satsuma.front.table import RouteTable

KEEP_ALIVE: Final = 75.0
_IDLE_AT_LEAVING: Final = 1.0


class DrainingServer(uvicorn.Server):
    """Leaves without a failed request: says so, goes on answering with `Connection: close`, then closes."""

    def __init__(
        self,
        config: uvicorn.Config,
        table: RouteTable,
        log: Any,
        seconds: float,
        protocol: type[HttpFront],
    ) -> None:
        """Serve by `protocol`; `table` says when draining has begun, for `seconds`."""
        super().__init__(config)
        self._table = table
        self._log = log
        self._seconds = seconds
        self._protocol = protocol
        self._doors: list[TlsDoor] = []
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let whoever waits for it know; where TLS ends here, behind doors of our own."""
        tls = self.config.ssl
        if tls is None:
            await super().startup(sockets)
        else:
            doors = [TlsDoor(each, self._new_protocol, tls, self._log) for each in sockets or []]
            self._doors = doors
            self.servers: list[Any] = list(doors)
            self.started = True
        self.begun.set()

    async def on_tick(self, counter: int) -> bool:
        """Check the deadlines of every connection once a second."""
        if counter % 10 == 0:
            self._check_deadlines(KEEP_ALIVE)
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave at SIGTERM and SIGINT; a second one leaves at once. The process then ends with status 0."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        try:
            yield
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Drain at the first signal, stop waiting at the second."""
        self.force_exit = self.should_exit
        self.should_exit = True

    def _check_deadlines(self, keep_alive: float) -> None:
        now = time.monotonic()
        for connection in list(self._protocol.live):
            connection.check_deadline(now, keep_alive)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain: not ready, then no new connections, then the idle ones closed, then the rest waited for."""
        self._table.draining = True
        self._log.info("draining", seconds=self._seconds)
        await self._pass(self._seconds)
        for listener in sockets or []:
            last = listener.dup()
            await self._accept_what_waits(last)
        await self._pass(_IDLE_AT_LEAVING)
        await super().shutdown(sockets)

    async def _accept_what_waits(self, last: socket.socket) -> None:
        """Stop listening, but serve whoever had connected: a connection in the queue would be reset at the close."""
        loop = asyncio.get_running_loop()
        last.setblocking(False)
        for server in self.servers:
            server.close()
        waiting = []
        with contextlib.suppress(BlockingIOError):
            while True:
                waiting.append(last.accept())
        last.close()
        for accepted, address in waiting:
            if self._doors:
                self._doors[0].welcome(accepted, address[0])
            else:
                await loop.connect_accepted_socket(self._new_protocol, accepted)

    def _new_protocol(self) -> HttpFront:
        return self._protocol(self.config, self.server_state, {})

    async def _pass(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.force_exit:
            await super().on_tick(0)
            self._check_deadlines(_IDLE_AT_LEAVING)
            await asyncio.sleep(0.05)
