"""Userinfo, claims by scope and by parameter, form_post, and logout."""

import json
import re
import urllib.parse
from typing import Any

import pytest

from satsuma.domain.accounts import ChangeEmail, SetLocale
from satsuma.domain.errors import userinfo as errors
from tests.oauth.agent import Agent
from tests.oauth.flow import (
    FRENCH,
    PASSWORD,
    REDIRECT,
    STANDARD,
    Person,
    again,
    authorize_url,
    claims_of,
    get_code,
    new_client,
    new_person,
    redeem,
    refresh,
    tokens,
)
from tests.wire.server import FORM, Made, Reply, Server, wait_until


def userinfo(server: Server, token: str, issuer: str = FRENCH, method: str = "GET") -> Reply:
    headers = {"Authorization": f"Bearer {token}"}
    return server.request(method, f"{issuer}/userinfo", headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.spec("OIDC Core §5.3.1")
@pytest.mark.spec("OIDC Core §5.3")
@pytest.mark.spec("OIDC Core §5.4")
@pytest.mark.spec("OIDC Core §5.1")
def test_claims_follow_the_scopes(
    server: Server, client: Made, person: Person, method: str
) -> None:
    body = tokens(server, client, person, scope="openid email profile")
    reply = userinfo(server, body["access_token"], method=method)
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Pragma"] == "no-cache"
    assert reply.json["email"] == person.email
    assert reply.json["email_verified"] is True
    assert "locale" in reply.json
    assert reply.json["sub"] == claims_of(body["id_token"])["sub"]
    assert "email" not in claims_of(body["id_token"])


@pytest.mark.parametrize("name", ["access_token", "access%5Ftoken"])
@pytest.mark.spec("RFC 6750 §2.3")
def test_a_token_in_the_query_is_not_read_and_counts_as_a_second_way(
    server: Server, client: Made, person: Person, name: str
) -> None:
    token = tokens(server, client, person)["access_token"]
    path, posted = f"{FRENCH}/userinfo?{name}={token}", f"access_token={token}"
    bearer, form = {"Authorization": f"Bearer {token}"}, {"Content-Type": FORM}
    alone = server.request("GET", path)
    assert alone.status == 401
    twice = [
        server.request("GET", path, headers=bearer),
        server.request("POST", path, posted, form),
        server.request("POST", path, posted, form | bearer),
    ]
    assert [reply.status for reply in twice] == [400] * 3
    assert all(b"more than one way" in reply.body for reply in twice)


@pytest.mark.spec("OIDC Core §5.5")
def test_claims_can_be_asked_for_by_name(server: Server, client: Made, person: Person) -> None:
    claims = json.dumps({"userinfo": {"email": None}, "id_token": {"email": {"essential": True}}})
    body = tokens(server, client, person, claims=claims)
    assert claims_of(body["id_token"])["email"] == person.email
    assert userinfo(server, body["access_token"]).json["email"] == person.email


@pytest.mark.spec("RFC 6750 §3.1")
def test_a_missing_or_wrong_token_is_challenged(server: Server, client: Made) -> None:
    none = server.request("GET", f"{FRENCH}/userinfo")
    assert none.status == 401
    assert "error" not in none.headers["WWW-Authenticate"]
    machine = server.token(client).json["access_token"]
    for token in ("nonsense", machine):
        reply = userinfo(server, token)
        assert reply.status == 401
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]


def test_a_token_of_the_other_issuer_is_refused(
    server: Server, client: Made, person: Person
) -> None:
    body = tokens(server, client, person)
    assert userinfo(server, body["access_token"], STANDARD).status == 401


@pytest.mark.parametrize(
    ("change", "claim", "told"),
    [(ChangeEmail, "email", "new"), (SetLocale, "locale", "fr")],
    ids=["address", "language"],
)
def test_a_change_of_the_person_is_told_within_a_second(
    server: Server, client: Made, change: Any, claim: str, told: str
) -> None:
    person = new_person(server)
    body = tokens(server, client, person, scope="openid email profile")
    value = f"{told}-{person.email}" if claim == "email" else told
    assert userinfo(server, body["access_token"]).json[claim] != value
    expected = (person.email,) if claim == "email" else ()
    effect = change(person.account_id, value, *expected)
    server.manage(lambda context: context.store.commit(effect))
    wait_until(lambda: userinfo(server, body["access_token"]).json[claim] == value, 1)


