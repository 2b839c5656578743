"""Every refusal with a person behind it is provoked at a real server, and its true cause is told to the owner."""

import contextlib
import secrets
import sqlite3
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from satsuma.domain.grants.grant import EndGrants
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.ring import KeyRing
from satsuma.management.keys import list_keys
from tests.oauth.agent import Agent
from tests.oauth.causes import ROWS, body_of, cause_of
from tests.oauth.flow import (
    FRENCH,
    PASSWORD,
    REDIRECT,
    STANDARD,
    again,
    authorize_url,
    new_client,
    new_person,
    redeem,
    refresh,
)
from tests.wire.server import FORM, Made, Reply, Server, running_server


@dataclass
class World:
    """A server, an application with an API, and a browser in which a person is logged in."""

    server: Server
    made: Made
    agent: Agent
    api: str

    def code(self, issuer: str = FRENCH, **more: str | None) -> str:
        page = again(self.agent, self.made, issuer, **more)
        if not page.left:
            page = self.agent.send(page, decision="allow")
        return page.query["code"]

    def tokens(self, issuer: str = FRENCH, **more: str | None) -> dict[str, Any]:
        reply = redeem(self.server, self.made, self.code(issuer, **more), issuer)
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json
        return found

    def authorize(self, issuer: str, more: dict[str, str | None], tail: str = "") -> Reply:
        url = authorize_url(self.server, self.made, issuer, **more) + tail
        return self.server.request("GET", url.removeprefix(self.server.api_url))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_server(tmp_path_factory.mktemp("causes")) as server:
        api, _ = server.new_api("poi")
        made = new_client(server, apis=("poi",))
        agent = Agent(server)
        page = agent.open(f"{server.pages_url}/login")
        agent.log_in(page, new_person(server).email, PASSWORD)
        yield World(server, made, agent, f"{server.api_url}/{api.name}/v{api.version}")


# What may not be redirected is told on a page, with the slug: slug, issuer, what is changed.
ON_PAGE: list[tuple[str, dict[str, str | None], str]] = [
    ("authorize-client-unknown", {"client_id": "A" * 32}, ""),
    ("redirect-uri-missing", {"redirect_uri": None}, ""),
    ("redirect-uri-unregistered", {"redirect_uri": REDIRECT + "/"}, ""),
    ("authorize-malformed", {}, "&client_id=again"),
]
REDIRECTED: list[tuple[str, str, dict[str, str | None]]] = [
    ("response-type-missing", FRENCH, {"response_type": None}),
    ("response-type-unsupported", FRENCH, {"response_type": "token"}),
    ("response-mode-unsupported", FRENCH, {"response_mode": "fragment"}),
    ("request-not-supported", FRENCH, {"request": "a.b.c"}),
    ("request-uri-not-supported", FRENCH, {"request_uri": "https://client.example/request"}),
    ("registration-not-supported", FRENCH, {"registration": "{}"}),
    ("state-missing", FRENCH, {"state": None}),
    ("parameter-too-long", FRENCH, {"nonce": "n" * 2049}),
    ("scope-missing-in-request", FRENCH, {"scope": None}),
    ("authorize-scope-malformed", FRENCH, {"scope": 'openid "email"'}),
    ("openid-missing", FRENCH, {"scope": "email"}),
    ("authorize-scope-refused", FRENCH, {"scope": "openid never:subscribed"}),
    ("prompt-unknown", FRENCH, {"prompt": "create"}),
    ("prompt-none-with-others", FRENCH, {"prompt": "none login"}),
    ("prompt-unsupported", FRENCH, {"prompt": "select_account"}),
    ("max-age-malformed", FRENCH, {"max_age": "-1"}),
    ("claims-malformed", FRENCH, {"claims": '{"userinfo": []}'}),
    ("pkce-missing", STANDARD, {"code_challenge": None, "code_challenge_method": None}),
    ("acr-unmet", FRENCH, {"claims": '{"id_token": {"acr": {"essential": true, "value": "2"}}}'}),
    ("pkce-not-s256", STANDARD, {"code_challenge_method": "plain"}),
    ("pkce-malformed", STANDARD, {"code_challenge": "too-short"}),
    ("authorize-resource-refused", FRENCH, {"resource": "https://elsewhere.example/poi/v1"}),
]


def check_page(reply: Reply, slug: str) -> None:
    row = ROWS[slug]
    assert reply.status == row.status
    assert reply.headers["Location"] is None
    assert f"{row.status} · {slug}" in reply.body.decode()


