"""The empty ASGI callable: it reads the body, answers a fixed JSON, and does nothing else.

Run under the same uvicorn, httptools and uvloop as Satsuma, it is what an ASGI application can be at most.
"""

import sys
from typing import Any

import uvicorn

BODY = b'{"token_type":"Bearer","access_token":"' + b"x" * 200 + b'","expires_in":3600}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"content-length", b"%d" % len(BODY)),
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
