"""The guide's whole flow, and what each step refuses."""

import urllib.parse

import pytest
from joserfc import jwk, jwt

from tests.oauth.agent import Agent
from tests.oauth.flow import (
    FRENCH,
    PASSWORD,
    REDIRECT,
    STANDARD,
    VERIFIER,
    Person,
    again,
    authorize_url,
    claims_of,
    get_code,
    new_client,
    new_person,
    post_token,
    redeem,
    refresh,
    tokens,
)
from tests.wire.server import Made, Server

ISSUERS = [pytest.param(FRENCH, id="french"), pytest.param(STANDARD, id="standard")]


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 6749 §4.1.1")
@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.spec("OIDC Core §3.1.2.5")
@pytest.mark.spec("OIDC Core §3.1.3.3")
@pytest.mark.spec("OIDC Core §3.1.3")
def test_a_person_logs_in_allows_and_the_client_gets_tokens(
    server: Server, client: Made, person: Person, issuer: str
) -> None:
    agent = Agent(server)
    page = agent.open(authorize_url(server, client, issuer, nonce="n-1"))
    assert page.url.startswith(server.pages_url + "/login")
    page = agent.log_in(page, person.email, PASSWORD)
    assert page.url.startswith(server.pages_url + "/interaction")
    page = agent.send(page, decision="allow")
    assert page.left
    assert page.url.startswith("https://client.example/callback?keep=1&")
    assert page.query["state"] == "a state, with spaces & signs"
    assert page.query["iss"] == server.api_url + issuer
    reply = redeem(server, client, page.query["code"], issuer)
    assert reply.status == 200, reply.body
    assert reply.headers["Cache-Control"] == "no-store"
    body = reply.json
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert ("refresh_token" in body) == (issuer == FRENCH)
    claims = claims_of(body["id_token"])
    assert claims["iss"] == server.api_url + issuer
    assert (claims["aud"], claims["nonce"]) == (client.client_id, "n-1")
    info = server.request(
        "GET", f"{issuer}/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"}
    )
    assert (info.status, info.json) == (200, {"sub": claims["sub"]})


@pytest.mark.spec("OIDC Core §3.1.3.7")
@pytest.mark.spec("RFC 7515 §5.2")
def test_the_id_token_verifies_by_the_published_keys(
    server: Server, client: Made, person: Person
) -> None:
    body = tokens(server, client, person)
    discovery = server.request("GET", f"{FRENCH}/.well-known/openid-configuration").json
    keys = server.request("GET", discovery["jwks_uri"].removeprefix(server.api_url)).json
    decoded = jwt.decode(body["id_token"], jwk.KeySet.import_key_set(keys), algorithms=["RS256"])
    assert decoded.claims["iss"] == discovery["issuer"]


def test_the_french_issuers_tokens_have_its_prefix(
    server: Server, client: Made, person: Person
) -> None:
    assert tokens(server, client, person)["access_token"].startswith("OFR-")


@pytest.mark.spec("OIDC Core §8.1")
def test_a_subject_is_the_persons_at_one_application_alone(server: Server, person: Person) -> None:
    first, second = new_client(server), new_client(server)
    subs = [claims_of(tokens(server, c, person)["id_token"])["sub"] for c in (first, first, second)]
    assert subs[0] == subs[1]
    assert subs[0] != subs[2]
    assert person.account_id not in subs


def test_a_second_request_needs_neither_login_nor_consent(
    server: Server, client: Made, person: Person
) -> None:
    _, agent = get_code(server, client, person)
    assert "code" in again(agent, client).query


@pytest.mark.spec("OIDC Core §3.1.2.4")
def test_consent_is_asked_again_only_for_what_is_new(
    server: Server, client: Made, person: Person
) -> None:
    _, agent = get_code(server, client, person)
    page = again(agent, client, scope="openid email")
    assert not page.left
    assert page.text.count(">new<") == 1
    assert "code" in agent.send(page, decision="allow").query
    assert "code" in again(agent, client, scope="email openid").query


