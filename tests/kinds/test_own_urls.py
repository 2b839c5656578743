"""However our own URLs are written in the settings, browsers and clients meet one form of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.front.hosts import Hosts
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, new_person
from tests.servers.process import free_port
from tests.wire.server import Server, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    own = {
        "SATSUMA_PAGES_URL": f"HTTP://LocalHost:{port}/",
        "SATSUMA_API_URL": f"http://127.0.0.1:{port}/",
    }
    folder: Path = tmp_path_factory.mktemp("urls")
    with running_server(folder, port=port, environment=own) as running:
        yield running


@pytest.mark.spec("RFC 6454 §4")
def test_a_login_succeeds_whatever_the_case_of_our_own_url(server: Server) -> None:
    agent = Agent(server)
    page = agent.log_in(agent.open(f"{server.pages_url}/login"), new_person(server).email, PASSWORD)
    assert page.url == f"{server.pages_url}/account"
    issuer = server.request("GET", "/.well-known/openid-configuration").json["issuer"]
    assert issuer == server.api_url


@pytest.mark.spec("RFC 3986 §3.2.2")
@pytest.mark.parametrize(
    ("api_url", "hosts"),
    [
        (
            "https://api.example",
            {"api.example", "api.example:443", "api.example.", "api.example.:443"},
        ),
        ("https://api.example:8443", {"api.example:8443", "api.example.:8443"}),
        ("http://127.0.0.1:8400", {"127.0.0.1:8400"}),
        ("https://[2001:db8::a]", {"[2001:db8::a]", "[2001:db8::a]:443"}),
    ],
)
def test_a_host_is_known_with_its_default_port_and_with_the_root(
    api_url: str, hosts: set[str]
) -> None:
    known = Hosts.of(api_url, "https://login.example")
    assert {each.decode() for each in known.api_hosts} == hosts
    assert known.pages_hosts == {b"login.example", b"login.example:443"}