@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.spec("RFC 8707 §2")
def test_a_token_for_another_resource_has_no_userinfo(server: Server, person: Person) -> None:
    name = f"elsewhere-{person.email[:6]}"
    server.new_api(name)
    made = new_client(server, apis=(name,))
    resource = f"{server.api_url}/{name}/v1"
    body = tokens(server, made, person, STANDARD, scope="openid", resource=resource)
    reply = userinfo(server, body["access_token"], STANDARD)
    assert (reply.status, reply.json["error"]) == (401, "invalid_token")
    assert reply.json["error_description"] == errors.TOKEN_OF_OTHER_AUDIENCE.says
    good = tokens(server, made, person, STANDARD, scope="openid")
    assert userinfo(server, good["access_token"], STANDARD).status == 200


def test_without_openid_there_is_no_userinfo(server: Server, client: Made, person: Person) -> None:
    body = tokens(server, client, person, STANDARD, scope="email")
    reply = userinfo(server, body["access_token"], STANDARD)
    assert (reply.status, reply.json["error"]) == (403, "insufficient_scope")
    assert "id_token" not in body


def test_a_revoked_access_token_has_no_userinfo_within_a_second(
    server: Server, client: Made, person: Person
) -> None:
    body = tokens(server, client, person)
    assert userinfo(server, body["access_token"]).status == 200
    server.form(f"{FRENCH}/revoke", client, f"token={body['access_token']}")
    wait_until(lambda: userinfo(server, body["access_token"]).status == 401, 1)
    assert refresh(server, client, body["refresh_token"]).status == 200


@pytest.mark.spec("OIDC Core §3.1.3.6")
@pytest.mark.spec("OIDC Core §2")
@pytest.mark.spec("OIDC Core §12")
def test_the_id_token_says_how_and_when(server: Server, client: Made, person: Person) -> None:
    body = tokens(server, client, person)
    claims = claims_of(body["id_token"])
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "1"
    assert claims["auth_time"] <= claims["iat"]
    assert claims["at_hash"]
    refreshed = refresh(server, client, body["refresh_token"]).json
    later = claims_of(refreshed["id_token"])
    for name in ("sub", "aud", "iss", "auth_time", "sid"):
        assert later[name] == claims[name]


def test_form_post_brings_the_answer_in_a_form(
    server: Server, client: Made, person: Person
) -> None:
    agent = Agent(server)
    page = agent.open(authorize_url(server, client, response_mode="form_post"))
    page = agent.log_in(page, person.email, PASSWORD)
    page = agent.send(page, decision="allow")
    form = page.form()
    assert form.action == REDIRECT
    assert form.fields["state"] == "a state, with spaces & signs"
    assert page.headers is not None
    policy = page.headers["Content-Security-Policy"]
    assert "form-action *;" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script[^>]*>[^<]", page.text)
    assert redeem(server, client, form.fields["code"]).status == 200


@pytest.mark.spec("OAuth U2M guide, step 5")
def test_the_three_legged_sandbox_gives_its_invented_profile(
    server: Server, client: Made, person: Person
) -> None:
    body = tokens(server, client, person, scope="openid profile_sandbox")
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    for path in ("/3legged/sandbox/fr/v1/userinfo", "/3legged/sandbox/fr/v1/userinfo/"):
        reply = server.request("GET", path, headers=headers)
        assert reply.status == 200
        assert reply.json["sub"] == claims_of(body["id_token"])["sub"]
        assert reply.json["name"]
    poor = tokens(server, client, person)
    headers = {"Authorization": f"Bearer {poor['access_token']}"}
    reply = server.request("GET", "/3legged/sandbox/fr/v1/userinfo/", headers=headers)
    assert (reply.status, reply.json["error"]) == (403, "insufficient_scope")


def logout_url(server: Server, issuer: str = FRENCH, **parameters: str) -> str:
    return f"{server.api_url}{issuer}/logout?{urllib.parse.urlencode(parameters)}"


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
@pytest.mark.spec("OIDC RP-Initiated Logout §3")
@pytest.mark.spec("OIDC RP-Initiated Logout §4")
def test_a_proven_logout_ends_the_session_and_returns(
    server: Server, client: Made, person: Person
) -> None:
    code, agent = get_code(server, client, person)
    hint = redeem(server, client, code).json["id_token"]
    url = logout_url(server, id_token_hint=hint, post_logout_redirect_uri=REDIRECT, state="bye")
    page = agent.open(url)
    assert page.left
    assert page.url.startswith(REDIRECT)
    assert page.query["state"] == "bye"
    assert "/login" in again(agent, client).url