@pytest.mark.spec("RFC 8252 §7.3")
@pytest.mark.spec("RFC 8252 §8.6")
@pytest.mark.spec("RFC 9700 §4.15")
def test_a_public_clients_consent_is_asked_every_time(server: Server, person: Person) -> None:
    public = new_client(
        server, public=True, redirect_uris=("http://127.0.0.1/callback", "app.example:/cb")
    )
    more = {
        "redirect_uri": "http://127.0.0.1:51004/callback",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    code, agent = get_code(server, public, person, **more)
    assert not again(agent, public, **more).left
    reply = redeem(server, public, code, redirect_uri=more["redirect_uri"], code_verifier=VERIFIER)
    assert reply.status == 200, reply.body


def test_deny_is_access_denied(server: Server, client: Made, person: Person) -> None:
    agent = Agent(server)
    page = agent.log_in(agent.open(authorize_url(server, client)), person.email, PASSWORD)
    page = agent.send(page, decision="deny")
    assert page.left
    assert page.query["error"] == "access_denied"
    assert page.query["state"] == "a state, with spaces & signs"
    assert page.query["iss"] == server.api_url + FRENCH


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"state": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid nobody:has-this"}, "invalid_scope"),
        ({"scope": "openid  email"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "select_account"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://x"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/x"}, "invalid_target"),
    ],
)
@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.spec("RFC 6749 §3.1.1")
@pytest.mark.spec("OIDC Core §3.1.2.6")
@pytest.mark.spec("OIDC Core §6")
@pytest.mark.spec("RFC 7636 §4.3")
def test_a_bad_request_is_an_error_redirect_with_state(
    server: Server, client: Made, more: dict[str, str | None], error: str
) -> None:
    page = Agent(server).open(authorize_url(server, client, **more))
    assert page.left, page.text[:500]
    assert page.url.startswith(REDIRECT)
    assert page.query["error"] == error
    assert page.query.get("state") == (
        None if more.get("state", "x") is None else "a state, with spaces & signs"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "A" * 32},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://client.example/callback"},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": "https://attacker.example/"},
        {"redirect_uri": "http://127.0.0.1:9/callback"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
@pytest.mark.spec("RFC 6749 §3.1.2.4")
@pytest.mark.spec("RFC 9700 §2.1")
@pytest.mark.spec("RFC 9700 §4.1.3")
def test_an_uncertain_address_gets_a_page_and_no_redirect(
    server: Server, client: Made, more: dict[str, str | None]
) -> None:
    reply = server.request(
        "GET", authorize_url(server, client, **more).removeprefix(server.api_url)
    )
    assert reply.status == 400
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "Location" not in reply.headers
    assert reply.headers["X-OAPI-Request-Id"] in reply.body.decode()


@pytest.mark.spec("RFC 6749 §4.1.2.1")
def test_a_repeated_parameter_is_told_to_the_client_unless_its_address_is_doubtful(
    server: Server, client: Made
) -> None:
    path = authorize_url(server, client).removeprefix(server.api_url)
    told = server.request("GET", path + "&scope=openid")
    assert told.status == 302
    assert "error=invalid_request" in told.headers["Location"]
    for doubtful in ("client_id=" + client.client_id, "redirect_uri=https://client.example/"):
        assert server.request("GET", f"{path}&{doubtful}").status == 400


@pytest.mark.spec("OIDC Core §3.1.2.1")
@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 9700 §4.12")
def test_a_post_is_the_same_request_and_redirects_with_303(server: Server, client: Made) -> None:
    query = urllib.parse.urlsplit(authorize_url(server, client)).query
    reply = server.form(f"{FRENCH}/authorize", None, query)
    assert reply.status == 303
    assert reply.headers["Location"].startswith(server.pages_url + "/interaction?r=")
    bad = server.form(f"{FRENCH}/authorize", None, query.replace("code&", "token&"))
    assert (bad.status, bad.headers["Location"].startswith(REDIRECT)) == (303, True)


@pytest.mark.spec("RFC 9700 §2.1.1")
def test_pkce_is_required_on_the_standard_issuer(server: Server, client: Made) -> None:
    url = authorize_url(server, client, STANDARD, code_challenge=None, code_challenge_method=None)
    assert Agent(server).open(url).query["error"] == "invalid_request"


@pytest.mark.spec("RFC 6749 §4.1.3")
@pytest.mark.parametrize(
    "more",
    [
        {"redirect_uri": "https://client.example/other"},
        {"redirect_uri": None},
        {"code": "stc_nonsense"},
        {"code_verifier": VERIFIER},
    ],
)
@pytest.mark.spec("RFC 9700 §4.8.2")
def test_a_wrong_redemption_is_invalid_grant_and_spends_nothing(
    server: Server, client: Made, person: Person, more: dict[str, str | None]
) -> None:
    code, _ = get_code(server, client, person)
    reply = redeem(server, client, code, **more)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert redeem(server, client, code).status == 200


@pytest.mark.spec("RFC 7636 §4.6")
@pytest.mark.spec("RFC 7636 §4.5")
def test_the_wrong_verifier_spends_nothing(server: Server, client: Made, person: Person) -> None:
    code, _ = get_code(server, client, person, STANDARD)
    for verifier in (None, "x" * 43, VERIFIER[:-1]):
        reply = redeem(server, client, code, STANDARD, code_verifier=verifier)
        assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert redeem(server, client, code, STANDARD).status == 200


def test_another_client_and_another_issuer_cannot_redeem(
    server: Server, client: Made, person: Person
) -> None:
    code, _ = get_code(server, client, person)
    thief = new_client(server)
    assert redeem(server, thief, code).json["error"] == "invalid_grant"
    assert redeem(server, client, code, STANDARD).json["error"] == "invalid_grant"
    assert redeem(server, client, code).status == 200


def test_a_code_twice_at_once_is_denied_and_the_winner_lives(
    server: Server, client: Made, person: Person
) -> None:
    code, _ = get_code(server, client, person)
    won = redeem(server, client, code).json
    replay = redeem(server, client, code)
    assert (replay.status, replay.json["error"]) == (400, "invalid_grant")
    assert refresh(server, client, won["refresh_token"]).status == 200


def test_the_token_endpoint_needs_a_form(server: Server, client: Made) -> None:
    headers = {"Authorization": client.authorization, "Content-Type": "application/json"}
    reply = server.request("POST", f"{FRENCH}/token", "{}", headers)
    assert reply.status == 415
    assert reply.json == {
        "error": "invalid_request",
        "error_description": "The URI does not support the requested content type",
    }


@pytest.mark.parametrize("accept", ["", "text/html, image/gif, */*; q=0.2", "text/html"])
def test_no_accept_and_html_get_json_all_the_same(
    server: Server, client: Made, person: Person, accept: str
) -> None:
    code, _ = get_code(server, client, person)
    headers = {"Accept": accept} if accept else {}
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    reply = post_token(server, client, FRENCH, fields, **headers)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")


def test_logging_in_as_somebody_else_is_not_mixed_up(server: Server, client: Made) -> None:
    first, second = new_person(server), new_person(server)
    one, two = (claims_of(tokens(server, client, p)["id_token"])["sub"] for p in (first, second))
    assert one != two
