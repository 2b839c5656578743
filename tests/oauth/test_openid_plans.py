"""What the OpenID Basic, Form Post and RP-Initiated Logout plans send, by a client that sends neither PKCE nor a nonce.

The standard issuer as shipped; of the one confidential application PKCE is not demanded. What a plan leaves to the
provider (scopes and response types that its metadata do not name) is asked of the metadata, as the plans do.
"""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwk, jwt

from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD, REDIRECT, Person, new_client, new_person
from tests.wire.server import FORM, Made, Reply, Server, running_server

BYE = "https://client.example/logged-out"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("plans")) as running:
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    return new_client(server, pkce="optional", post_logout_redirect_uris=(BYE,))


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    return new_person(server)


def url_of(server: Server, made: Made, **more: str | None) -> str:
    sent: dict[str, str | None] = {
        "client_id": made.client_id,
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "x" * 128,
        "response_type": "code",
    }
    sent |= more
    query = urllib.parse.urlencode({k: v for k, v in sent.items() if v is not None})
    return f"{server.api_url}/authorize?{query}"


def walk(agent: Agent, url: str, person: Person) -> Page:
    """Do what each page asks until the browser is back at the client."""
    page = agent.open(url)
    for _ in range(4):
        if page.left or page.status >= 400 or f'action="{REDIRECT}"' in page.text:
            return page
        if "/login" in page.url:
            page = agent.log_in(page, person.email, PASSWORD)
        elif "account_id" in page.text or "choose" in page.url:
            page = agent.send(page)
        else:
            page = agent.send(page, decision="allow")
    return page


def redeem(server: Server, made: Made, code: str, **more: str) -> Reply:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **more}
    sent = {"Content-Type": FORM, "Authorization": made.authorization}
    if "client_secret" in more:
        del sent["Authorization"]
    return server.request("POST", "/token", urllib.parse.urlencode(fields), sent)


def logged_in(
    server: Server, made: Made, person: Person, agent: Agent | None = None, **more: str | None
) -> dict[str, Any]:
    """Walk through the flow, and check the answer as every module of the plans does."""
    agent = agent or Agent(server)
    page = walk(agent, url_of(server, made, **more), person)
    assert page.query.get("state") == more.get("state", "x" * 128), (page.url, page.text[:500])
    assert page.query["iss"] == server.api_url
    reply = redeem(server, made, page.query["code"])
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    assert found["token_type"].lower() == "bearer"
    assert reply.headers["Cache-Control"] == "no-store"
    claims = verified(server, made, found["id_token"])
    assert claims.get("nonce") == more.get("nonce")
    return found | {"claims": claims}


def verified(server: Server, made: Made, token: str) -> dict[str, Any]:
    keys = jwk.KeySet.import_key_set(server.request("GET", "/jwks").json)
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    assert decoded.header["alg"] == "RS256"
    claims: dict[str, Any] = decoded.claims
    assert claims["iss"] == server.api_url
    assert claims["aud"] in (made.client_id, [made.client_id])
    assert claims["exp"] > claims["iat"]
    return claims


def metadata(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.request("GET", "/.well-known/openid-configuration").json
    return found


# Basic


@pytest.mark.spec("OIDC Core §3.1")
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"nonce": "n" * 64},
        {"display": "page"},
        {"display": "popup"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"acr_values": "1 2"},
        {"login_hint": "buffy@client.example"},
        {"extra": "foobar"},
        {"max_age": "10000"},
        {"prompt": "login"},
        {"scope": "email openid"},
        {"scope": "openid profile"},
        {"claims": '{"userinfo":{"name":{"essential":true}}}'},
        {"claims": '{"id_token":{"auth_time":{"essential":true}}}'},
        {"state": None},
    ],
    ids=str,
)
def test_a_login_of_the_basic_plan_succeeds(
    server: Server, made: Made, person: Person, more: dict[str, str | None]
) -> None:
    found = logged_in(server, made, person, **more)
    if "max_age" in more or "auth_time" in str(more):
        assert isinstance(found["claims"]["auth_time"], int)
    if "acr_values" in more:
        assert found["claims"].get("acr") in ("1", "2", None)


