"""The check for other gateways: what is asked, what is answered."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from satsuma.domain.errors import gateway as errors
from satsuma.domain.limits import Limits
from satsuma.gateway.auth_check import read_asked
from satsuma.gateway.gate import Asked
from satsuma.http.messages import Answer, Later, Request
from tests.gateway.world import CLIENT_ID, SEAL, World, a_client, revoke

SHOPS = ("X-Original-URI", "/poi/v1/shops?postalCode=35000")


def request(*fields: tuple[str, str], query: str = "") -> Request:
    pairs = [(name.lower().encode(), value.encode()) for name, value in fields]
    return Request(b"GET", b"/auth/check", query.encode(), pairs, b"", "127.0.0.1", "id-1")


async def answered(world: World, *fields: tuple[str, str], query: str = "") -> Answer:
    answer = world.auth_check(request(*fields, query=query))
    return await answer.work if isinstance(answer, Later) else answer


def field(answer: Answer, name: str) -> str | None:
    for key, value in (*answer.block.fields, *answer.extra):
        if key.decode() == name:
            return value.decode()
    return None


@pytest.mark.parametrize(
    "fields",
    [
        [SHOPS],
        [("X-Forwarded-Uri", "/poi/v1/shops"), ("X-Forwarded-Method", "GET")],
        [("X-Original-URL", "https://gate.example/poi/v1/shops?x=/../")],
        [SHOPS, ("X-Original-Method", "HEAD")],
        [SHOPS, SHOPS],
    ],
)
async def test_a_valid_token_is_answered_204_with_the_identity(
    fields: list[tuple[str, str]],
) -> None:
    world = World()
    answer = await answered(world, world.bearer(), *fields)
    assert (answer.block.status, answer.body) == (204, b"")
    assert field(answer, "x-satsuma-client-id") == CLIENT_ID
    assert field(answer, "x-satsuma-application-id") == "app_one"
    assert (field(answer, "x-satsuma-identity") or "").count(".") == 2
    assert field(answer, "cache-control") == "no-store"


@pytest.mark.parametrize(
    "query", ["api=poi&version=1", "version=v1&api=poi", "api=poi&version=1&method=get&path=/shops"]
)
async def test_the_query_can_say_which_api_is_asked(query: str) -> None:
    world = World()
    assert (await answered(world, world.bearer(), query=query)).block.status == 204


@pytest.mark.spec("RFC 6750 §3.1")
async def test_no_token_is_401_without_an_error() -> None:
    answer = await answered(World(), SHOPS)
    assert answer.block.status == 401
    assert field(answer, "www-authenticate") == 'Bearer realm="satsuma"'
    assert json.loads(answer.body)["code"] == 40


async def test_an_expired_token_is_401_and_42() -> None:
    world = World()
    answer = await answered(world, world.bearer(exp=int(time.time()) - 1), SHOPS)
    assert answer.block.status == 401
    assert json.loads(answer.body)["code"] == 42
    assert world.slugs() == ["token-expired"]


async def test_a_revoked_token_is_401_at_once() -> None:
    world = World()
    bearer = world.bearer()
    assert (await answered(world, bearer, SHOPS)).block.status == 204
    revoke(world, "token", "jti-1")
    assert (await answered(world, bearer, SHOPS)).block.status == 401


async def test_an_application_without_a_subscription_is_403() -> None:
    world = World()
    world.keep(a_client(subscription=None))
    answer = await answered(world, world.bearer(), SHOPS)
    assert answer.block.status == 403
    assert json.loads(answer.body)["code"] == 50


@pytest.mark.parametrize(
    ("uri", "code"), [("/nothing/v1/x", 60), ("/poi/v1/../x", 20), ("/poi/v2", 60)]
)
async def test_what_a_gateway_would_not_hand_on_is_403_with_its_own_number(
    uri: str, code: int
) -> None:
    world = World()
    answer = await answered(world, world.bearer(), ("X-Original-URI", uri))
    assert answer.block.status == 403
    assert json.loads(answer.body)["code"] == code


@pytest.mark.parametrize(
    ("fields", "query", "missing"),
    [
        ([("X-Original-URI", "/poi/v1/shops"), ("X-Original-Method", "GET")], "", None),
        ([("X-Original-URI", "/poi/v1/shops")], "", None),
        ([("X-Original-URI", "/poi/v1/admin"), ("X-Original-Method", "GET")], "", "poi:admin"),
        ([("X-Original-URI", "/poi/v1/%61dmin")], "", "poi:admin"),
        ([], "api=poi&version=1", "poi:admin"),
        ([], "api=poi&version=1&path=/shops&method=GET", None),
        ([], "api=poi&version=1&path=/admin&method=GET", "poi:admin"),
    ],
)
async def test_what_nobody_says_is_demanded(
    fields: list[tuple[str, str]], query: str, missing: str | None
) -> None:
    world = World()
    answer = await answered(world, world.bearer(scope="poi:read"), *fields, query=query)
    assert answer.block.status == (204 if missing is None else 403)
    if missing:
        assert f'scope="{missing}"' in (field(answer, "www-authenticate") or "")


AMBIGUOUS: list[tuple[list[tuple[str, str]], str]] = [
    ([SHOPS, ("X-Forwarded-Uri", "/poi/v1/admin")], ""),
    ([SHOPS, ("X-Original-URI", "/poi/v1/admin")], ""),
    ([("X-Original-Method", "GET"), ("X-Forwarded-Method", "POST"), SHOPS], ""),
    ([SHOPS], "api=poi&version=1"),
    ([("X-Original-Method", "GET")], "api=poi&version=1"),
]


@pytest.mark.parametrize(("fields", "query"), AMBIGUOUS)
async def test_a_caller_cannot_say_a_second_address(
    fields: list[tuple[str, str]], query: str
) -> None:
    world = World()
    answer = await answered(world, world.bearer(), *fields, query=query)
    assert answer.block.status == 403
    assert world.slugs() == ["address-ambiguous"]


@pytest.mark.spec("RFC 9110 §5.6.2")
@pytest.mark.spec("RFC 9110 §9.1")
@pytest.mark.parametrize(
    "method", ["GET ", " GET", "GET\t", "G ET", "", "GET\x0b", "GET,POST", "GÉT", "GET\xa0"]
)
async def test_a_method_that_is_no_token_is_refused(method: str) -> None:
    asked = [(SHOPS, (name, method)) for name in ("X-Original-Method", "X-Forwarded-Method")]
    for fields in asked:
        world = World()
        assert (await answered(world, world.bearer(), *fields)).block.status == 403
        assert world.slugs() == ["header-invalid"]
    world, query = World(), f"api=poi&version=1&method={quote(method)}"
    assert (await answered(world, world.bearer(), query=query)).block.status == 403
    assert world.slugs() == ["query-parameter-invalid"]


async def test_a_query_of_the_original_request_is_not_ours() -> None:
    assert isinstance(read_asked(request(SHOPS, query="postalCode=35000")), Asked)


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("api=poi", errors.ADDRESS_MISSING),
        ("api=poi&api=other&version=1", errors.QUERY_INVALID),
        ("api=poi&version=x", errors.API_UNKNOWN),
        ("api=poi&version=1&path=/../x", errors.PATH_UNSAFE),
        ("api=%ff&version=1", errors.QUERY_INVALID),
        ("api=poi/v9&version=1", errors.API_UNKNOWN),
        ("api=poi&version=1/x", errors.API_UNKNOWN),
        ("api=poi&version=1&path=2/x", errors.API_UNKNOWN),
    ],
)
def test_a_query_that_names_no_api_is_refused(query: str, row: object) -> None:
    assert read_asked(request(query=query)) is row


async def test_a_client_outside_the_picture_is_looked_up() -> None:
    world = World()
    world.replica.clients.drop(CLIENT_ID, 1)
    world.stored[CLIENT_ID] = a_client()
    waiting = world.auth_check(request(world.bearer(), SHOPS))
    assert isinstance(waiting, Later)
    assert (await waiting.work).block.status == 204
    world.stored.clear()
    assert (await answered(world, world.bearer(), SHOPS)).block.status == 401


async def test_calls_are_counted_together_with_the_gateways_own() -> None:
    world = World()
    world.change_api(limits=Limits(spike_per_second=1))
    assert (await answered(world, world.bearer(), SHOPS)).block.status == 204
    refused = await answered(world, world.bearer(), SHOPS)
    assert (refused.block.status, json.loads(refused.body)["code"]) == (403, 53)
    assert field(refused, "retry-after") == "1"


async def test_without_a_signing_key_nothing_passes() -> None:
    world = World(keys=(SEAL,))
    assert (await answered(world, world.bearer(), SHOPS)).block.status == 500
