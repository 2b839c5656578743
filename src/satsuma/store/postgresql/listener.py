"""Listening: PostgreSQL's notifications ring the bell; what changed is read from the feed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg

from satsuma.store.bell import Bell
from satsuma.store.postgresql.connection import FEED_CHANNEL, Connection

LOOK = 0.25
"""Seconds after which the listener looks whether it should end, and tries again to connect."""


LEAVE = 6.0
"""Seconds after which a listener that a silent server holds is left to end with the process."""


class Listener:
    """A thread that listens on a connection of its own, and connects anew when that is lost."""

    def __init__(self, connect: Callable[[], Connection], bell: Bell) -> None:
        """Be ready to listen; `connect` opens a connection that commits by itself."""
        self._connect = connect
        self._bell = bell
        self._ended = threading.Event()
        self._started = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="satsuma-listen", daemon=True)

    def start(self) -> None:
        """Begin to listen, once."""
        with self._lock:
            if not self._started and not self._ended.is_set():
                self._started = True
                self._thread.start()

    def close(self) -> None:
        """End the thread."""
        with self._lock:
            self._ended.set()
        if self._started:
            self._thread.join(LEAVE)

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {FEED_CHANNEL}")
                    self._bell.ring()  # what happened before we listened
                    self._hear(connection)
            except psycopg.Error:
                self._ended.wait(LOOK)

    def _hear(self, connection: Connection) -> None:
        while not self._ended.is_set():
            for _ in connection.notifies(timeout=LOOK, stop_after=1):
                self._bell.ring()
