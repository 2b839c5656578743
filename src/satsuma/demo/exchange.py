"""One request to a demo upstream, and the forms of its answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Fields = list[tuple[bytes, bytes]]

_MAX_BODY = 65_536


class Exchange:
    """A request, and the connection that waits for its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._query: bytes = scope["query_string"]
        self._receive = receive
        self._send = send

    def query(self) -> dict[str, str]:
        """The parameters of the query string; raises Refused where one stands twice."""
        pairs = parse_qsl(self._query.decode("latin-1"), keep_blank_values=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Refused(Refusal(errors.QUERY_INVALID))
        return found

    def address(self, path: str) -> str:
        """The public address of a path of ours, as the gateway forwarded it."""
        prefix = self.headers.get(b"x-forwarded-prefix", b"").decode("latin-1")
        host = self.headers.get(b"x-forwarded-host", b"").decode("latin-1")
        scheme = self.headers.get(b"x-forwarded-proto", b"http").decode("latin-1")
        return f"{scheme}://{host}{prefix}{path}" if host else prefix + path

    async def body(self) -> dict[str, Any]:
        """Read the body as one JSON object; raises Refused."""
        read = b""
        more = True
        while more:
            message = await self._receive()
            read += message.get("body", b"")
            more = message.get("more_body", False)
            if len(read) > _MAX_BODY:
                raise Refused(Refusal(errors.BODY_TOO_LARGE))
        if not read:
            raise Refused(Refusal(errors.BODY_MISSING))
        try:
            parsed = json.loads(read)
        except ValueError:
            raise Refused(Refusal(errors.BODY_MALFORMED)) from None
        if not isinstance(parsed, dict):
            raise Refused(Refusal(errors.BODY_MALFORMED))
        return parsed

    async def answer(self, status: int, content: Any, *fields: tuple[bytes, bytes]) -> None:
        """Send JSON; None is no body."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        head: Fields = list(fields)
        if content is not None:
            head.append((b"content-type", b"application/json"))
        if status not in (204, 304):
            head.append((b"content-length", b"%d" % len(body)))
        await self._send({"type": "http.response.start", "status": status, "headers": head})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, row: ErrorRow, allow: str = "") -> None:
        """Send a row in the platform's envelope."""
        envelope = {"code": row.code, "message": row.message, "description": row.says}
        fields: Fields = [(b"allow", allow.encode())] if allow else []
        await self.answer(row.status, envelope, *fields)


async def acknowledge_lifespan(receive: Receive, send: Send) -> None:
    """Say yes to start and stop."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
