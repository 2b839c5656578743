"""Refreshing: exactly once in effect, a lost answer asked for again, a reuse that ends the family."""

import concurrent.futures
import socket
import time
import urllib.parse

import pytest

from tests.oauth.flow import (
    FRENCH,
    REDIRECT,
    STANDARD,
    VERIFIER,
    Person,
    get_code,
    is_active,
    new_client,
    redeem,
    refresh,
    tokens,
)
from tests.wire.raw import connect
from tests.wire.server import FORM, Made, Server, wait_until

OFFLINE = {"scope": "openid offline_access"}


def offline(server: Server, client: Made, person: Person) -> str:
    code, _ = get_code(server, client, person, STANDARD, **OFFLINE)
    return str(redeem(server, client, code, STANDARD).json["refresh_token"])


@pytest.mark.spec("OAuth U2M guide, step 4")
def test_the_french_issuer_keeps_a_confidential_clients_refresh_token(
    server: Server, client: Made, person: Person
) -> None:
    first = tokens(server, client, person)
    answers = [refresh(server, client, first["refresh_token"]) for _ in range(3)]
    for reply in answers:
        assert reply.status == 200, reply.body
        assert "refresh_token" not in reply.json
        assert reply.json["expires_in"] == 3600
    assert len({reply.json["access_token"] for reply in answers}) == 3


@pytest.mark.spec("RFC 9700 §2.2.2")
def test_the_standard_issuer_rotates(server: Server, client: Made, person: Person) -> None:
    token = offline(server, client, person)
    for _ in range(3):
        reply = refresh(server, client, token, STANDARD)
        assert reply.status == 200, reply.body
        assert reply.json["refresh_token"] != token
        token = reply.json["refresh_token"]


def test_a_lost_answer_is_given_again_byte_for_byte(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    first = refresh(server, client, token, STANDARD)
    assert refresh(server, client, token, STANDARD).body == first.body
    assert refresh(server, client, token, STANDARD).body == first.body
    successor = first.json["refresh_token"]
    assert refresh(server, client, successor, STANDARD).status == 200


def test_an_answer_cut_off_after_the_commit_arrives_identical(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    body = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": token})
    request = (
        f"POST /token HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: {client.authorization}\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    with connect(server) as connection:
        connection.sendall(request.encode())
        lost = connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    again = refresh(server, client, token, STANDARD)
    assert again.status == 200
    assert again.body.startswith(lost.partition(b"\r\n\r\n")[2])
    assert refresh(server, client, again.json["refresh_token"], STANDARD).status == 200


def test_the_predecessor_with_other_parameters_ends_the_family(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    first = refresh(server, client, token, STANDARD).json
    reply = refresh(server, client, token, STANDARD, scope="openid")
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert refresh(server, client, first["refresh_token"], STANDARD).status == 400


@pytest.mark.spec("RFC 9700 §4.14.2")
def test_reuse_after_the_successor_was_used_ends_the_family_and_its_access_tokens(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    second = refresh(server, client, token, STANDARD).json
    third = refresh(server, client, second["refresh_token"], STANDARD).json
    assert is_active(server, client, third["access_token"])
    reply = refresh(server, client, token, STANDARD)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert refresh(server, client, third["refresh_token"], STANDARD).status == 400
    wait_until(lambda: not is_active(server, client, third["access_token"]), 1)


def test_a_stranger_with_the_token_neither_refreshes_nor_revokes(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    thief = new_client(server)
    for _ in range(2):
        reply = refresh(server, thief, token, STANDARD)
        assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert refresh(server, client, token, FRENCH).json["error"] == "invalid_grant"
    assert refresh(server, client, token, STANDARD).status == 200


@pytest.mark.spec("RFC 6749 §6")
def test_a_refresh_can_narrow_the_scope_and_never_widen_it(
    server: Server, client: Made, person: Person
) -> None:
    code, _ = get_code(server, client, person, STANDARD, scope="openid email offline_access")
    token = redeem(server, client, code, STANDARD).json["refresh_token"]
    narrow = refresh(server, client, token, STANDARD, scope="openid").json
    assert narrow["scope"] == "openid"
    wide = refresh(server, client, narrow["refresh_token"], STANDARD, scope="openid profile")
    assert (wide.status, wide.json["error"]) == (400, "invalid_scope")
    full = refresh(server, client, narrow["refresh_token"], STANDARD)
    assert full.json["scope"] == "openid email offline_access"


@pytest.mark.parametrize("token", ["", "srt_nonsense", "srt_" + "A" * 80, "\u00e9", "a.b.c"])
def test_what_is_no_refresh_token_is_refused(server: Server, client: Made, token: str) -> None:
    reply = refresh(server, client, token)
    assert reply.status == 400
    assert reply.json["error"] == ("invalid_grant" if token else "invalid_request")


def test_many_refreshes_at_once_give_one_successor(
    server: Server, client: Made, person: Person
) -> None:
    token = offline(server, client, person)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(refresh, server, client, token, STANDARD) for _ in range(12)]
        replies = [each.result() for each in asked]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["refresh_token"] for reply in replies}) == 1
    assert len({reply.body for reply in replies}) == 1


def test_many_redemptions_at_once_give_tokens_once(
    server: Server, client: Made, person: Person
) -> None:
    code, _ = get_code(server, client, person)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(redeem, server, client, code) for _ in range(12)]
        replies = [each.result() for each in asked]
    assert sorted(reply.status for reply in replies) == [200] + [400] * 11
    won = next(reply.json for reply in replies if reply.status == 200)
    assert refresh(server, client, won["refresh_token"]).status == 200


def test_a_public_client_rotates_on_the_french_issuer(server: Server, person: Person) -> None:
    public = new_client(server, public=True)
    more = {
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    code, _ = get_code(server, public, person, FRENCH, **more)
    first = redeem(server, public, code, code_verifier=VERIFIER, redirect_uri=REDIRECT).json
    second = refresh(server, public, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]


def test_revoking_a_refresh_token_ends_the_grant(
    server: Server, client: Made, person: Person
) -> None:
    first = tokens(server, client, person)
    reply = server.form(f"{FRENCH}/revoke", client, f"token={first['refresh_token']}")
    assert reply.status == 200
    assert refresh(server, client, first["refresh_token"]).status == 400
    started = time.monotonic()
    wait_until(lambda: not is_active(server, client, first["access_token"], FRENCH), 1)
    assert time.monotonic() - started < 1


def test_introspecting_a_refresh_token_tells_its_client(
    server: Server, client: Made, person: Person
) -> None:
    first = tokens(server, client, person)
    found = server.form(f"{FRENCH}/introspect", client, f"token={first['refresh_token']}").json
    assert found["active"] is True
    assert found["client_id"] == client.client_id
    other = new_client(server)
    stranger = server.form(f"{FRENCH}/introspect", other, f"token={first['refresh_token']}").json
    assert stranger == {"active": False}