@pytest.mark.parametrize(("slug", "more", "tail"), ON_PAGE, ids=[slug for slug, *_ in ON_PAGE])
def test_what_may_not_be_redirected_is_told_on_a_page(
    world: World, slug: str, more: dict[str, str | None], tail: str
) -> None:
    reply = world.authorize(FRENCH, more, tail)
    check_page(reply, slug)
    assert cause_of(world.server, reply) == slug


def test_an_application_that_waits_is_told_on_a_page(world: World) -> None:
    waiting = new_client(world.server, state="pending")
    reply = world.authorize(FRENCH, {"client_id": waiting.client_id})
    check_page(reply, "authorize-client-not-active")
    assert cause_of(world.server, reply) == "authorize-client-not-active"


def test_another_method_is_told_on_a_page(world: World) -> None:
    reply = world.server.request("PUT", f"{FRENCH}/authorize")
    check_page(reply, "authorize-method-not-allowed")
    assert cause_of(world.server, reply) == "authorize-method-not-allowed"


@pytest.mark.parametrize(
    ("slug", "issuer", "more"), REDIRECTED, ids=[slug for slug, *_ in REDIRECTED]
)
def test_what_the_client_did_wrong_goes_back_to_it(
    world: World, slug: str, issuer: str, more: dict[str, str | None]
) -> None:
    reply = world.authorize(issuer, more)
    assert reply.status == 302
    assert reply.headers["Location"].startswith(REDIRECT + "&")
    check_answer(reply.headers["Location"], slug)
    assert cause_of(world.server, reply) == slug


def check_answer(url: str, slug: str) -> None:
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    said = {name: query[name] for name in ("error", "error_description")}
    assert said == body_of(ROWS[slug])


# What the pages decide is not in the request log; the answer at the client names the row.
def test_a_person_who_denies_is_told_to_the_client(world: World) -> None:
    page = again(world.agent, world.made, prompt="consent")
    check_answer(world.agent.send(page, decision="deny").url, "access-denied")


def test_silence_without_a_login(world: World) -> None:
    page = Agent(world.server).open(authorize_url(world.server, world.made, prompt="none"))
    check_answer(page.url, "login-required")


def test_silence_without_a_consent(world: World) -> None:
    never_asked = new_client(world.server)
    page = again(world.agent, never_asked, prompt="none")
    check_answer(page.url, "consent-required")


def test_a_logout_with_a_hint_of_another_client_is_told_on_a_page(world: World) -> None:
    query = {"id_token_hint": world.tokens()["id_token"], "client_id": "another"}
    path = f"{FRENCH}/logout?{urllib.parse.urlencode(query)}"
    check_page(world.server.request("GET", path), "id-token-hint-invalid")


def other_redemption(**more: str | None) -> Callable[[World], Reply]:
    """Redeem a good code with one parameter changed."""
    return lambda world: redeem(world.server, world.made, world.code(STANDARD), STANDARD, **more)


def by_a_stranger(world: World) -> Reply:
    return redeem(world.server, new_client(world.server), world.code())


def other_resource(world: World) -> Reply:
    code = world.code(resource=world.api)
    return redeem(world.server, world.made, code, resource=world.server.api_url)


def twice(world: World) -> Reply:
    code = world.code()
    assert redeem(world.server, world.made, code).status == 200
    return redeem(world.server, world.made, code)


def refresh_by_a_stranger(world: World) -> Reply:
    token = world.tokens()["refresh_token"]
    return refresh(world.server, new_client(world.server), token)


def redeem_after_revocation(world: World) -> Reply:
    code = world.code()
    end_access(world)
    return redeem(world.server, world.made, code)


def end_access(world: World) -> None:
    """End everything that the application has, as an operator does who fears that its tokens leaked."""

    async def end(context: Any) -> None:
        at = context.clock()
        await context.store.commit(EndGrants(world.made.application_id, at, "test"))

    world.server.manage(end)


def refresh_after_revocation(world: World) -> Reply:
    token = world.tokens()["refresh_token"]
    assert world.server.form(f"{FRENCH}/revoke", world.made, f"token={token}").status == 200
    return refresh(world.server, world.made, token)


def refresh_for_more(world: World) -> Reply:
    return refresh(world.server, world.made, world.tokens()["refresh_token"], scope="openid email")


