"""Who calls, as upstreams are told it; the signed header is verified with the published keys by another library."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from satsuma.domain.apis import ScopeRule
from satsuma.domain.subscriptions import Subscription
from satsuma.gateway.access import Pass
from satsuma.gateway.identity import CallerIdentity
from satsuma.keys.new_keys import make_signing_key
from tests.gateway import upstreams
from tests.gateway.wire import ask
from tests.gateway.world import (
    API_URL,
    CLIENT_ID,
    SEAL,
    START,
    VAULT,
    World,
    a_client,
    an_api,
    raw_upstream,
)


async def told(world: World, **token: Any) -> dict[str, str]:
    reply = await ask(world.port, "/poi/v1/a", world.bearer(**token))
    assert reply.status == 200
    lines = reply.body.decode().partition("\r\n\r\n")[0].split("\r\n")[1:]
    fields = dict(line.split(": ", 1) for line in lines)
    return {name: value for name, value in fields.items() if name.startswith("x-satsuma")}


def opened(world: World, signed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = KeySet.import_key_set(world.ring.jwks(datetime.now(UTC)))  # type: ignore[arg-type]
    with warnings.catch_warnings():  # the library prefers the name Ed25519, of RFC 9864
        warnings.simplefilter("ignore")
        token = jwt.decode(signed, keys, algorithms=["EdDSA"])
    return token.header, token.claims


async def test_an_application_alone_has_neither_subject_nor_grant() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        fields = await told(world)
        assert fields.pop("x-satsuma-identity")
        assert fields == {
            "x-satsuma-client-id": CLIENT_ID,
            "x-satsuma-application-id": "app_one",
            "x-satsuma-scope": "poi:read poi:admin",
        }


async def test_a_user_behind_the_token_is_told_with_the_grant() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        fields = await told(world, scope="poi:read", sub="sub-1", grant_id="grant-1")
        assert fields["x-satsuma-scope"] == "poi:read"
        assert fields["x-satsuma-subject"] == "sub-1"
        assert fields["x-satsuma-grant-id"] == "grant-1"


@pytest.mark.spec("RFC 7519 §4.1")
@pytest.mark.spec("RFC 8725 §3.11")
@pytest.mark.spec("RFC 8725 §3.8")
async def test_the_signed_header_says_who_calls_for_this_api_and_one_minute() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        header, claims = opened(world, (await told(world))["x-satsuma-identity"])
        assert header["typ"] == "satsuma-identity+jwt"
        assert header["alg"] == "EdDSA"
        assert claims["iss"] == API_URL
        assert claims["aud"] == f"{API_URL}/poi/v1"
        assert claims["sub"] == claims["client_id"] == CLIENT_ID
        assert claims["scope"] == "poi:read poi:admin"
        assert claims["exp"] - claims["iat"] == 60
        assert len(claims["jti"]) == 24


async def test_the_subject_is_the_user_where_there_is_one() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        person = {"sub": "sub-1", "grant_id": "grant-1", "scope": "poi:read"}
        signed = (await told(world, **person))["x-satsuma-identity"]
        claims = opened(world, signed)[1]
        assert (claims["sub"], claims["grant_id"]) == ("sub-1", "grant-1")
        assert claims["client_id"] == CLIENT_ID


async def test_a_signed_header_is_used_again_for_half_its_life() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        first = await told(world)
        assert await told(world) == first
        world.ahead = 29.0
        assert await told(world) == first
        world.ahead = 31.0
        assert await told(world) != first


async def test_another_token_or_api_has_another_signed_header() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        first = await told(world)
        assert (await told(world, jti="jti-2"))["x-satsuma-identity"] != first["x-satsuma-identity"]
        world.set_api(an_api(upstream, api_id="api_other", scopes=(ScopeRule("o"),)))
        subscription = Subscription("app_one", "api_other", "approved", START)
        world.keep(replace(a_client(), subscriptions=(subscription,)))
        assert (await told(world))["x-satsuma-scope"] == "o"


async def test_what_is_remembered_is_bounded() -> None:
    world = World()
    identities = CallerIdentity(world.ring, API_URL, world.clock, capacity=2)
    client = world.replica.clients.find(CLIENT_ID)
    assert client is not None
    api = world.replica.apis["poi", 1]

    def of(jti: str) -> bytes:
        return identities.of(Pass(api, world.claims(jti=jti), client, api.limits)).wire

    first, second = of("a"), of("b")
    assert (of("a"), of("b")) == (first, second)
    of("c")
    assert of("b") == second
    assert of("a") != first


async def test_a_key_that_took_over_signs_from_then_on() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        successor = make_signing_key("EdDSA", VAULT, START, datetime(2026, 2, 1, tzinfo=UTC))
        world.ring.load((SEAL, successor), datetime.now(UTC))
        header, _ = opened(world, (await told(world))["x-satsuma-identity"])
        assert header["kid"] == successor.kid
