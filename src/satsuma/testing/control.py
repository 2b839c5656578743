"""The control endpoint: a test in another language moves this server as one in this process does, by a key.

It is there in `satsuma serve --test` without a database, and nowhere else: its server listens on loopback alone, holds
everything in memory, and takes no setting that names another.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from satsuma.app.settings import BadSettings, Settings
from satsuma.front.asgi import App, Receive, Scope, Send
from satsuma.keys.randomness import SYSTEM, url_safe
from satsuma.management.context import NotPossible
from satsuma.testing.operations import OPERATIONS, Controlled, Operation, Unknown
from satsuma.testing.server import SatsumaServer
from satsuma.testing.values import Refused
from satsuma_client.protocol import loopback
from satsuma_client.protocol.secret import Secret

PREFIX: Final = "/satsuma/test/v1"
LONGEST_BODY: Final = 64 * 1024
_LOG: Final = logging.getLogger("satsuma.testing")
_BY_PLACE: Final = {(each.method, each.path): each for each in OPERATIONS}


class ControlRefused(Exception):
    """What the control endpoint does not do: a status, a stable slug and a sentence."""

    def __init__(self, status: int, slug: str, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.slug = slug


class ControlledServer(SatsumaServer):
    """A server with a control endpoint before it; `control_key` opens it."""

    def __init__(self, **options: Any) -> None:
        """Start as any server of a test; raises BadSettings where strangers could come to it."""
        self.control_key = Secret("stk_" + url_safe(32, SYSTEM))
        super().__init__(**options)

    @property
    def control_url(self) -> str:
        """Where the control endpoint is."""
        return self.url + PREFIX

    def check(self, settings: Settings) -> None:
        """Refuse to be reached from anywhere but this machine."""
        self.check_is_here(settings, ("host", "api_url", "pages_url"))

    def check_is_here(self, settings: Settings, names: Sequence[str]) -> None:
        """Refuse settings that name another machine; raises BadSettings."""
        for name in names:
            value: str = getattr(settings, name)
            host = value.partition("://")[2].rpartition(":")[0].strip("[]") or value
            if host not in loopback.NAMES:
                raise BadSettings(f"{name}: a test's server is on this machine alone, not {value}")

    def standing_before(self, app: App) -> App:
        """The control endpoint, then the server."""
        return Control(Controlled(self), self.control_key, app, self.control_url)


class Control:
    """An ASGI application before another: it takes what is below its path, and lets everything else by."""

    def __init__(self, controlled: Controlled, key: Secret, app: App, url: str) -> None:
        """Do operations for who shows `key`; `url` is where that is asked for."""
        self._url = url
        self._controlled = controlled
        self._key = key
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path + "/").startswith(PREFIX + "/"):
            await self._app(scope, receive, send)
            return
        try:
            status, told = await self._do(scope, path.removeprefix(PREFIX).rstrip("/"), receive)
        except ControlRefused as refused:
            status, told = refused.status, {"error": refused.slug, "says": str(refused)}
        await _answer(send, status, told)

    async def _do(self, scope: Scope, path: str, receive: Receive) -> tuple[int, Any]:
        headers = dict(scope["headers"])
        self._check_place(scope, headers)
        if (scope["method"], path) == ("GET", "/openapi.json"):
            from satsuma.testing.openapi import document

            return 200, document(self._url)
        self._check_key(headers)
        operation = _BY_PLACE.get((scope["method"], path))
        if operation is None:
            says = f"There is no {scope['method']} {path or '/'} here: GET /openapi.json lists what there is"
            raise ControlRefused(404, "operation-unknown", says)
        asked = _read(operation, await _body(receive))
        try:
            told = await asyncio.to_thread(operation.do, self._controlled, asked)
        except Exception as problem:
            raise _refusal(problem) from None
        return operation.status, told

    def _check_place(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Refuse who is not on this machine, and a page of another site that a browser here shows."""
        peer = scope["client"][0] if scope.get("client") else ""
        host = headers.get(b"host", b"").decode("latin-1").rpartition(":")[0].strip("[]").lower()
        if peer not in loopback.LITERALS or host not in loopback.NAMES or b"origin" in headers:
            raise ControlRefused(
                403, "not-from-here", "Programs on this machine alone may ask this"
            )

    def _check_key(self, headers: dict[bytes, bytes]) -> None:
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, f"Bearer {self._key.reveal()}".encode()):
            says = "Send the key that was printed at the start as Authorization: Bearer KEY"
            raise ControlRefused(401, "control-key", says)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ControlRefused(400, "body-broken-off", "The body broke off")
        body.extend(message.get("body", b""))
        if len(body) > LONGEST_BODY:
            raise ControlRefused(413, "body-too-large", f"A body has at most {LONGEST_BODY} bytes")
        more = message.get("more_body", False)
    return bytes(body)


def _read(operation: Operation, body: bytes) -> Any:
    try:
        return msgspec.json.decode(body or b"{}", type=operation.body)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise ControlRefused(400, "body-malformed", str(problem)) from None


def _refusal(problem: Exception) -> ControlRefused:
    if isinstance(problem, NotPossible):
        return ControlRefused(409, problem.slug, str(problem))
    if isinstance(problem, Refused):
        return ControlRefused(409, "refused", str(problem))
    if isinstance(problem, Unknown):
        return ControlRefused(404, "unknown", str(problem))
    if isinstance(problem, KeyError):
        return ControlRefused(404, "unknown", f"No issuer {problem.args[0]!r} is here")
    if isinstance(problem, (ValueError, TypeError)):
        return ControlRefused(400, "value", str(problem))
    _LOG.error("control failed", exc_info=problem)
    return ControlRefused(500, "failed", "The server's log says what failed")


async def _answer(send: Send, status: int, told: Any) -> None:
    body = b"" if told is None else json.dumps(told).encode()
    fields = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    if status == 401:
        fields.append((b"www-authenticate", b'Bearer realm="satsuma test"'))
    if status != 204:
        fields.append((b"content-type", b"application/json"))
        fields.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