def refresh_with_an_earlier_one(world: World) -> Reply:
    first = newest = world.tokens(STANDARD, scope="openid offline_access")["refresh_token"]
    for _ in range(2):
        newest = refresh(world.server, world.made, newest, STANDARD).json["refresh_token"]
    return refresh(world.server, world.made, first, STANDARD)


GRANTS: dict[str, Callable[[World], Reply]] = {
    "code-unknown": lambda world: redeem(world.server, world.made, "stc_made-up"),
    "code-of-other-client": by_a_stranger,
    "redirect-uri-mismatch": other_redemption(redirect_uri=REDIRECT + "/"),
    "pkce-mismatch": other_redemption(code_verifier="x" * 43),
    "resource-mismatch": other_resource,
    "code-reused": twice,
    "refresh-unknown": lambda world: refresh(world.server, world.made, "srt_made-up"),
    "refresh-of-other-client": refresh_by_a_stranger,
    "code-revoked": redeem_after_revocation,
    "refresh-revoked": refresh_after_revocation,
    "scope-wider": refresh_for_more,
    "refresh-reused": refresh_with_an_earlier_one,
}


@pytest.mark.parametrize("slug", GRANTS)
def test_a_grant_is_refused_by_its_true_cause_and_shown_as_its_outward_one(
    world: World, slug: str
) -> None:
    reply = GRANTS[slug](world)
    assert reply.status == ROWS[slug].status
    said = {name: reply.json[name] for name in ("error", "error_description")}
    assert cause_of(world.server, reply) == slug
    assert said == body_of(ROWS[slug])


def ask(world: World, token: str | None, issuer: str = FRENCH, method: str = "GET") -> Reply:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return world.server.request(method, f"{issuer}/userinfo", headers=headers)


def with_a_machines_token(world: World) -> Reply:
    token = world.server.token(world.made, issuer=STANDARD).json["access_token"]
    return ask(world, token, STANDARD)


def with_a_token_twice(world: World) -> Reply:
    fields = {"Authorization": "Bearer sat_a", "Content-Type": FORM}
    return world.server.request("POST", f"{FRENCH}/userinfo", "access_token=sat_a", fields)


def with_an_expired_token(world: World) -> Reply:
    """A token of the server's own key, that ended a second ago."""
    url, now = world.server.api_url, int(time.time())
    claims = AccessTokenClaims(
        iss=url + FRENCH,
        jti=secrets.token_hex(8),
        client_id=world.made.client_id,
        generation=1,
        iat=now - 3601,
        exp=now - 1,
        aud=(url,),
        scope="openid",
        sub="sub_1",
    )

    async def seal(context: Any) -> bytes:
        ring = KeyRing(context.vault)
        ring.load(await list_keys(context), context.clock())
        return ring.seal(claims, b"OFR-")

    return ask(world, world.server.manage(seal).decode())


def with_a_revoked_token(world: World) -> Reply:
    token = world.tokens()["access_token"]
    assert world.server.form(f"{FRENCH}/revoke", world.made, f"token={token}").status == 200
    return ask(world, token)


def with_a_token_for_the_address_alone(world: World) -> Reply:
    return ask(world, world.tokens(STANDARD, scope="email")["access_token"], STANDARD)


def with_facts_that_nobody_can_read(world: World) -> Reply:
    """The grant behind the token was damaged in the database: a fault that no row foresees."""
    token = world.tokens()["access_token"]
    path = world.server.database.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE user_grant SET context = '{'")
    return ask(world, token)


USERINFO: dict[str, Callable[[World], Reply]] = {
    "userinfo-token-missing": lambda world: ask(world, None),
    "userinfo-token-twice": with_a_token_twice,
    "userinfo-token-invalid": with_a_machines_token,
    "userinfo-token-expired": with_an_expired_token,
    "userinfo-token-revoked": with_a_revoked_token,
    "userinfo-scope-missing": with_a_token_for_the_address_alone,
    "userinfo-method-not-allowed": lambda world: ask(world, None, method="DELETE"),
    "server-error": with_facts_that_nobody_can_read,
}


@pytest.mark.parametrize("slug", USERINFO)
def test_userinfo_is_refused_by_its_true_cause(world: World, slug: str) -> None:
    reply = USERINFO[slug](world)
    assert reply.status == ROWS[slug].status
    said = {name: reply.json[name] for name in ("error", "error_description")}
    assert said == body_of(ROWS[slug])
    assert cause_of(world.server, reply) == slug
