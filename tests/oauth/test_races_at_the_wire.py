"""Eight processes, over sockets, at two nodes of one database, with one code or one refresh token between them.

What decides each of them in the store, and that it is lost without that condition, stands in `tests/store`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.oauth.flow import (
    REDIRECT,
    STANDARD,
    VERIFIER,
    get_code,
    is_active,
    new_client,
    new_person,
    redeem,
    refresh,
    tokens,
)
from tests.servers import PostgreSQL
from tests.wire.server import FORM, Made, Server, running_server, wait_until

RACERS = 8
OFFLINE = {"scope": "openid offline_access", "prompt": "consent"}


@dataclass
class Told:
    status: int
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def nodes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """One node on SQLite; two with one address on PostgreSQL."""
    folder = tmp_path_factory.mktemp("race")
    if request.param == "sqlite":
        with running_server(folder) as server:
            yield [server]
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    shared = {"shared": "127.0.0.1:7001"}
    with (
        postgresql.new_database() as url,
        running_server(folder, database=url, **shared) as first,
        running_server(folder, database=url, front="asgi", **shared) as second,
    ):
        yield [first, second]


def form(made: Made, path: str, fields: dict[str, str], host: str) -> bytes:
    body = urllib.parse.urlencode(fields)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {made.authorization}\r\n"
    return f"{head}Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def race(nodes: list[Server], requests: Sequence[bytes]) -> list[Told]:
    """Let one process for each request send its last byte at the same moment, the nodes in turn."""
    with contextlib.ExitStack() as stack:
        racers = []
        for at, request in enumerate(requests):
            command = [sys.executable, "-m", "tests.oauth.wire_racer"]
            racer = stack.enter_context(
                subprocess.Popen(
                    [*command, str(nodes[at % len(nodes)].port)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert racer.stdin is not None
            racer.stdin.write(base64.b64encode(request).decode() + "\n")
            racer.stdin.flush()
            racers.append(racer)
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        return [Told(**json.loads(racer.stdout.readline())) for racer in racers if racer.stdout]


def host(server: Server) -> str:
    return server.api_url.removeprefix("http://")


def code_form(server: Server, made: Made, code: str) -> bytes:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return form(made, f"{STANDARD}/token", fields, host(server))


def refresh_form(server: Server, made: Made, token: str) -> bytes:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return form(made, f"{STANDARD}/token", fields, host(server))


def test_a_code_is_redeemed_once_by_eight_processes(nodes: list[Server]) -> None:
    server = nodes[0]
    made, person = new_client(server), new_person(server)
    for _ in range(5):
        code, _ = get_code(server, made, person, STANDARD)
        told = race(nodes, [code_form(server, made, code)] * RACERS)
        assert sorted(each.status for each in told) == [200] + [400] * (RACERS - 1)
        assert {each.json["error"] for each in told if each.status == 400} == {"invalid_grant"}


def test_a_refresh_token_is_rotated_once_by_eight_processes(nodes: list[Server]) -> None:
    server = nodes[0]
    made, person = new_client(server), new_person(server)
    token = tokens(server, made, person, STANDARD, **OFFLINE)["refresh_token"]
    for _ in range(5):
        told = race(nodes, [refresh_form(server, made, token)] * RACERS)
        assert {each.status for each in told} == {200}
        assert len({each.body for each in told}) == 1
        token = told[0].json["refresh_token"]
    assert refresh(server, made, token, STANDARD).status == 200


def test_a_revocation_among_refreshes_ends_them_all(nodes: list[Server]) -> None:
    server = nodes[0]
    made, person = new_client(server), new_person(server)
    for _ in range(5):
        token = tokens(server, made, person, STANDARD, **OFFLINE)["refresh_token"]
        asked = [refresh_form(server, made, token)] * (RACERS - 1)
        asked.insert(4, form(made, f"{STANDARD}/revoke", {"token": token}, host(server)))
        told = race(nodes, asked)
        assert told.pop(4).status == 200
        assert {each.status for each in told} <= {200, 400}
        given = {each.json["refresh_token"] for each in told if each.status == 200} | {token}
        assert {refresh(node, made, t, STANDARD).status for node in nodes for t in given} == {400}
        for access in {each.json["access_token"] for each in told if each.status == 200}:
            for node in nodes:
                wait_until(lambda: not is_active(node, made, access), 1, interval=0.05)  # noqa: B023


def test_a_replay_among_redemptions_leaves_the_winner_whole(nodes: list[Server]) -> None:
    server = nodes[0]
    made, person = new_client(server), new_person(server)
    code, _ = get_code(server, made, person, STANDARD, **OFFLINE)
    won = redeem(server, made, code, STANDARD).json
    told = race(nodes, [code_form(server, made, code)] * RACERS)
    assert {each.status for each in told} == {400}
    assert refresh(server, made, won["refresh_token"], STANDARD).status == 200