@pytest.mark.spec("OIDC Core §5.4")
def test_each_scope_that_the_metadata_name_succeeds(
    server: Server, made: Made, person: Person
) -> None:
    named = metadata(server)["scopes_supported"]
    assert "openid" in named
    for scope in {"profile", "email", "address", "phone"} & set(named):
        found = logged_in(server, made, person, scope=f"openid {scope}")
        bearer = {"Authorization": f"Bearer {found['access_token']}"}
        told = server.request("GET", "/userinfo", headers=bearer)
        assert told.json["sub"] == found["claims"]["sub"]


@pytest.mark.spec("OIDC Core §5.3.1")
@pytest.mark.spec("RFC 6750 §2.2")
def test_userinfo_is_asked_for_in_three_ways(server: Server, made: Made, person: Person) -> None:
    found = logged_in(server, made, person, scope="openid email")
    token = found["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    body = urllib.parse.urlencode({"access_token": token})
    told = [
        server.request("GET", "/userinfo", headers=bearer),
        server.request("POST", "/userinfo", headers=bearer),
        server.request("POST", "/userinfo", body, {"Content-Type": FORM}),
    ]
    assert [reply.status for reply in told] == [200] * 3
    assert {reply.json["sub"] for reply in told} == {found["claims"]["sub"]}


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_the_request_is_posted(server: Server, made: Made, person: Person) -> None:
    query = url_of(server, made).partition("?")[2]
    reply = server.request("POST", "/authorize", query, {"Content-Type": FORM})
    assert reply.status in (302, 303)
    agent = Agent(server)
    page = agent.log_in(agent.open(reply.headers["Location"]), person.email, PASSWORD)
    assert "code" in (page if page.left else agent.send(page, decision="allow")).query


@pytest.mark.spec("OIDC Core §3.1.2.6")
@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": None}, ["invalid_request", "unsupported_response_type"]),
        ({"prompt": "none"}, ["login_required"]),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, ["request_not_supported"]),
        ({"request_uri": "https://client.example/r"}, ["request_uri_not_supported"]),
    ],
    ids=str,
)
def test_an_error_goes_back_as_the_plan_expects(
    server: Server, made: Made, more: dict[str, str | None], error: list[str]
) -> None:
    page = Agent(server).open(url_of(server, made, **more))
    assert page.left
    assert page.query["error"] in error
    assert page.query["state"] == "x" * 128


def test_an_unregistered_redirect_uri_is_told_on_a_page(server: Server, made: Made) -> None:
    page = Agent(server).open(url_of(server, made, redirect_uri=REDIRECT + "&foo=bar"))
    assert not page.left
    assert page.status == 400


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_a_second_login_is_silent_with_none_and_asked_for_with_max_age_one(
    server: Server, made: Made, person: Person
) -> None:
    agent = Agent(server)
    first = logged_in(server, made, person, agent)
    silent = agent.open(url_of(server, made, prompt="none"))
    assert "code" in silent.query
    hinted = url_of(server, made, prompt="none", id_token_hint=first["id_token"])
    claims = verified(
        server, made, redeem(server, made, agent.open(hinted).query["code"]).json["id_token"]
    )
    assert claims["sub"] == first["claims"]["sub"]
    assert claims["auth_time"] == first["claims"]["auth_time"]
    page = agent.open(url_of(server, made, max_age="0"))
    assert "/login" in page.url
    again = logged_in(server, made, person, agent, prompt="login", max_age="15000")
    assert again["claims"]["auth_time"] >= first["claims"]["auth_time"]


