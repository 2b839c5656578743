"""A header and a body that were known once are known again, and never once a fact behind them changed."""

import http.client
from dataclasses import replace

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.management import apis, subscriptions
from satsuma.management.applications import Credentials, renew_secret, revoke_application
from satsuma.management.context import ManagementContext
from satsuma_client.protocol.basic import authorization_header
from tests.oauth.test_revocation import introspect, token_of
from tests.wire.server import FORM, Made, Reply, Server, wait_until

INTROSPECT = "/oauth/v3/introspect"


def ask(server: Server, who: str, token: str) -> Reply:
    return server.form(INTROSPECT, Made("", "", "", who), f"token={token}")


def known_to_its_client(server: Server, *names: str) -> tuple[Made, str]:
    """An application and its token, asked about until the answer must be a remembered one."""
    made = server.new_application(*names)
    token = token_of(server, made)
    for _ in range(3):
        assert introspect(server, made.authorization, token)["active"] is True
    return made, token


@pytest.mark.spec("RFC 7662 §4")
def test_a_known_body_tells_another_client_nothing(server: Server) -> None:
    made, token = known_to_its_client(server)
    other = server.new_application()
    assert introspect(server, other.authorization, token) == {"active": False}
    assert introspect(server, made.authorization, token)["active"] is True
    assert introspect(server, other.authorization, token) == {"active": False}


@pytest.mark.parametrize("wrong", ["Basic QTpi", "Bearer x", "Basic", ""])
def test_a_known_body_needs_the_credentials_each_time(server: Server, wrong: str) -> None:
    made, token = known_to_its_client(server)
    assert ask(server, wrong, token).status == 401
    longer = authorization_header(made.client_id, made.client_secret + "x")
    assert ask(server, longer, token).status == 401
    assert ask(server, made.authorization, token).status == 200


def test_a_known_token_is_inactive_as_soon_as_it_is_revoked(server: Server) -> None:
    made, token = known_to_its_client(server)
    assert server.form("/oauth/v3/revoke", made, f"token={token}").status == 200
    assert introspect(server, made.authorization, token) == {"active": False}


def test_a_known_header_is_refused_when_its_secret_was_renewed(server: Server) -> None:
    made, token = known_to_its_client(server)

    async def renew(context: ManagementContext) -> Credentials:
        return await renew_secret(context, made.client_id)

    renewed = server.manage(renew).authorization_header.reveal()
    wait_until(lambda: ask(server, made.authorization, token).status == 401, 1, interval=0.05)
    assert server.token(made).status == 401
    assert introspect(server, renewed, token)["active"] is True


def test_a_known_header_is_refused_when_its_application_was_revoked(server: Server) -> None:
    made, token = known_to_its_client(server)
    server.manage(lambda context: revoke_application(context, made.application_id))
    wait_until(lambda: ask(server, made.authorization, token).status == 401, 1, interval=0.05)
    assert server.token(made).status == 401


def test_a_known_header_waits_like_any_other_where_its_source_failed_too_often(
    server: Server,
) -> None:
    made, token = known_to_its_client(server)
    wrong = authorization_header(made.client_id, "wrong")
    statuses = [ask(server, wrong, token).status for _ in range(21)]
    assert statuses == [401] * 20 + [429]
    assert ask(server, made.authorization, token).status == 429
    assert server.token(made).status == 429


def test_what_an_api_knows_of_a_token_follows_its_scopes_and_subscriptions(server: Server) -> None:
    server.counter += 1
    name = f"known-{server.counter}"
    api, secret = server.new_api(name)
    made = server.new_application(name)
    who = authorization_header(api.resource_id, secret)
    token = token_of(server, made)
    wait_until(lambda: ask(server, who, token).status == 200, 2)
    for _ in range(3):
        assert introspect(server, who, token)["scope"] == f"{name}:read"

    widen(server, name)
    wider = f"{name}:read {name}:write"
    wait_until(lambda: introspect(server, who, token)["scope"] == wider, 1, interval=0.05)
    server.manage(
        lambda context: subscriptions.set_subscription(context, made.client_id, name, "revoked")
    )
    wait_until(lambda: introspect(server, who, token) == {"active": False}, 1, interval=0.05)


def test_what_a_client_knows_of_its_token_follows_the_apis_scopes(server: Server) -> None:
    server.counter += 1
    name = f"told-{server.counter}"
    server.new_api(name)
    made, token = known_to_its_client(server, name)
    assert introspect(server, made.authorization, token)["scope"] == f"{name}:read"
    widen(server, name)
    wider = f"{name}:read {name}:write"
    wait_until(
        lambda: introspect(server, made.authorization, token)["scope"] == wider, 1, interval=0.05
    )


def widen(server: Server, name: str) -> None:
    """Give an API one scope more."""

    async def work(context: ManagementContext) -> None:
        found = await apis.find_api(context, name)
        more = (*found.scopes, ScopeRule(f"{name}:write"))
        await apis.replace_api(context, found, lambda api: replace(api, scopes=more))

    server.manage(work)


def test_two_authorization_fields_are_refused_though_each_is_known(server: Server) -> None:
    made, token = known_to_its_client(server)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = f"token={token}".encode()
    connection.putrequest("POST", INTROSPECT)
    for _ in range(2):
        connection.putheader("Authorization", made.authorization)
    connection.putheader("Accept", "application/json")
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    assert connection.getresponse().status == 400
    connection.close()
