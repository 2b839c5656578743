"""A server's socket: our own front, without the hot call-backs, so that each request passes the tap."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from satsuma.app.clock import SYSTEM
from satsuma.app.settings import Settings
from satsuma.front.asgi import App
from satsuma.front.draining import KEEP_ALIVE
from satsuma.front.front import HttpFront, front_class
from satsuma.front.table import RouteTable
from satsuma.http.messages import Request
from satsuma.testing.tap import BREAK_OFF

_LAST: Final = 2.0


def bound(host: str, port: int) -> socket.socket:
    """A socket that holds its address; raises OSError where it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """What the settings' certificate and key are served by; None without them. Raises OSError."""
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


class Listening:
    """Listens until it is closed, and then lets nothing live on."""

    def __init__(self, app: App, protocol: Any, config: uvicorn.Config) -> None:
        """Serve `app` by connections of `protocol`."""
        self._protocol = protocol
        self._config = config
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._deadlines: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._protocol(self._config, self._state, {}),
            sock=listener,
            ssl=tls,
            backlog=1024,
        )
        if issubclass(self._protocol, HttpFront):
            self._deadlines = asyncio.create_task(self._check_deadlines())

    async def _check_deadlines(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for connection in list(self._protocol.live):
                connection.check_deadline(SYSTEM.monotonic(), KEEP_ALIVE)

    async def close(self) -> None:
        """Stop listening, end what is under way, and wait until it has ended."""
        if self._server is None:
            return
        self._server.close()
        if self._deadlines is not None:
            self._deadlines.cancel()
        for task in self._state.tasks:
            task.cancel()
        for connection in list(self._state.connections):
            with contextlib.suppress(AttributeError):
                connection.transport.abort()
        waited = [*self._state.tasks, *([self._deadlines] if self._deadlines else [])]
        if waited:
            await asyncio.wait(waited, timeout=_LAST)
        await self._server.wait_closed()
        self._server = None


def front_listening(app: App, table: RouteTable) -> Listening:
    """Listen as the platform's own process does."""
    members = {"_to_application": _to_application}
    protocol = type("TestFront", (front_class(table, hot=False),), members)
    return Listening(app, protocol, _config(app, protocol))


def plain_listening(app: App) -> Listening:
    """Listen as any server does: for what stands behind the gateway."""
    config = _config(app, "httptools")
    return Listening(app, config.http_protocol_class, config)


def _config(app: App, http: Any) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=http,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    config.load()
    return config


def _to_application(front: HttpFront, request: Request) -> None:
    """Say in the scope how the connection is broken off; the application begins to run after this."""
    HttpFront._to_application(front, request)
    front.scope[BREAK_OFF] = front.transport.close  # type: ignore[typeddict-unknown-key]
