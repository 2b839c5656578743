"""What a client may ask for, and what an API may look into."""

from typing import Any

import pytest

from satsuma.domain.apis import Api, ScopeRule
from satsuma.domain.introspection import client_may_see, resource_may_see
from satsuma.domain.resources import may_name
from satsuma.domain.scopes import granted_scopes, is_within
from satsuma.domain.subscriptions import SubscriptionState
from tests.domain.facts import CLIENT, STRANGER, an_api

ROOT = "https://api.example"
POI, POI_2 = an_api(), an_api(api_id="api_2", version=2)
SHOPS = an_api(api_id="api_3", name="shops", scopes=(ScopeRule("shop:buy"), ScopeRule("poi:read")))

Subscriptions = dict[str, SubscriptionState]
APPROVED: Subscriptions = {"api_1": "approved"}


@pytest.mark.parametrize(
    ("api", "subscriptions", "scopes"),
    [
        (POI, APPROVED, ("poi:read", "poi:write")),
        (POI, {}, ()),
        (POI, {"api_1": "pending"}, ()),
        (POI, {"api_1": "revoked"}, ()),
        (POI, {"api_9": "approved"}, ()),
        (an_api(issuers=("orange-m2m",)), APPROVED, ()),
        (an_api(issuers=()), APPROVED, ()),
        (an_api(issuers=("orange-m2m", "standard")), APPROVED, ("poi:read", "poi:write")),
        (an_api(life_cycle="deprecated"), APPROVED, ("poi:read", "poi:write")),
        (an_api(life_cycle="retired"), APPROVED, ()),
        (an_api(scopes=()), APPROVED, ()),
    ],
)
def test_the_scopes_of_one_subscription(
    api: Api, subscriptions: Subscriptions, scopes: tuple[str, ...]
) -> None:
    assert granted_scopes(subscriptions, {api.api_id: api}, "standard") == scopes


def test_the_scopes_of_several_stand_once_and_a_bad_one_hides_no_good_one() -> None:
    apis = {api.api_id: api for api in (POI, SHOPS, POI_2)}
    both: Subscriptions = {
        "api_9": "approved",
        "api_2": "pending",
        "api_3": "approved",
        "api_1": "approved",
    }
    assert granted_scopes(both, apis, "standard") == ("shop:buy", "poi:read", "poi:write")


@pytest.mark.parametrize(
    ("resource", "subscriptions", "named"),
    [
        (f"{ROOT}/poi/v1", APPROVED, True),
        (f"{ROOT}/poi/v1", {}, False),
        (f"{ROOT}/poi/v1", {"api_1": "pending"}, False),
        (f"{ROOT}/poi/v1", {"api_1": "revoked"}, False),
        (f"{ROOT}/poi/v2", APPROVED, False),
        (f"{ROOT}/poi/v2", {"api_2": "approved"}, True),
        (f"{ROOT}/shops/v1", APPROVED, False),
        (f"{ROOT}/poi/v1/", APPROVED, False),
        (f"{ROOT}/poi/v1?x=1", APPROVED, False),
        (f"{ROOT}/POI/v1", APPROVED, False),
        ("https://other.example/poi/v1", APPROVED, False),
        ("/poi/v1", APPROVED, False),
        ("", APPROVED, False),
    ],
)
def test_a_resource_is_the_whole_address_of_a_subscribed_api(
    resource: str, subscriptions: Subscriptions, named: bool
) -> None:
    assert may_name(resource, ROOT, (SHOPS, POI, POI_2), subscriptions) is named


@pytest.mark.parametrize(
    ("asked", "granted", "within"),
    [
        (("a",), ("a", "b"), True),
        (("b", "a"), ("a", "b"), True),
        ((), ("a",), True),
        (("c",), ("a", "b"), False),
        (("a", "c"), ("a", "b"), False),
        (("a",), (), False),
    ],
)
def test_every_scope_asked_for_must_be_granted(
    asked: tuple[str, ...], granted: tuple[str, ...], within: bool
) -> None:
    assert is_within(asked, granted) is within


def test_a_client_looks_into_its_own_tokens_only() -> None:
    assert client_may_see(CLIENT, CLIENT) is True
    assert client_may_see(STRANGER, CLIENT) is False


OWN = f"{ROOT}/poi/v1"


@pytest.mark.parametrize(
    ("changes", "audience", "subscription", "seen"),
    [
        ({}, (ROOT,), "approved", True),
        ({}, (OWN,), "approved", True),
        ({}, (f"{ROOT}/shops/v1", OWN), "approved", True),
        ({}, (f"{ROOT}/shops/v1",), "approved", False),
        ({}, (), "approved", False),
        ({}, (ROOT,), "pending", False),
        ({}, (ROOT,), "revoked", False),
        ({}, (ROOT,), None, False),
        ({"issuers": ("orange-m2m",)}, (ROOT,), "approved", False),
        ({"life_cycle": "deprecated"}, (ROOT,), "approved", True),
        ({"life_cycle": "retired"}, (ROOT,), "approved", False),
    ],
)
def test_an_api_looks_into_tokens_meant_for_it(
    changes: dict[str, Any],
    audience: tuple[str, ...],
    subscription: SubscriptionState | None,
    seen: bool,
) -> None:
    api = an_api(**changes)
    assert resource_may_see(api, "standard", audience, (ROOT, OWN), subscription) is seen
