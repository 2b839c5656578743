"""Where the database is away, nothing is said of a token: neither that it is good nor that it is not."""

import ast
from collections.abc import Iterator

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.issuers import STANDARD
from satsuma.management.apis import NewApi, create_api
from satsuma.management.subscriptions import put_subscription
from satsuma.store.upkeep import upgrade
from satsuma_client.protocol.basic import authorization_header
from tests.house.tree import load
from tests.oauth.workshop import Workshop
from tests.servers import PostgreSQL
from tests.servers.halting import HaltingProxy, halting_proxy

SAY_SO = {"NOT_READY", "LOOK_UP_FAILED"}


@pytest.fixture
def proxy(postgresql: PostgreSQL) -> Iterator[HaltingProxy]:
    with halting_proxy(postgresql.port) as made:
        yield made


@pytest.fixture
def workshop(
    postgresql: PostgreSQL, postgres_database: str, proxy: HaltingProxy
) -> Iterator[Workshop]:
    url = postgres_database.replace(f":{postgresql.port}/", f":{proxy.port}/")
    upgrade(url)
    shop = Workshop(url, STANDARD)
    yield shop
    proxy.mend()
    shop.close()


@pytest.mark.spec("RFC 7662 §2.2")
def test_introspection_says_503_of_what_it_cannot_look_up(
    workshop: Workshop, proxy: HaltingProxy
) -> None:
    tokens = workshop.redeem(workshop.issue("openid offline_access")).json
    refresh, own = tokens["refresh_token"], workshop.authorization
    assert workshop.is_active(refresh)
    new = NewApi("kiwi", 1, "Kiwi", "https://kiwi.example", (ScopeRule("kiwi:read"),))
    api, secret = workshop.run(create_api(workshop.context, new))
    workshop.run(put_subscription(workshop.context, workshop.client_id, "kiwi"))
    machine = workshop.ask("token", grant_type="client_credentials").json["access_token"]
    workshop.authorization = authorization_header(api.resource_id, secret.reveal())
    assert workshop.is_active(machine)
    workshop.restart()

    proxy.cut()
    told = workshop.ask("introspect", reads_on=False, token=machine)
    assert (told.status, told.json["error"]) == (503, "temporarily_unavailable")
    workshop.authorization = own
    told = workshop.ask("introspect", reads_on=False, token=refresh)
    assert (told.status, told.json["error"]) == (503, "temporarily_unavailable")


def test_no_door_of_the_protocol_makes_a_no_of_a_database_that_is_away() -> None:
    """Every `except Unavailable` of the issuer's and the gateway's rooms leads to the refusal that says so."""
    tree, seen = load(), 0
    for path in tree.under("src/satsuma/oauth/", "src/satsuma/gateway/", ending=".py"):
        for node in ast.walk(tree.module(path)):
            if isinstance(node, ast.ExceptHandler) and "Unavailable" in names_in(node.type):
                seen += 1
                assert names_in(node) & SAY_SO, f"{path}:{node.lineno}"
    assert seen > 3


def names_in(node: ast.AST | None) -> set[str]:
    found = [] if node is None else list(ast.walk(node))
    plain = {each.id for each in found if isinstance(each, ast.Name)}
    return plain | {each.attr for each in found if isinstance(each, ast.Attribute)}