def words_of(value: Any) -> set[str]:
    """Every string in an answer, however deep, with the parts of those that hold several."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(words_of, value)) if value else set()
    return {value, *value.split()} if isinstance(value, str) else set()


@pytest.mark.spec("OIDC Core §17.3")
@pytest.mark.parametrize("issuers", [(FRENCH, STANDARD), (STANDARD, STANDARD)])
def test_two_applications_learn_nothing_by_which_they_could_know_one_person(
    server: Server, person: Person, issuers: tuple[str, str]
) -> None:
    agent, learned, hints = Agent(server), [], []
    for issuer in issuers:
        made = new_client(server)
        page = agent.open(authorize_url(server, made, issuer, scope="openid profile"))
        if "/login" in page.url:
            page = agent.log_in(page, person.email, PASSWORD)
        page = agent.send(page, decision="allow")
        body = redeem(server, made, page.query["code"], issuer).json
        told = [
            body,
            claims_of(body["id_token"]),
            userinfo(server, body["access_token"], issuer).json,
        ]
        learned.append(words_of(told))
        hints.append((made, body["id_token"]))
    nothing = {"Bearer", "1", "pwd", "en", "openid", "profile", "openid profile"}
    assert learned[0] & learned[1] <= nothing | {server.api_url + STANDARD}
    made, hint = hints[0]
    url = logout_url(server, issuers[0], id_token_hint=hint, post_logout_redirect_uri=REDIRECT)
    assert agent.open(url).left, "either may end the session that both had"
    assert "/login" in again(agent, hints[1][0], issuers[1]).url


@pytest.mark.spec("OIDC RP-Initiated Logout §6")
@pytest.mark.parametrize("media", ["application/json", "text/plain", ""])
@pytest.mark.spec("OIDC RP-Initiated Logout §2")
def test_a_posted_logout_is_a_form(server: Server, client: Made, media: str) -> None:
    body = f"client_id={client.client_id}"
    headers = {"Content-Type": media} if media else {}
    reply = server.request("POST", f"{FRENCH}/logout", body, headers)
    assert reply.status == 400
    form = server.request("POST", f"{FRENCH}/logout", body, {"Content-Type": FORM})
    assert form.status == 303


def test_an_unproven_logout_asks_first(server: Server, client: Made, person: Person) -> None:
    _, agent = get_code(server, client, person)
    page = agent.open(logout_url(server))
    assert "code" in again(agent, client).query
    page = agent.send(page)
    assert page.status == 200
    assert "/login" in again(agent, client).url


@pytest.mark.spec("OIDC RP-Initiated Logout §3")
def test_a_sealed_logout_is_no_authorization_request(server: Server, client: Made) -> None:
    path = logout_url(server).removeprefix(server.api_url)
    sealed = server.request("GET", path).headers["Location"].partition("?r=")[2]
    page = Agent(server).open(f"{server.pages_url}/interaction?r={sealed}")
    assert page.status == 400


def test_a_logout_never_returns_to_an_unregistered_address(
    server: Server, client: Made, person: Person
) -> None:
    code, agent = get_code(server, client, person)
    hint = redeem(server, client, code).json["id_token"]
    wrong = {"post_logout_redirect_uri": "https://evil.example/"}
    for more in ({"id_token_hint": hint, **wrong}, {"client_id": client.client_id, **wrong}, wrong):
        page = agent.open(logout_url(server, **more))
        assert page.status == 400
        assert not page.left


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
def test_a_hint_that_proves_nothing_becomes_the_question(
    server: Server, client: Made, person: Person
) -> None:
    """Its key has gone since: the person is asked, and goes on to where the client registered."""
    code, agent = get_code(server, client, person)
    hint = redeem(server, client, code).json["id_token"]
    unproven = hint[:-4] + ("AAAA" if not hint.endswith("AAAA") else "BBBB")
    for token in ("a.b.c", unproven):
        page = agent.open(logout_url(server, id_token_hint=token))
        assert page.url.startswith(f"{server.pages_url}/end-session")
    url = logout_url(server, id_token_hint=unproven, post_logout_redirect_uri=REDIRECT)
    assert "code" in again(agent, client).query
    page = agent.send(agent.open(url))
    assert page.url.startswith(REDIRECT)
    assert "/login" in again(agent, client).url


def test_a_hint_of_another_client_is_refused(server: Server, client: Made, person: Person) -> None:
    code, agent = get_code(server, client, person)
    hint = redeem(server, client, code).json["id_token"]
    url = logout_url(server, id_token_hint=hint, client_id=new_client(server).client_id)
    assert agent.open(url).status == 400
