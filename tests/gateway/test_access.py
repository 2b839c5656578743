"""May this call pass: one row is one set of facts and the slug that they must give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.limits import Limits
from satsuma.domain.subscriptions import Subscription
from satsuma.gateway.access import AccessFacts, Call, LookUp, Pass, decide, parse_bearer
from satsuma.keys.claims import AccessTokenClaims
from satsuma.replica.clients import ClientRecord
from tests.gateway.world import API_URL, CLIENT_ID, ISSUER, START, a_client, an_api

NOW = 1_000_000.0
CLAIMS = AccessTokenClaims(
    ISSUER, "jti-1", CLIENT_ID, 1, 999_000, 1_000_001, (API_URL,), "poi:read", "grant", "sub"
)
CALL = Call("GET", "/shops")
FACTS = AccessFacts(
    api=an_api(),
    other_version=False,
    token=None,
    claims=CLAIMS,
    issuer="orange-m2m",
    revoked=None,
    client=ClientRecord(a_client()),
    looked_up=False,
    user_blocked=False,
    audiences=frozenset((API_URL, f"{API_URL}/poi/v1")),
    fresh=True,
    plans={},
)


def record(*said: Any, **changes: Any) -> ClientRecord:
    return ClientRecord(a_client(*said, **changes))


def on_plan(plan_id: str) -> ClientRecord:
    subscription = Subscription("app_one", "api_poi", "approved", START, plan_id)
    return ClientRecord(replace(a_client(), subscriptions=(subscription,)))


def scope(granted: str) -> dict[str, Any]:
    return {"claims": CLAIMS._replace(scope=granted)}


# What differs from a call that passes, and the slug. The order of rows is the order of the rule: each row after the
# first also holds when everything below it is wrong too.
ORDER: list[tuple[dict[str, Any], str]] = [
    ({"api": None, "other_version": False}, "api-unknown"),
    ({"api": None, "other_version": True}, "version-unknown"),
    ({"api": an_api(life_cycle="retired")}, "api-retired"),
    ({"token": errors.CREDENTIALS_MISSING}, "credentials-missing"),
    ({"claims": None}, "token-forged"),
    ({"issuer": None}, "token-of-other-issuer"),
    ({"issuer": "orange-u2m"}, "token-of-other-issuer"),
    ({"claims": CLAIMS._replace(exp=1_000_000)}, "token-expired"),
    ({"revoked": "token"}, "token-revoked"),
    ({"revoked": "grant"}, "grant-revoked"),
    ({"revoked": "client"}, "credentials-renewed"),
    ({"revoked": "subject"}, "subject-revoked"),
    ({"client": None, "looked_up": True}, "application-unknown"),
    ({"client": record("pending")}, "application-pending"),
    ({"client": record("revoked")}, "application-revoked"),
    ({"client": record("blocked")}, "application-blocked"),
    ({"audiences": frozenset(("https://other.example",))}, "token-of-other-audience"),
    ({"user_blocked": True}, "user-blocked"),
    ({"client": record(subscription=None)}, "not-subscribed"),
    ({"client": record(subscription="pending")}, "subscription-pending"),
    ({"client": record(subscription="revoked")}, "subscription-revoked"),
    ({"client": record(subscription="refused")}, "subscription-refused"),
    (scope("other"), "scope-missing"),
    ({"fresh": False}, "picture-stale"),
    ({"client": on_plan("pln_unheard")}, "picture-stale"),
]


def test_a_call_goes_by_the_plan_of_its_subscription_or_by_the_api() -> None:
    limits = Limits(1, ((2, 60),), 3)
    facts = FACTS._replace(plans={"pln_one": limits}, client=on_plan("pln_one"))
    for asked, expected in ((facts, limits), (FACTS._replace(plans=facts.plans), an_api().limits)):
        passed = decide(CALL, asked, NOW)
        assert isinstance(passed, Pass)
        assert passed.limits == expected


@pytest.mark.parametrize(("changes", "slug"), ORDER, ids=[slug for _, slug in ORDER])
@pytest.mark.spec("RFC 6750 §3.1")
def test_a_call_is_refused_by_its_row(changes: dict[str, Any], slug: str) -> None:
    decided = decide(CALL, FACTS._replace(**changes), NOW)
    assert isinstance(decided, Refusal)
    assert decided.row.slug == slug


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[slug for _, slug in ORDER])
def test_an_earlier_reason_is_told_before_a_later_one(place: int) -> None:
    facts = FACTS
    for changes, _ in reversed(ORDER[place:]):
        facts = facts._replace(**changes)
    decided = decide(CALL, facts, NOW)
    assert isinstance(decided, Refusal)
    assert decided.row.slug == ORDER[place][1]


def test_a_call_that_meets_everything_passes() -> None:
    decided = decide(CALL, FACTS, NOW)
    assert isinstance(decided, Pass)
    assert decided.client.client_id == CLIENT_ID


def test_a_deprecated_api_has_traffic() -> None:
    assert isinstance(decide(CALL, FACTS._replace(api=an_api(life_cycle="deprecated")), NOW), Pass)


def test_a_client_outside_the_picture_is_looked_up_before_it_is_refused() -> None:
    assert decide(CALL, FACTS._replace(client=None), NOW) == LookUp(CLIENT_ID)


@pytest.mark.spec("RFC 9068 §4")
def test_a_token_for_one_api_passes_there() -> None:
    narrowed = CLAIMS._replace(aud=(f"{API_URL}/poi/v1",))
    assert isinstance(decide(CALL, FACTS._replace(claims=narrowed), NOW), Pass)


def test_an_origin_must_be_registered_for_this_client() -> None:
    registered = decide(CALL._replace(origin="https://app.example"), FACTS, NOW)
    assert isinstance(registered, Pass)
    foreign = decide(CALL._replace(origin="https://b.example"), FACTS, NOW)
    assert isinstance(foreign, Refusal)
    assert foreign.row is errors.ORIGIN_REFUSED


SCOPES: list[tuple[Call, str, str]] = [
    (Call("GET", "/shops"), "poi:read", ""),
    (Call("HEAD", "/shops"), "", "poi:read"),
    (Call("POST", "/shops"), "", ""),
    (Call("POST", "/admin"), "poi:read", "poi:admin"),
    (Call("GET", "/admin/x"), "poi:admin", "poi:read"),
    (Call("GET", "/ADMIN"), "poi:read", "poi:admin"),
    (Call(None, "/shops"), "", "poi:read"),
    (Call("GET", None), "poi:read", "poi:admin"),
    (Call(None, None), "", "poi:read poi:admin"),
    (Call("GET", "/shops"), "poi:reader", "poi:read"),
]


@pytest.mark.parametrize(("call", "granted", "missing"), SCOPES)
@pytest.mark.spec("RFC 6750 §3.1")
def test_a_call_needs_each_scope_whose_rule_covers_it(
    call: Call, granted: str, missing: str
) -> None:
    machines = CLAIMS._replace(scope=granted, grant_id=None, sub=None)
    decided = decide(call, FACTS._replace(claims=machines), NOW)
    if missing:
        assert decided == Refusal(errors.SCOPE_MISSING, scope=missing, client_id=CLIENT_ID)
    else:
        assert isinstance(decided, Pass)


@pytest.mark.parametrize(("call", "granted", "missing"), SCOPES)
def test_for_a_person_what_no_rule_names_is_refused(call: Call, granted: str, missing: str) -> None:
    """The person allowed what the scopes say, and no scope stands for a call that no rule covers."""
    decided = decide(call, FACTS._replace(**scope(granted)), NOW)
    if missing or (call.method, call.path) == ("POST", "/shops"):
        assert decided == Refusal(errors.SCOPE_MISSING, scope=missing, client_id=CLIENT_ID)
    else:
        assert isinstance(decided, Pass)


def test_an_api_without_rules_takes_a_persons_call() -> None:
    facts = FACTS._replace(api=an_api(scopes=()), **scope("openid"))
    assert isinstance(decide(Call("POST", "/shops"), facts, NOW), Pass)


def test_a_token_for_all_scopes_needs_no_rule_met_and_is_a_machine_s() -> None:
    facts = FACTS._replace(api=an_api(scopes=(ScopeRule("anything"),)))
    persons = CLAIMS._replace(scope="*")
    machines = persons._replace(grant_id=None, sub=None)
    assert isinstance(decide(CALL, facts._replace(claims=machines), NOW), Pass)
    assert isinstance(decide(CALL, facts._replace(claims=persons), NOW), Refusal)


BEARERS: list[tuple[list[bytes], bytes | str]] = [
    ([b"Bearer abc"], b"abc"),
    ([b"bEARER abc"], b"abc"),
    ([b"Bearer  abc"], b"abc"),
    ([], "credentials-missing"),
    ([b""], "credentials-missing"),
    ([b"Bearer"], "credentials-missing"),
    ([b"Bearer "], "credentials-missing"),
    ([b"abc"], "bearer-prefix-missing"),
    ([b"Basic abc"], "bearer-prefix-missing"),
    ([b"Bearer: abc"], "bearer-prefix-missing"),
    ([b"Bearer a", b"Bearer a"], "authorization-repeated"),
]


@pytest.mark.parametrize(("fields", "expected"), BEARERS)
@pytest.mark.spec("RFC 6750 §2.1")
def test_only_bearer_and_a_token_are_credentials(
    fields: list[bytes], expected: bytes | str
) -> None:
    parsed = parse_bearer(fields)
    assert (parsed if isinstance(parsed, bytes) else parsed.slug) == expected


def test_the_list_of_origins_is_the_clients_own() -> None:
    client = a_client()
    other = replace(client.application, web_origins=("https://b.example",))
    facts = FACTS._replace(client=ClientRecord(replace(client, application=other)))
    assert isinstance(decide(CALL._replace(origin="https://b.example"), facts, NOW), Pass)
