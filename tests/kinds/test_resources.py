"""Every grant by every resource that a token request may name: one rule, whichever grant it is, on both fronts.

The judge is RFC 8707 §2, §2.2: a token is for the resource that was named, which is one of those of its grant and an
API that the client is subscribed to; any other is `invalid_target`, and spends nothing.
"""

import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from satsuma.domain.errors import token as errors
from satsuma.domain.issuers import PRESETS
from satsuma.management.subscriptions import set_subscription
from tests.oauth.flow import STANDARD, get_code, new_client, new_person, post_token, redeem
from tests.servers.upstream import listening
from tests.wire.server import Made, Reply, Server, wait_until

OWN, OTHER, SURFACE, NONE = "own", "other", "surface", "none"
RESOURCES: Final = {
    NONE: None,
    OWN: "{own}",
    OTHER: "{other}",
    "not subscribed": "{foreign}",
    "unknown": "https://elsewhere.example/poi/v1",
    SURFACE: "{api}",
    "its beginning": "{own}/pets",
    "with a fragment": "{own}#part",
    "malformed": "not a URI",
    "relative": "/own/v1",
    "long": "https://elsewhere.example/" + "x" * 2000,
}
"""What a token request names; what is empty counts as left out, as with every parameter."""

Ask = Callable[["World", "str | None"], Reply]


@dataclass
class World:
    server: Server
    made: Made
    names: dict[str, str]
    person: Any

    def addressed(self, text: str) -> str:
        api = self.server.api_url
        places = {key: f"{api}/{name}/v1" for key, name in self.names.items()}
        return text.format(api=api, **places)

    def code(self, resource: str | None) -> str:
        scope = f"openid offline_access {self.names[OWN]}:read {self.names[OTHER]}:read"
        code, _ = get_code(
            self.server, self.made, self.person, STANDARD, scope=scope, resource=resource
        )
        return code

    def audience(self, token: str) -> Any:
        told = self.server.form("/introspect", self.made, f"token={urllib.parse.quote(token)}")
        return told.json["aud"]

    def calls(self, which: str, token: str) -> int:
        return self.server.call(f"/{self.names[which]}/v1/x", token).status


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with listening() as address:
        yield address


@pytest.fixture
def world(server: Server, upstream: str) -> World:
    names = {each: f"{each}{secrets.token_hex(4)}" for each in (OWN, OTHER, "foreign")}
    for name in names.values():
        server.new_api(name, upstream)
    made = new_client(server, apis=(names[OWN], names[OTHER]))
    return World(server, made, names, new_person(server))


def by_client(world: World, resource: str | None) -> Reply:
    fields = {"grant_type": "client_credentials", "resource": resource}
    return post_token(world.server, world.made, STANDARD, fields)


def by_code(bound: str | None) -> Ask:
    def ask(world: World, resource: str | None) -> Reply:
        code = world.code(None if bound is None else world.addressed(bound))
        reply = redeem(world.server, world.made, code, STANDARD, resource=resource)
        if reply.status != 200:
            assert redeem(world.server, world.made, code, STANDARD).status == 200
        return reply

    return ask


def by_refresh(bound: str | None) -> Ask:
    def ask(world: World, resource: str | None) -> Reply:
        code = world.code(None if bound is None else world.addressed(bound))
        first = redeem(world.server, world.made, code, STANDARD).json["refresh_token"]
        fields = {"grant_type": "refresh_token", "refresh_token": first}
        reply = post_token(world.server, world.made, STANDARD, fields | {"resource": resource})
        if reply.status != 200:
            after = post_token(world.server, world.made, STANDARD, fields)
        else:  # narrowed once is not narrowed for ever: the grant is as it was
            fields["refresh_token"] = reply.json["refresh_token"]
            after = post_token(world.server, world.made, STANDARD, fields)
        assert after.status == 200, after.body
        assert world.audience(after.json["access_token"]) == world.addressed(bound or "{api}")
        return reply

    return ask


# The grant, what it is bound to, and which resources a token of it may be for: the first is its own.
GRANTS: Final[dict[str, tuple[str, Ask, dict[str, str]]]] = {
    "client_credentials": (
        "client_credentials",
        by_client,
        {NONE: SURFACE, OWN: OWN, OTHER: OTHER},
    ),
    "a code": ("authorization_code", by_code(None), {NONE: SURFACE, OWN: OWN, OTHER: OTHER}),
    "a bound code": ("authorization_code", by_code("{own}"), {NONE: OWN, OWN: OWN}),
    "a refresh": ("refresh_token", by_refresh(None), {NONE: SURFACE, OWN: OWN, OTHER: OTHER}),
    "a bound refresh": ("refresh_token", by_refresh("{own}"), {NONE: OWN, OWN: OWN}),
}


