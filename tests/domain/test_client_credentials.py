"""What a machine's token is for: the request, the client, the slug or the token's scope and audience."""

from typing import Any, NamedTuple

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.grants.client_credentials import AccessTokenRequest, decide
from satsuma.domain.issuers import ORANGE_M2M, STANDARD, IssuerPolicy
from satsuma.domain.subscriptions import SubscriptionState
from tests.domain.facts import an_api

ROOT = "https://api.example"
POI, SHOPS = f"{ROOT}/poi/v1", f"{ROOT}/shops/v1"
APIS = {
    "api_1": an_api(issuers=("standard", "orange-m2m")),
    "api_2": an_api(api_id="api_2", name="shops", scopes=(ScopeRule("shop:buy"),)),
}
ALL = ("poi:read poi:write", (ROOT,))
ANY = ("*", (ROOT,))
HIDES_SCOPE = ORANGE_M2M


class Machine(NamedTuple):
    public: bool = False
    default_scopes: tuple[str, ...] = ()
    subscriptions: dict[str, SubscriptionState] = {"api_1": "approved", "api_2": "pending"}  # noqa: RUF012


PART = ("openid", "poi:read", "shop:buy")
BUYER = Machine(subscriptions={"api_2": "approved"})


def said(asked: AccessTokenRequest, client: Machine, policy: IssuerPolicy) -> Any:
    decision = decide(asked, client, policy, ROOT, APIS)
    if isinstance(decision, Refusal):
        return decision.row.slug, decision.effects
    return tuple(decision)


def refused(slug: str) -> Any:
    return slug, ()


# name, scope, resource, the client, the issuer, what is said
ROWS: list[tuple[str, str | None, str | None, Machine, IssuerPolicy, Any]] = [
    ("all there is", None, None, Machine(), STANDARD, ALL),
    ("an issuer that shows no scope", None, None, Machine(), HIDES_SCOPE, ANY),
    ("a part", "poi:read", None, Machine(), STANDARD, ("poi:read", (ROOT,))),
    ("a part, not shown", "poi:read", None, Machine(), HIDES_SCOPE, ("poi:read", (ROOT,))),
    (
        "in another order",
        "poi:write poi:read",
        None,
        Machine(),
        STANDARD,
        ("poi:write poi:read", (ROOT,)),
    ),
    ("one twice", "poi:read poi:read", None, Machine(), STANDARD, ("poi:read", (ROOT,))),
    ("no subscription", None, None, Machine(subscriptions={}), STANDARD, ("", (ROOT,))),
    ("a default", None, None, Machine(default_scopes=PART), STANDARD, ("poi:read", (ROOT,))),
    (
        "a default, not shown",
        None,
        None,
        Machine(default_scopes=PART),
        HIDES_SCOPE,
        ("poi:read", (ROOT,)),
    ),
    (
        "beside a default",
        "poi:write",
        None,
        Machine(default_scopes=PART),
        STANDARD,
        ("poi:write", (ROOT,)),
    ),
    (
        "a default of a person",
        None,
        None,
        Machine(default_scopes=("openid",)),
        STANDARD,
        refused("scope-default-empty"),
    ),
    ("one API", None, POI, Machine(), STANDARD, ("poi:read poi:write", (POI,))),
    ("one API, not shown", None, POI, Machine(), HIDES_SCOPE, ("*", (POI,))),
    ("a part of one API", "poi:read", POI, Machine(), STANDARD, ("poi:read", (POI,))),
    ("no scope at all", "", None, Machine(), STANDARD, refused("scope-malformed")),
    ("a quote", 'poi:"read', None, Machine(), STANDARD, refused("scope-malformed")),
    ("two spaces", "poi:read  poi:write", None, Machine(), HIDES_SCOPE, refused("scope-malformed")),
    ("an unknown scope", "poi:eat", None, Machine(), STANDARD, refused("scope-refused")),
    ("a pending API's", "shop:buy", None, Machine(), STANDARD, refused("scope-refused")),
    ("more than all", "poi:read shop:buy", None, Machine(), HIDES_SCOPE, refused("scope-refused")),
    ("what no subscription gives", "*", None, Machine(), STANDARD, refused("scope-refused")),
    ("another API's trust", "shop:buy", None, BUYER, HIDES_SCOPE, refused("scope-refused")),
    ("a pending API", None, SHOPS, Machine(), STANDARD, refused("resource-refused")),
    ("an unknown API", None, f"{ROOT}/poi/v2", Machine(), STANDARD, refused("resource-refused")),
    ("the root itself", None, ROOT, Machine(), HIDES_SCOPE, refused("resource-refused")),
    ("a path below an API", None, POI + "/", Machine(), STANDARD, refused("resource-refused")),
    ("a public client", None, None, Machine(public=True), STANDARD, refused("client-public")),
    # Of two things the earlier is told.
    ("public, malformed", "", SHOPS, Machine(public=True), STANDARD, refused("client-public")),
    ("malformed, pending", "", SHOPS, Machine(), STANDARD, refused("scope-malformed")),
    ("too wide, pending", "shop:buy", SHOPS, Machine(), STANDARD, refused("scope-refused")),
]


@pytest.mark.parametrize(
    ("scope", "resource", "client", "policy", "expected"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_what_a_machines_token_is_for(
    scope: str | None, resource: str | None, client: Machine, policy: IssuerPolicy, expected: Any
) -> None:
    assert said(AccessTokenRequest(scope, resource), client, policy) == expected


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        (AccessTokenRequest("s" * 300, None), {"scope": "s" * 200}),
        (AccessTokenRequest(None, "r" * 300), {"resource": "r" * 200}),
    ],
)
def test_the_log_is_told_no_more_than_the_beginning(
    asked: AccessTokenRequest, detail: dict[str, str]
) -> None:
    decision = decide(asked, Machine(), STANDARD, ROOT, APIS)
    assert isinstance(decision, Refusal)
    assert decision.detail == detail
