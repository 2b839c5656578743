"""The door of a server that ends TLS itself: whoever comes is counted, and their time runs, before the handshake."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

from satsuma.domain.errors.connection import TOO_MANY_CONNECTIONS
from satsuma.front.bounds import HEAD_SECONDS, LEAVING_SECONDS
from satsuma.front.connection import BoundedConnection

_AT_ONCE: Final = 64
_AGAIN_AFTER: Final = 1.0
_OUT_OF: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class TlsDoor:
    """Accepts on one listener, in place of the loop's own server, which knows nobody before the end of a handshake.

    It closes and is waited for as that server is. Where files or memory are out, those who come wait a second in the
    system's queue.
    """

    def __init__(
        self,
        listener: socket.socket,
        new_connection: Callable[[], BoundedConnection],
        tls: ssl.SSLContext,
        log: Any,
    ) -> None:
        """Accept from now on."""
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._new_connection = new_connection
        self._tls = tls
        self._log = log
        self._handshakes: dict[asyncio.Task[None], socket.socket] = {}
        self._again: asyncio.TimerHandle | None = None
        self._number = listener.fileno()
        listener.setblocking(False)
        self._open()

    def _open(self) -> None:
        self._again = None
        self._loop.add_reader(self._number, self._accept)

    def _accept(self) -> None:
        """Take some of those who wait; the loop calls again while there are more."""
        with contextlib.suppress(BlockingIOError, InterruptedError):
            for _ in range(_AT_ONCE):
                try:
                    accepted, address = self._listener.accept()
                except ConnectionAbortedError:
                    continue
                except OSError as problem:
                    if problem.errno not in _OUT_OF:
                        raise
                    self._rest(problem)
                    return
                self.welcome(accepted, address[0])

    def _rest(self, problem: OSError) -> None:
        """Accept nobody for a second, since the loop would call again at once."""
        self._log.warning("connections_wait", problem=str(problem))
        self._loop.remove_reader(self._number)
        self._again = self._loop.call_later(_AGAIN_AFTER, self._open)

    def welcome(self, accepted: socket.socket, peer: str) -> None:
        """Begin a handshake; close at once where the source has as many connections as one may have."""
        connection = self._new_connection()
        if not connection.admit(peer):
            connection.forget()
            connection.table.note_unread(TOO_MANY_CONNECTIONS, peer)
            accepted.close()
            return
        accepted.setblocking(False)
        connection.cut = functools.partial(_cut, accepted)
        task = self._loop.create_task(self._shake_hands(connection, accepted))
        self._handshakes[task] = accepted
        task.add_done_callback(self._handshakes.pop)

    async def _shake_hands(self, connection: BoundedConnection, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=HEAD_SECONDS,
                ssl_shutdown_timeout=LEAVING_SECONDS,
            )
        except OSError:  # a handshake that failed, broke off or took too long
            connection.forget()

    def close(self) -> None:
        """Accept nobody any more."""
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._number)

    async def wait_closed(self) -> None:
        """Break off what handshakes are left."""
        for accepted in self._handshakes.values():
            _cut(accepted)
        await asyncio.gather(*self._handshakes, return_exceptions=True)


def _cut(accepted: socket.socket) -> None:
    """End a connection that the loop holds, by way of the system: its handshake then fails as if the peer had left."""
    with contextlib.suppress(OSError):
        accepted.shutdown(socket.SHUT_RDWR)
