"""`satsuma requests` and `satsuma explain` by HTTP, after `satsuma login URL`; with a database, the platform's."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from satsuma.testing.values import Application, User
from tests.client.test_built_in_client import logged_in
from tests.developer.conftest import World, world
from tests.wire.server import wait_until

__all__ = ["world"]
SATSUMA = str(Path(sys.executable).with_name("satsuma"))
Run = Callable[..., subprocess.CompletedProcess[str]]
EMAIL = "ada@people.example"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, world: World) -> dict[str, str]:
    """A terminal in which Ada is logged in."""
    place = tmp_path_factory.mktemp("terminal")
    places = {"XDG_CONFIG_HOME": place / "config", "XDG_CACHE_HOME": place / "cache"}
    inherited = {name: text for name, text in os.environ.items() if name != "SATSUMA_DATABASE"}
    told = {**inherited, **{name: str(path) for name, path in places.items()}, "BROWSER": "true"}
    logged_in(world.server, told, world.server.url, EMAIL)
    return told


@pytest.fixture(scope="module")
def shops(world: World, environment: dict[str, str]) -> Application:
    return world.application(User(EMAIL, "", ""))


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    def ran(*words: str, status: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SATSUMA, *words], env=environment | more, cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return ran


@pytest.fixture
def following(environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    words = [SATSUMA, "requests", "list", "--follow", "--json"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as going:
        yield going
        going.terminate()


def test_the_owner_lists_and_explains_from_a_terminal(
    world: World, shops: Application, run: Run
) -> None:
    other, _ = world.person()
    theirs = world.refused(world.application(other))
    ids = [world.refused(shops) for _ in range(3)]
    rows = json.loads(run("requests", "list", "--json").stdout)
    assert [row["request_id"] for row in rows] == ids
    text = run("requests", "list", "--status", "4xx", "--since", "1h", "--limit", "2").stdout
    assert text.splitlines()[0].split()[:3] == ["at", "status", "slug"]
    assert ids[0] not in text
    assert ids[1] in text.splitlines()[1]
    told = run("explain", ids[0]).stdout
    assert "client_secret is not the application's" in told
    assert f"request  {ids[0]}" in told
    assert json.loads(run("explain", "--last", "--json").stdout)["request_id"] == ids[2]
    last = run("explain", "--last", "--application", shops.client_id, "--as-test").stdout
    assert "def test_" in last
    assert "nothing of yours at this address" in run("explain", theirs, status=1).stderr
    for words in (["explain"], ["explain", "--last", "x"], ["requests", "list", "--since", "1y"]):
        run(*words, status=2)


def test_new_ones_are_shown_as_they_come(
    world: World, shops: Application, following: "subprocess.Popen[str]"
) -> None:
    assert following.stdout is not None
    until = time.monotonic() + 30
    request_id = world.refused(shops)
    for line in following.stdout:
        assert time.monotonic() < until
        if json.loads(line)["request_id"] == request_id:
            break


def test_the_owner_sees_what_an_application_used(
    world: World, environment: dict[str, str], run: Run
) -> None:
    mine = world.application(User(EMAIL, "", ""), "Used")
    assert "Nothing was used since" in run("usage", mine.client_id).stderr
    for _ in range(2):
        assert world.asks(mine, mine.client_secret).status == 200
    both = re.compile(r"2xx +2 ")
    wait_until(lambda: both.search(run("usage", mine.client_id).stdout), 10, interval=0.2)
    done = run("usage", mine.application_id, "--over", "hour", "--status", "2xx")
    head, row = done.stdout.splitlines()
    assert head.split() == ["api", "status", "count", "median_ms", "p95_ms"]
    assert row.split()[:3] == ["token:client_credentials", "2xx", "2"]
    assert "2 tokens in the last hour; one an hour is enough" in done.stderr
    assert json.loads(run("usage", mine.client_id, "--json").stdout)["step_seconds"] == 3600
    other, _ = world.person()
    theirs = world.application(other)
    assert "parameter" in run("usage", theirs.client_id, status=1).stderr
    run("usage", mine.client_id, "--over", "year", status=2)


def test_with_a_database_it_is_the_platforms(run: Run, tmp_path: Path) -> None:
    nothing = f"sqlite:///{tmp_path / 'none.db'}"
    for words in (["explain", "x"], ["requests", "list"]):
        assert "There is no database at" in run(*words, "--database", nothing, status=1 + 2).stderr
        assert "There is no database at" in run(*words, status=3, SATSUMA_DATABASE=nothing).stderr


def test_without_any_profile_it_is_the_platforms(run: Run, tmp_path: Path) -> None:
    empty = str(tmp_path / "nobody")
    assert "There is no database at" in run("explain", "x", status=3, XDG_CONFIG_HOME=empty).stderr


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """Another program of this machine: its address, and the Authorization fields that it saw."""
    seen: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization") or "")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", seen
        listening.shutdown()


def test_a_persons_token_goes_to_the_platform_alone(
    world: World, run: Run, stranger: tuple[str, list[str]]
) -> None:
    address, seen = stranger
    (profile,) = json.loads(run("profiles", "list", "--json").stdout)
    for url in (address, "https://elsewhere.example/"):
        refused = run("curl", profile["name"], "--", "-s", url, status=1)
        assert "the token does not go there" in refused.stderr
    url = f"{world.server.url}/satsuma/v1/applications"
    proxied = {"http_proxy": address, "HTTP_PROXY": address, "ALL_PROXY": address}
    done = run("curl", profile["name"], "--", "-s", url, **proxied)
    assert "applications" in json.loads(done.stdout)
    assert seen == []
