"""What passed once passes again without being read anew, and never once a fact behind it changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.limits import Limits
from satsuma.gateway.auth_check import AuthCheck
from satsuma.http.messages import Answer
from satsuma.keys.new_keys import make_signing_key
from tests.gateway.test_auth_check import SHOPS, field, request
from tests.gateway.world import CLIENT_ID, SEAL, SIGN, START, VAULT, World, a_client, revoke

SUBJECT = "sub-of-one"


def ask(check: AuthCheck, *fields: tuple[str, str]) -> Answer:
    answer = check(request(*fields))
    assert isinstance(answer, Answer)
    return answer


def lose_the_seal(world: World) -> None:
    world.ring.load((SIGN,), datetime.now(UTC))


def grow_stale(world: World) -> None:
    world.replica.read_at = time.monotonic() - 31


def pass_an_hour(world: World) -> None:
    world.ahead = 3601


CHANGES: dict[str, Callable[[World], object]] = {
    "token-revoked": lambda world: revoke(world, "token", "jti-1"),
    "grant-revoked": lambda world: revoke(world, "grant", "grt-1"),
    "credentials-renewed": lambda world: revoke(world, "client", f"{CLIENT_ID}.1"),
    "subject-revoked": lambda world: revoke(world, "subject", SUBJECT),
    "token-expired": pass_an_hour,
    "token-forged": lose_the_seal,
    "picture-stale": grow_stale,
    "user-blocked": lambda world: world.blocked.add(SUBJECT),
    "application-revoked": lambda world: world.keep(a_client(state="revoked")),
    "not-subscribed": lambda world: world.keep(a_client(subscription=None)),
    "subscription-revoked": lambda world: world.keep(a_client(subscription="revoked")),
    "api-retired": lambda world: world.change_api(life_cycle="retired"),
    "token-of-other-issuer": lambda world: world.change_api(issuers=("standard",)),
    "api-unknown": lambda world: world.set_api(),
    "scope-missing": lambda world: world.change_api(scopes=(ScopeRule("poi:write"),)),
    "spike-arrest": lambda world: world.change_api(limits=Limits(spike_per_second=0)),
}


@pytest.mark.parametrize("slug", CHANGES)
async def test_a_changed_fact_refuses_what_passed_before(slug: str) -> None:
    world = World()
    bearer = world.bearer(sub=SUBJECT, grant_id="grt-1", scope="poi:read")
    asked = (bearer, SHOPS, ("X-Original-Method", "GET"))
    for _ in range(3):
        assert ask(world.auth_check, *asked).block.status == 204
    CHANGES[slug](world)
    again = ask(world.auth_check, *asked)
    assert world.slugs() == [slug]
    afresh = ask(
        AuthCheck(world.gate, world.limiter, world.identities, world.refusals),
        *asked,
    )
    assert (again.block.status, again.body) == (afresh.block.status, afresh.body)
    assert again.block.status >= 400


@pytest.mark.parametrize(
    "repeated",
    [("Authorization", "Bearer other"), ("X-Original-URI", "/poi/v1/admin")],
)
async def test_a_repeated_field_is_never_taken_for_the_question_known(
    repeated: tuple[str, str],
) -> None:
    world = World()
    bearer = world.bearer()
    assert ask(world.auth_check, bearer, SHOPS).block.status == 204
    assert ask(world.auth_check, repeated, bearer, SHOPS).block.status in (401, 403)


async def test_another_token_or_address_is_another_question() -> None:
    world = World()
    one, other = world.bearer(scope="poi:read"), world.bearer(scope="poi:read", jti="jti-2")
    revoke(world, "token", "jti-2")
    admin = ("X-Original-URI", "/poi/v1/admin")
    assert ask(world.auth_check, one, SHOPS).block.status == 204
    assert ask(world.auth_check, other, SHOPS).block.status == 401
    assert ask(world.auth_check, one, admin).block.status == 403


async def test_an_identity_signed_by_a_key_that_is_gone_is_made_anew() -> None:
    world = World()
    bearer = world.bearer()
    first = field(ask(world.auth_check, bearer, SHOPS), "x-satsuma-identity")
    assert field(ask(world.auth_check, bearer, SHOPS), "x-satsuma-identity") == first
    later = make_signing_key("EdDSA", VAULT, START + timedelta(seconds=1), START)
    world.ring.load((SEAL, later), datetime.now(UTC))
    assert field(ask(world.auth_check, bearer, SHOPS), "x-satsuma-identity") != first
