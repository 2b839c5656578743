"""What stands behind the gateway where a test names no upstream: it tells what it was asked."""

from __future__ import annotations

import json
from typing import Final

from satsuma.front.asgi import Receive, Scope, Send

LONGEST_BODY: Final = 64 * 1024
_HIDDEN: Final = frozenset({b"authorization", b"cookie", b"x-satsuma-identity"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the method, path, query, fields and body that came; what grants something is not repeated."""
    if scope["type"] != "http":
        return
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body.extend(message.get("body", b"")[: max(0, LONGEST_BODY - len(body))])
        more = message.get("more_body", False)
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name not in _HIDDEN
    }
    told = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "headers": headers,
        "body": body.decode(errors="replace"),
    }
    sent = json.dumps(told).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": sent})
