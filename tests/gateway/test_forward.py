"""The gateway over real sockets."""

from __future__ import annotations

from satsuma.app.demo.poi import Poi
from tests.gateway.wire import ask
from tests.gateway.world import World, running


async def test_a_call_with_a_token_reaches_its_upstream() -> None:
    async with running(Poi()) as port, World(f"http://127.0.0.1:{port}").serving() as world:
        reply = await ask(world.port, "/poi/v1/shops?postalCode=35000", world.bearer())
        assert reply.status == 200
        assert reply.json()["total"] == 6
        assert reply.whole
        assert reply.header("x-oapi-request-id") == "satsuma-request-1"
