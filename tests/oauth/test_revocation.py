"""Revocation and introspection at the wire, and how soon a revocation holds."""

import time

import pytest

from satsuma.management.applications import renew_secret, revoke_application
from tests.wire.server import Made, Server, wait_until


def token_of(server: Server, made: Made, issuer: str = "/oauth/v3") -> str:
    reply = server.token(made, issuer=issuer)
    assert reply.status == 200, reply.body
    return str(reply.json["access_token"])


def introspect(
    server: Server, who: str, token: str, issuer: str = "/oauth/v3"
) -> dict[str, object]:
    made = Made("", "", "", who)
    reply = server.form(f"{issuer}/introspect", made, f"token={token}")
    assert reply.status == 200, reply.body
    found: dict[str, object] = reply.json
    return found


@pytest.mark.spec("RFC 7662 §2.2")
@pytest.mark.spec("RFC 7662 §2")
def test_a_client_sees_its_own_token(server: Server) -> None:
    made = server.new_application()
    found = introspect(server, made.authorization, token_of(server, made))
    assert found["active"] is True
    assert found["client_id"] == made.client_id
    assert found["iss"] == server.api_url + "/oauth/v3"
    assert found["aud"] == server.api_url
    assert found["token_type"] == "Bearer"
    assert int(str(found["exp"])) - int(str(found["iat"])) == 3600


@pytest.mark.spec("RFC 7662 §2.2")
def test_anything_else_is_inactive_and_nothing_more(server: Server) -> None:
    made, other = server.new_application(), server.new_application()
    token = token_of(server, made)
    for presented in (token_of(server, other), "nonsense", "sat_" + "A" * 80, token[:-1], "%C3%A9"):
        assert introspect(server, made.authorization, presented) == {"active": False}


def test_a_token_of_another_issuer_is_inactive(server: Server) -> None:
    made = server.new_application()
    token = token_of(server, made, issuer="")
    assert introspect(server, made.authorization, token) == {"active": False}
    assert introspect(server, made.authorization, token, issuer="")["active"] is True


def test_a_resource_server_sees_tokens_for_its_api_only(server: Server) -> None:
    name = f"seen-{server.counter}"
    api, secret = server.new_api(name)
    subscribed, stranger = server.new_application(name), server.new_application()
    from satsuma_client.protocol.basic import authorization_header

    who = authorization_header(api.resource_id, secret)
    wait_until(lambda: introspect_status(server, who) == 200, 2)
    found = introspect(server, who, token_of(server, subscribed))
    assert (found["active"], found["scope"]) == (True, f"{name}:read")
    assert introspect(server, who, token_of(server, stranger)) == {"active": False}
    wrong = authorization_header(api.resource_id, "wrong")
    assert introspect_status(server, wrong) == 401


def introspect_status(server: Server, who: str) -> int:
    return server.form("/oauth/v3/introspect", Made("", "", "", who), "token=x").status


@pytest.mark.spec("RFC 7662 §2.1")
def test_a_missing_token_is_invalid_request(server: Server) -> None:
    made = server.new_application()
    for path in ("/oauth/v3/introspect", "/oauth/v3/revoke"):
        reply = server.form(path, made, "")
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/v3/introspect", "/oauth/v3/revoke"])
def test_wrong_credentials_are_401(server: Server, path: str) -> None:
    reply = server.form(path, Made("", "", "", "Basic QTpi"), "token=x")
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")


@pytest.mark.spec("RFC 7009 §2.1")
@pytest.mark.parametrize("issuer", ["/oauth/v3", ""])
@pytest.mark.spec("RFC 7009 §2")
def test_a_revoked_token_is_refused_at_once(server: Server, issuer: str) -> None:
    made = server.new_application()
    token, kept = token_of(server, made, issuer), token_of(server, made, issuer)
    reply = server.form(f"{issuer}/revoke", made, f"token={token}")
    assert (reply.status, reply.body) == (200, b"")
    assert introspect(server, made.authorization, token, issuer) == {"active": False}
    assert introspect(server, made.authorization, kept, issuer)["active"] is True


@pytest.mark.spec("RFC 7009 §2.2")
def test_revoking_what_is_unknown_succeeds(server: Server) -> None:
    made = server.new_application()
    assert server.form("/oauth/v3/revoke", made, "token=nonsense").status == 200


@pytest.mark.spec("RFC 7009 §2.1")
def test_a_client_cannot_revoke_anothers_token(server: Server) -> None:
    made, other = server.new_application(), server.new_application()
    token = token_of(server, made)
    reply = server.form("/oauth/v3/revoke", other, f"token={token}")
    assert (reply.status, reply.json["error"]) == (400, "unauthorized_client")
    assert introspect(server, made.authorization, token)["active"] is True


def test_a_revoked_application_is_refused_within_a_second(server: Server) -> None:
    made, witness = server.new_application(), server.new_application()
    token = token_of(server, made)
    assert introspect(server, made.authorization, token)["active"] is True
    server.manage(lambda context: revoke_application(context, made.application_id))
    committed = time.monotonic()
    wait_until(lambda: server.token(made).status == 401, 1, interval=0.05)
    assert time.monotonic() - committed < 1
    assert server.token(witness).status == 200


def test_a_renewed_secret_ends_the_earlier_one_and_with_tokens_its_tokens(server: Server) -> None:
    made = server.new_application()
    token = token_of(server, made)

    async def renew(context: object) -> object:
        return await renew_secret(context, made.client_id, tokens=True)  # type: ignore[arg-type]

    renewed = server.manage(renew)
    now = Made("", made.client_id, "", renewed.authorization_header.reveal())
    wait_until(lambda: server.token(made).status == 401, 1, interval=0.05)
    assert server.token(now).status == 200
    assert introspect(server, now.authorization, token) == {"active": False}
    assert introspect(server, now.authorization, token_of(server, now))["active"] is True


def test_an_overlap_keeps_both_secrets_alive(server: Server) -> None:
    from datetime import timedelta

    made = server.new_application()

    async def renew(context: object) -> object:
        return await renew_secret(context, made.client_id, timedelta(days=7))  # type: ignore[arg-type]

    renewed = server.manage(renew)
    now = Made("", made.client_id, "", renewed.authorization_header.reveal())
    wait_until(lambda: server.token(now).status == 200, 1, interval=0.05)
    assert server.token(made).status == 200
