"""A blocked user: no login, no session, no refresh, and no call with a token of theirs, on any process."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.oauth.agent import Agent
from tests.oauth.flow import (
    PASSWORD,
    REDIRECT,
    STANDARD,
    Person,
    get_code,
    is_active,
    new_client,
    new_person,
    redeem,
    refresh,
)
from tests.servers.upstream import listening
from tests.wire.server import Made, Reply, Server, run_satsuma, running_server, wait_until


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with listening() as address:
        yield address


def accounts(server: Server, *arguments: str) -> str:
    """Run a command on accounts as an operator does: in a process of its own, beside the server."""
    own = {**server.environment, "SATSUMA_DATABASE": server.database}
    done = run_satsuma("accounts", *arguments, environment=own)
    assert done.returncode == 0, done.stderr
    return done.stdout


def an_api(server: Server, upstream: str) -> str:
    name = f"blocked-{time.monotonic_ns()}"
    server.new_api(name, upstream)
    return name


def connect(server: Server, made: Made, person: Person, api: str) -> tuple[dict[str, Any], Agent]:
    scope = f"openid offline_access {api}:read"
    code, agent = get_code(server, made, person, STANDARD, scope=scope)
    reply = redeem(server, made, code, STANDARD)
    assert reply.status == 200, reply.body
    return reply.json, agent


def call(server: Server, api: str, granted: dict[str, Any]) -> Reply:
    return server.call(f"/{api}/v1/x", granted["access_token"])


def userinfo(server: Server, granted: dict[str, Any]) -> Reply:
    return server.call(f"{STANDARD}/userinfo", granted["access_token"])


def test_a_blocked_user_is_refused_everywhere_and_goes_on_after_the_block(
    server: Server, upstream: str
) -> None:
    api = an_api(server, upstream)
    person, other = new_person(server), new_person(server)
    made = new_client(server, apis=(api,), redirect_uris=(REDIRECT,))
    granted, agent = connect(server, made, person, api)
    theirs, _ = connect(server, made, other, api)
    wait_until(lambda: call(server, api, granted).status == 200, 2)
    for _ in range(2):
        assert is_active(server, made, granted["access_token"])
    assert userinfo(server, granted).status == 200

    accounts(server, "block", person.email)
    wait_until(lambda: call(server, api, granted).status == 403, 1)
    refused = call(server, api, granted)
    assert refused.json["code"] == 52
    assert call(server, api, theirs).status == 200
    assert not is_active(server, made, granted["access_token"])
    assert not is_active(server, made, granted["refresh_token"])
    assert userinfo(server, granted).status == 401
    denied = refresh(server, made, granted["refresh_token"], STANDARD)
    assert (denied.status, denied.json["error"]) == (400, "invalid_grant")
    assert "block" not in denied.body.decode()
    assert agent.open(f"{server.pages_url}/account").url.startswith(f"{server.pages_url}/login")

    accounts(server, "unblock", person.email)
    wait_until(lambda: call(server, api, granted).status == 200, 1)
    assert is_active(server, made, granted["access_token"])
    assert userinfo(server, granted).status == 200
    assert refresh(server, made, granted["refresh_token"], STANDARD).status == 200
    assert agent.open(f"{server.pages_url}/account").url.startswith(f"{server.pages_url}/login")


def test_a_blocked_user_is_answered_as_after_a_wrong_password(server: Server) -> None:
    person = new_person(server)
    accounts(server, "block", person.email)
    shown = []
    for email, password in ((person.email, PASSWORD), (person.email, "wrong" * 3)):
        agent = Agent(server)
        page = agent.log_in(agent.open(f"{server.pages_url}/login"), email, password)
        assert not agent.cookies.keys() & {"session", "__Host-session"}
        shown.append((page.status, page.text.replace(page.form().fields["form_token"], "")))
    assert shown[0] == shown[1]
    assert shown[0][0] == 400
    accounts(server, "unblock", person.email)
    page = agent.log_in(agent.open(f"{server.pages_url}/login"), person.email, PASSWORD)
    assert page.url == f"{server.pages_url}/account"


def test_a_code_of_a_blocked_user_becomes_no_token(server: Server) -> None:
    person, made = new_person(server), new_client(server)
    code, _ = get_code(server, made, person)
    accounts(server, "block", person.email)
    refused = redeem(server, made, code)
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")


def test_the_audit_says_who_blocked_whom(server: Server) -> None:
    person = new_person(server)
    accounts(server, "block", person.email)
    accounts(server, "unblock", person.email)

    async def rows(context: Any) -> Any:
        return await context.store.read(lambda reader: reader.audit_since(0, 100_000))

    what = f"account:{person.account_id}"
    found = [(row.action, row.actor) for row in server.manage(rows) if row.object == what]
    assert [action for action, _ in found[-2:]] == ["account.block", "account.unblock"]
    assert found[-1][1].startswith("cli:")


def test_a_block_reaches_every_node_within_a_second(
    tmp_path: Path, postgres_database: str, upstream: str
) -> None:
    with (
        running_server(tmp_path, postgres_database) as one,
        running_server(tmp_path, postgres_database, shared=f"127.0.0.1:{one.port}") as two,
    ):
        api = an_api(one, upstream)
        person, made = new_person(one), new_client(one, apis=(api,), redirect_uris=(REDIRECT,))
        granted, _ = connect(one, made, person, api)
        for node in (one, two):
            wait_until(lambda node=node: call(node, api, granted).status == 200, 2)
        accounts(one, "block", person.email)
        until = time.monotonic() + 1
        for node in (one, two):
            left = until - time.monotonic()
            wait_until(lambda node=node: call(node, api, granted).status == 403, left)
            assert call(node, api, granted).json["code"] == 52
