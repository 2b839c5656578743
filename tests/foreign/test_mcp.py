"""MCP's Python SDK: its own client calls a protected MCP server, with our auth object and our protection."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from satsuma.testing import Api, Application, SatsumaServer, running
from tests.foreign.page import PYTHON, ask, program
from tests.house.tree import ROOT
from tests.servers.process import free_port

PROGRAMS = ROOT / "tests/foreign/mcp"
OURS = {"PYTHONPATH": str(ROOT / "client/src")}


@dataclass
class World:
    """A platform, an application of it, and the MCP server at a port."""

    platform: SatsumaServer
    api: Api
    application: Application
    port: int

    def calling(self, scope: str = "shops:read") -> "subprocess.Popen[str]":
        environment = {
            "ISSUER": self.platform.issuer().url, "AUDIENCE": self.api.url, "SCOPE": scope,
            "CLIENT_ID": self.application.client_id, "CLIENT_SECRET": self.application.client_secret,
        }  # fmt: skip
        return subprocess.Popen(
            [PYTHON, PROGRAMS / "client.py", f"http://127.0.0.1:{self.port}/mcp"],
            env={**OURS, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("mcp")
    with running() as platform:
        api = platform.api("shops", ["shops:read", "shops:write"])
        application = platform.application(apis=[api])
        told = {
            "ISSUER": platform.issuer().url, "AUDIENCE": api.url,
            "RESOURCE_ID": api.resource_id, "RESOURCE_SECRET": api.resource_secret,
        }  # fmt: skip
        port = free_port()
        command: list[str | Path] = [PYTHON, PROGRAMS / "server.py", str(port)]
        with program(command, port, folder, {**OURS, **told}):
            yield World(platform, api, application, port)


def test_its_client_lists_the_tools_and_calls_one_with_one_token_request(world: World) -> None:
    with world.calling() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "['shops']\n", process.stderr and process.stderr.read()
        asked = len(world.platform.requests.at("token"))
        for _ in range(3):
            process.stdin.write("\n")
            assert process.stdout.readline() == "Boutique of 35000\n"
        assert len(world.platform.requests.at("token")) == asked == 1
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.spec("RFC 9728 §5.1", "RFC 9728 §3")
def test_who_has_no_token_is_told_where_to_get_one(world: World) -> None:
    refused = ask(world.port, "/mcp", "POST")
    assert refused.status == 401
    challenge = refused.headers["WWW-Authenticate"]
    assert "resource_metadata=" in challenge
    metadata = json.loads(ask(world.port, "/.well-known/oauth-protected-resource/shops/v1").body)
    assert metadata["authorization_servers"] == [world.platform.issuer().url]
    assert metadata["scopes_supported"] == ["shops:read"]


def test_a_scope_that_is_short_ends_the_session(world: World) -> None:
    with world.calling("shops:write") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) != 0
