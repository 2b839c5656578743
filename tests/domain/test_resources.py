"""Whom a token is for whose request names a resource: what the grant is for, what is named, and what is said."""

import pytest

from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.resources import narrowed
from satsuma.domain.subscriptions import SubscriptionState
from tests.domain.facts import an_api

ROOT = "https://api.example"
POI, SHOPS, OTHER = f"{ROOT}/poi/v1", f"{ROOT}/shops/v1", f"{ROOT}/other/v1"
APIS = (
    an_api(),
    an_api(api_id="api_2", name="shops"),
    an_api(api_id="api_3", name="other"),
)
SUBSCRIPTIONS: dict[str, SubscriptionState] = {"api_1": "approved", "api_2": "approved"}


@pytest.mark.spec("RFC 8707 §2.2")
@pytest.mark.parametrize(
    ("audience", "resource", "expected"),
    [
        ((ROOT,), POI, (POI,)),
        ((ROOT,), SHOPS, (SHOPS,)),
        ((ROOT,), OTHER, "resource-refused"),
        ((ROOT,), ROOT, "resource-refused"),
        ((ROOT,), "https://elsewhere.example", "resource-refused"),
        ((POI,), POI, (POI,)),
        ((POI,), SHOPS, "resource-mismatch"),
        ((POI,), ROOT, "resource-mismatch"),
        ((POI, SHOPS), SHOPS, (SHOPS,)),
        ((OTHER,), OTHER, "resource-refused"),
    ],
)
def test_a_token_is_narrowed_to_a_resource_of_its_grant(
    audience: tuple[str, ...], resource: str, expected: object
) -> None:
    said = narrowed(resource, audience, ROOT, APIS, SUBSCRIPTIONS)
    assert (said.row.slug if isinstance(said, Refusal) else said) == expected
