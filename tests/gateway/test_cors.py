"""Browsers: preflights for every registered origin, calls for the origins of their own client."""

from __future__ import annotations

import pytest

from tests.gateway import upstreams
from tests.gateway.wire import Reply, ask
from tests.gateway.world import World, raw_upstream

OURS = "https://app.example"
OTHERS = "https://b.example"
NOBODYS = "https://evil.example"


async def preflight(world: World, origin: str, *fields: tuple[str, str]) -> Reply:
    asked = (("Origin", origin), ("Access-Control-Request-Method", "GET"), *fields)
    return await ask(world.port, "/poi/v1/a", *asked, method="OPTIONS")


@pytest.mark.spec("Fetch Standard")
@pytest.mark.parametrize("origin", [OURS, OTHERS])
async def test_a_preflight_passes_for_any_registered_origin_without_a_token(origin: str) -> None:
    async with World().serving() as world:
        reply = await preflight(
            world, origin, ("Access-Control-Request-Headers", "authorization, x-thing")
        )
        assert reply.status == 204
        assert reply.headers("access-control-allow-origin") == [origin]
        assert reply.headers("access-control-allow-credentials") == ["true"]
        assert reply.header("access-control-allow-headers") == "authorization, x-thing"
        assert "DELETE" in (reply.header("access-control-allow-methods") or "")
        assert "origin" in (reply.header("vary") or "")
        assert reply.header("x-oapi-request-id") == "satsuma-request-1"


@pytest.mark.spec("Fetch Standard")
async def test_a_preflight_of_an_unknown_origin_is_refused_and_says_so() -> None:
    async with World().serving() as world:
        reply = await preflight(world, NOBODYS)
        assert (reply.status, reply.json()["code"]) == (403, 50)
        assert reply.header("access-control-allow-origin") is None
        assert world.slugs() == ["origin-refused"]


@pytest.mark.spec("Fetch Standard")
async def test_a_call_of_its_own_origin_can_be_read_with_credentials() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), ("Origin", OURS))
        assert reply.status == 200
        assert reply.headers("access-control-allow-origin") == [OURS]
        assert reply.headers("access-control-allow-credentials") == ["true"]
        assert "x-oapi-request-id" in (reply.header("access-control-expose-headers") or "")
        assert reply.headers("vary") == ["origin"]


async def test_a_call_of_another_clients_origin_is_refused_before_the_upstream_sees_it() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), ("Origin", OTHERS))
        assert (reply.status, reply.json()["code"]) == (403, 50)
        assert reply.header("access-control-allow-origin") == OTHERS  # so that its page sees why


@pytest.mark.parametrize("origin", [NOBODYS, "null", "https://app.example.evil.example", ""])
async def test_a_call_of_nobodys_origin_is_refused_and_cannot_be_read(origin: str) -> None:
    async with World().serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), ("Origin", origin))
        assert (reply.status, reply.json()["code"]) == (403, 50)
        assert reply.header("access-control-allow-origin") is None
        assert reply.headers("vary") == ["origin"]


async def test_a_refusal_can_be_read_by_the_page_that_caused_it() -> None:
    async with World().serving() as world:
        reply = await ask(world.port, "/poi/v1/a", ("Origin", OURS))
        assert reply.status == 401
        assert reply.header("access-control-allow-origin") == OURS


async def test_an_answer_without_an_origin_says_that_it_would_differ() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.headers("vary") == ["origin"]
        assert reply.header("access-control-allow-origin") is None


async def test_options_that_is_no_preflight_is_a_call_like_any_other() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", method="OPTIONS")).status == 401
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), method="OPTIONS")
        assert reply.body.startswith(b"OPTIONS /a")
        of_a_page = ("Origin", OURS)
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), of_a_page, method="OPTIONS")
        assert reply.body.startswith(b"OPTIONS /a")


async def test_strange_header_names_are_not_echoed_by_a_preflight() -> None:
    async with World().serving() as world:
        reply = await preflight(world, OURS, ("Access-Control-Request-Headers", "a;b<c>"))
        assert reply.header("access-control-allow-headers") == "authorization, content-type"
