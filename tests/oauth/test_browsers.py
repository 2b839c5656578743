"""Pages of registered origins, and of no others, call the endpoints: the guide's fetch, jQuery and XHR samples."""

import pytest

from tests.oauth.flow import (
    FRENCH,
    REDIRECT,
    VERIFIER,
    Person,
    get_code,
    new_client,
    post_token,
    tokens,
)
from tests.wire.server import Made, Reply, Server, wait_until

ORIGIN = "https://spa.example"
CHALLENGE = {
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


@pytest.fixture
def page_client(server: Server) -> Made:
    made = new_client(server, public=True, web_origins=(ORIGIN,))
    wait_until(lambda: "Access-Control-Allow-Origin" in preflight(server).headers, 2)
    return made


def preflight(server: Server, origin: str = ORIGIN, path: str = f"{FRENCH}/token") -> Reply:
    return server.request(
        "OPTIONS",
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )


def redeem_from(server: Server, made: Made, code: str, origin: str) -> Reply:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": made.client_id,
        "code_verifier": VERIFIER,
    }
    return post_token(server, made, FRENCH, fields, Origin=origin)


def test_a_preflight_of_a_registered_origin_is_permitted(server: Server, page_client: Made) -> None:
    reply = preflight(server)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert "authorization" in reply.headers["Access-Control-Allow-Headers"]
    assert "origin" in reply.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", ORIGIN + ":8443", "http://spa.example"]
)
def test_another_origins_preflight_is_not(server: Server, page_client: Made, origin: str) -> None:
    reply = preflight(server, origin)
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.spec("RFC 6749 §2.1")
def test_a_page_redeems_its_code(server: Server, page_client: Made, person: Person) -> None:
    code, _ = get_code(server, page_client, person, **CHALLENGE)
    reply = redeem_from(server, page_client, code, ORIGIN)
    assert reply.status == 200, reply.body
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"


def test_another_origin_is_refused_before_anything_is_issued(
    server: Server, page_client: Made, person: Person
) -> None:
    code, _ = get_code(server, page_client, person, **CHALLENGE)
    reply = redeem_from(server, page_client, code, "https://evil.example")
    assert reply.status == 403
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert redeem_from(server, page_client, code, ORIGIN).status == 200


@pytest.mark.spec("RFC 9700 §4.17")
def test_another_clients_origin_is_refused_for_this_client(
    server: Server, page_client: Made, person: Person
) -> None:
    other = new_client(server, public=True, web_origins=("https://other.example",))
    code, _ = get_code(server, other, person, **CHALLENGE)
    assert redeem_from(server, other, code, ORIGIN).status == 403


def test_an_error_can_be_read_by_a_registered_origin(server: Server, page_client: Made) -> None:
    reply = redeem_from(server, page_client, "stc_nonsense", ORIGIN)
    assert reply.status == 400
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_userinfo_is_for_the_clients_own_origins(
    server: Server, page_client: Made, person: Person
) -> None:
    code, _ = get_code(server, page_client, person, **CHALLENGE)
    token = redeem_from(server, page_client, code, ORIGIN).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(2):
        mine = server.request("GET", f"{FRENCH}/userinfo", headers={**headers, "Origin": ORIGIN})
        assert (mine.status, mine.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
        theirs = {**headers, "Origin": "https://evil.example"}
        assert server.request("GET", f"{FRENCH}/userinfo", headers=theirs).status == 403


def test_a_confidential_clients_token_request_from_a_page_needs_its_origin(
    server: Server, client: Made, person: Person
) -> None:
    first = tokens(server, client, person)
    fields = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert post_token(server, client, FRENCH, fields, Origin=ORIGIN).status == 403
    assert post_token(server, client, FRENCH, fields).status == 200
