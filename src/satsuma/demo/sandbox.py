"""The sandbox API: the same protected data for any resource and method."""

from __future__ import annotations

from satsuma.demo.exchange import Exchange, Receive, Scope, Send, acknowledge_lifespan

PROTECTED = {"data": "PROTECTED_RESOURCE_DATA"}


async def sandbox(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer any request.

    Spec: OAuth U2M guide, step 4.
    """
    if scope["type"] == "lifespan":
        await acknowledge_lifespan(receive, send)
    elif scope["type"] == "http":
        await Exchange(scope, receive, send).answer(200, PROTECTED)