def test_no_grant_is_left_out() -> None:
    every = {grant for policy in PRESETS.values() for grant in policy.grants}
    assert {row[0] for row in GRANTS.values()} == every


@pytest.mark.spec("RFC 8707 §2.2")
@pytest.mark.parametrize("grant", GRANTS)
def test_a_token_is_for_the_resource_that_is_named_or_there_is_none(
    world: World, grant: str
) -> None:
    _, ask, given = GRANTS[grant]
    told = {}
    expected = {}
    for name, text in RESOURCES.items():
        reply = ask(world, None if text is None else world.addressed(text))
        if name in given:
            told[name] = told_of_token(world, reply)
            expected[name] = expected_of(world, given[name])
        else:
            told[name] = (reply.status, reply.json.get("error"))
            expected[name] = (400, "invalid_target")
    assert told == expected


def told_of_token(world: World, reply: Reply) -> Any:
    """Whom a token is for, as introspection says it, and which of both APIs it opens."""
    if reply.status != 200:
        return reply.status, reply.json.get("error")
    token = reply.json["access_token"]
    opens = [which for which in (OWN, OTHER) if world.calls(which, token) == 200]
    return world.audience(token), opens


def expected_of(world: World, which: str) -> Any:
    if which == SURFACE:
        return world.server.api_url, [OWN, OTHER]
    return world.addressed("{" + which + "}"), [which]


@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.parametrize("grant", ["a refresh", "a bound refresh"])
def test_an_api_that_is_subscribed_to_no_more_is_no_resource(world: World, grant: str) -> None:
    """A grant outlives a subscription; what a token of it may be narrowed to does not."""
    bound = world.addressed("{own}") if grant == "a bound refresh" else None
    given = redeem(world.server, world.made, world.code(bound), STANDARD).json
    client_id, name = world.made.client_id, world.names[OWN]
    world.server.manage(lambda desk: set_subscription(desk, client_id, name, "revoked"))
    wait_until(lambda: world.calls(OWN, given["access_token"]) == 403, 5)
    fields: dict[str, str | None] = {
        "grant_type": "refresh_token",
        "refresh_token": given["refresh_token"],
        "resource": world.addressed("{own}"),
    }
    reply = post_token(world.server, world.made, STANDARD, fields)
    assert (reply.status, reply.json["error"]) == (400, "invalid_target")


def scopes_of(world: World, reply: Reply) -> tuple[set[str], set[str]]:
    """The API scopes of a token, as it is introspected, and as its response names them."""
    told = world.server.form(
        "/introspect", world.made, f"token={urllib.parse.quote(reply.json['access_token'])}"
    )
    found = (told.json.get("scope", ""), reply.json.get("scope", ""))
    owns, another = ({each for each in text.split() if ":" in each} for text in found)
    return owns, another


@pytest.mark.spec("RFC 9068 §2.2.3")
@pytest.mark.parametrize("grant", GRANTS)
def test_a_token_for_an_api_has_the_scopes_of_that_api_alone(world: World, grant: str) -> None:
    _, ask, given = GRANTS[grant]
    for name, audience in given.items():
        text = RESOURCES[name]
        reply = ask(world, None if text is None else world.addressed(text))
        apis = (OWN, OTHER) if audience == SURFACE else (audience,)
        wanted = {f"{world.names[each]}:read" for each in apis}
        assert scopes_of(world, reply) == (wanted, wanted), name


@pytest.mark.spec("RFC 9068 §3")
def test_a_scope_of_another_api_than_the_resource_is_refused(world: World) -> None:
    for wanted in (OTHER, f"{OWN} {OTHER}"):
        scope = " ".join(f"{world.names[each]}:read" for each in wanted.split())
        fields = {"grant_type": "client_credentials", "scope": scope}
        reply = post_token(
            world.server, world.made, STANDARD, fields | {"resource": world.addressed("{own}")}
        )
        assert reply.json["error"] == errors.SCOPE_ELSEWHERE.error
        assert reply.json["error_description"] == errors.SCOPE_ELSEWHERE.says
        assert post_token(world.server, world.made, STANDARD, fields).status == 200