@pytest.mark.spec("RFC 6749 §4.1.2")
def test_a_code_is_good_once(server: Server, made: Made, person: Person) -> None:
    page = walk(Agent(server), url_of(server, made), person)
    assert redeem(server, made, page.query["code"]).status == 200
    again = redeem(server, made, page.query["code"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")


@pytest.mark.spec("OIDC Core §9")
def test_the_secret_comes_in_the_body(server: Server, made: Made, person: Person) -> None:
    assert "client_secret_post" in metadata(server)["token_endpoint_auth_methods_supported"]
    page = walk(Agent(server), url_of(server, made), person)
    secret = base64.b64decode(made.authorization.removeprefix("Basic ")).decode().partition(":")[2]
    reply = redeem(server, made, page.query["code"], client_id=made.client_id, client_secret=secret)
    assert reply.status == 200, reply.body


@pytest.mark.spec("OIDC Core §12")
def test_a_refresh_token_is_used_by_its_client_alone(
    server: Server, made: Made, person: Person
) -> None:
    scope = "openid offline_access"
    found = logged_in(server, made, person, scope=scope, prompt="consent")
    other = new_client(server, pkce="optional")
    fields = {"grant_type": "refresh_token", "refresh_token": found["refresh_token"]}
    stolen = server.form("/token", other, urllib.parse.urlencode(fields))
    assert (stolen.status, stolen.json["error"]) == (400, "invalid_grant")
    renewed = server.form("/token", made, urllib.parse.urlencode(fields))
    assert renewed.status == 200
    claims = verified(server, made, renewed.json["id_token"])
    assert claims["sub"] == found["claims"]["sub"]
    assert claims["auth_time"] == found["claims"]["auth_time"]
    assert "nonce" not in claims


# Form Post


@pytest.mark.spec("OAuth 2.0 Form Post Response Mode §4")
def test_the_form_post_plan_gets_its_answer_and_its_errors_in_a_form(
    server: Server, made: Made, person: Person
) -> None:
    assert "form_post" in metadata(server)["response_modes_supported"]
    agent = Agent(server)
    page = walk(agent, url_of(server, made, response_mode="form_post"), person)
    fields = page.form().fields
    assert page.form().action == REDIRECT
    assert redeem(server, made, fields["code"]).status == 200
    refused = Agent(server).open(url_of(server, made, response_mode="form_post", prompt="none"))
    assert refused.form().fields["error"] == "login_required"
    assert refused.form().fields["state"] == "x" * 128


# RP-Initiated Logout


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("state", ["bye-state", None])
def test_a_logout_returns_to_where_it_was_registered(
    server: Server, made: Made, person: Person, post: bool, state: str | None
) -> None:
    agent = Agent(server)
    found = logged_in(server, made, person, agent)
    sent = {"id_token_hint": found["id_token"], "post_logout_redirect_uri": BYE}
    sent |= {} if state is None else {"state": state}
    endpoint = metadata(server)["end_session_endpoint"]
    if post:
        page = agent._go("POST", endpoint, sent)
    else:
        page = agent.open(f"{endpoint}?{urllib.parse.urlencode(sent)}")
    if not page.left:
        page = agent.send(page)
    assert page.url.startswith(BYE)
    assert page.query.get("state") == state
    assert agent.open(url_of(server, made, prompt="none")).query["error"] == "login_required"


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"state": "alone"},
        {"post_logout_redirect_uri": BYE},
        {"post_logout_redirect_uri": "https://client.example/other", "hint": "good"},
        {"post_logout_redirect_uri": BYE + "?more=1", "hint": "good"},
        {"post_logout_redirect_uri": BYE, "hint": "changed"},
    ],
    ids=json.dumps,
)
def test_a_logout_that_proves_too_little_is_answered_by_a_page_of_ours(
    server: Server, made: Made, person: Person, sent: dict[str, str]
) -> None:
    agent = Agent(server)
    hint = logged_in(server, made, person, agent)["id_token"]
    asked = {name: value for name, value in sent.items() if name != "hint"}
    if sent.get("hint") == "good":
        asked["id_token_hint"] = hint
    elif sent.get("hint") == "changed":
        asked["id_token_hint"] = hint[:-8] + ("A" * 8)
    endpoint = metadata(server)["end_session_endpoint"]
    page = agent.open(f"{endpoint}?{urllib.parse.urlencode(asked)}")
    assert not page.left
    assert "text/html" in str(page.headers and page.headers["Content-Type"])


def test_the_metadata_name_all_that_the_plans_need(server: Server) -> None:
    found = metadata(server)
    assert found["issuer"] == server.api_url
    assert {"code"} <= set(found["response_types_supported"])
    assert {"RS256"} <= set(found["id_token_signing_alg_values_supported"])
    assert {"client_secret_basic"} <= set(found["token_endpoint_auth_methods_supported"])
    assert found["subject_types_supported"]
    assert found["claims_parameter_supported"] is True
    assert found["request_parameter_supported"] is False
    assert found["request_uri_parameter_supported"] is False
