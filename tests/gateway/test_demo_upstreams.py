"""The demo's POI API, as its callers see it through the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from satsuma.demo.poi import Poi
from satsuma.demo.shops import SHOPS
from tests.gateway.wire import Reply, ask
from tests.gateway.world import World, running


@contextlib.asynccontextmanager
async def poi() -> AsyncIterator[Any]:
    async with running(Poi()) as port, World(f"http://127.0.0.1:{port}").serving() as world:

        async def call(target: str, *fields: tuple[str, str], **how: Any) -> Reply:
            return await ask(world.port, "/poi/v1" + target, world.bearer(), *fields, **how)

        yield call


def test_the_shops_are_many_and_somewhere_in_france() -> None:
    assert len(SHOPS) >= 60
    assert sum(s["address"]["postalCode"] == "35000" for s in SHOPS.values()) >= 5
    for shop in SHOPS.values():
        assert 42 < shop["location"]["latitude"] < 51.5
        assert -5 < shop["location"]["longitude"] < 8
        assert len(shop["openingHours"]) == 7
    assert len({shop["name"] for shop in SHOPS.values()}) == len(SHOPS)


async def test_pages_link_to_each_other_until_the_end() -> None:
    async with poi() as call:
        target: str | None = "/shops?postalCode=35000&limit=3"
        found: list[str] = []
        while target is not None:
            page = (await call(target)).json()
            found += [shop["id"] for shop in page["shops"]]
            next_link = page["links"].get("next")
            target = next_link and next_link.removeprefix("http://api.example/poi/v1")
        assert len(found) == len(set(found)) == page["total"] == 6
        assert page["links"]["prev"].endswith("limit=3&offset=0")


async def test_a_place_without_shops_is_an_empty_page() -> None:
    async with poi() as call:
        page = (await call("/shops?postalCode=99999")).json()
        assert (page["shops"], page["total"]) == ([], 0)


REFUSED = [
    ("/shops", 400, 27),
    ("/shops?postalCode=", 400, 27),
    ("/shops?postalCode=Rennes", 400, 28),
    ("/shops?postalCode=3500", 400, 28),
    ("/shops?postalCode=35000&postalCode=35000", 400, 28),
    ("/shops?postalCode=35000&limit=0", 400, 28),
    ("/shops?postalCode=35000&limit=51", 400, 28),
    ("/shops?postalCode=35000&offset=-1", 400, 28),
    ("/shops/shop-000", 404, 60),
    ("/nothing", 404, 60),
    ("/favourites/shop-001", 404, 60),
]


@pytest.mark.parametrize(("target", "status", "code"), REFUSED)
async def test_a_mistake_is_answered_in_the_platforms_envelope(
    target: str, status: int, code: int
) -> None:
    async with poi() as call:
        reply = await call(target)
        assert (reply.status, reply.json()["code"]) == (status, code)
        assert reply.json().keys() == {"code", "message", "description"}


async def test_a_method_that_the_resource_lacks_names_those_it_has() -> None:
    async with poi() as call:
        reply = await call("/shops/shop-001", method="DELETE")
        assert (reply.status, reply.header("allow")) == (405, "GET")


@pytest.mark.spec("RFC 9110 §13.1.2")
async def test_a_shop_that_has_not_changed_is_not_sent_again() -> None:
    async with poi() as call:
        shop = await call("/shops/shop-001")
        again = await call("/shops/shop-001", ("If-None-Match", shop.header("etag")))
        assert (again.status, again.body) == (304, b"")


@pytest.mark.spec("RFC 9110 §13.1.1")
@pytest.mark.spec("RFC 9110 §15.5.10")
async def test_a_favourite_is_written_only_over_what_the_caller_has_seen() -> None:
    async with poi() as call:
        where = "/favourites/shop-001"
        body = b'{"note": "near"}'
        new = await call(where, method="PUT", body=body)
        assert new.status == 201
        assert new.header("location") == "http://api.example/poi/v1/favourites/shop-001"
        assert (await call(where, method="PUT", body=body)).json()["code"] == 69
        lost = await call(where, ("If-Match", '"lost"'), method="PUT", body=body)
        assert (lost.status, lost.json()["code"]) == (412, 65)
        absent = await call(where, ("If-None-Match", "*"), method="PUT", body=body)
        assert absent.status == 412
        seen = ("If-Match", new.header("etag"))
        changed = await call(where, seen, method="PUT", body=b'{"note": "far"}')
        assert (changed.status, changed.json()["note"]) == (200, "far")
        assert (await call(where, seen, method="DELETE")).status == 412
        assert (await call(where, method="DELETE")).status == 204
        assert (await call("/favourites")).json() == {"favourites": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 21), (b"{", 22), (b"[]", 22), (b"{}", 23), (b'{"note": 1}', 24)],
)
async def test_a_favourites_body_is_checked(body: bytes, code: int) -> None:
    async with poi() as call:
        reply = await call("/favourites/shop-001", method="PUT", body=body)
        assert (reply.status, reply.json()["code"]) == (400, code)
