"""`satsuma doctor`: a broken set-up for each cause; it is ranked first, and running its command mends it."""

import base64
import json
import os
import re
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from satsuma_client.cli.curl_file import NotACommand, read_command, write_command
from tests.client.token_server import running_token_server
from tests.oauth.flow import REDIRECT, challenge
from tests.wire.server import Made, Server, running_server

BIN = Path(sys.executable).parent
JSON = "Accept: application/json"


@dataclass
class Desk:
    """A terminal beside a platform: a folder, a file with a request, a profile."""

    server: Server
    made: Made
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "failing request.sh"

    def write(self, *words: str) -> None:
        self.file.write_text(shlex.join(["curl", *words]))

    def shell(self, line: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        own = {name: text for name, text in os.environ.items() if not name.startswith("SATSUMA_")}
        own |= {"XDG_CONFIG_HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder)}
        own |= {
            "PATH": f"{self.folder}:{BIN}:{os.environ['PATH']}",
            "SATSUMA_DATABASE": self.server.database,
        }
        done = subprocess.run(
            ["bash", "-c", line], env=own, cwd=self.folder, input=given, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        for secret in (self.made.client_secret, self.made.authorization):
            assert secret not in done.stdout + done.stderr
        return done

    def found(self, *words: str) -> list[dict[str, Any]]:
        done = self.shell(shlex.join(["satsuma", "doctor", *words, "--json"]))
        found: list[dict[str, Any]] = json.loads(done.stdout or "null")
        assert done.returncode == (4 if found else 0), done.stderr
        return found

    def of_file(self, *words: str) -> list[dict[str, Any]]:
        return self.found(*words, "--request", str(self.file))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("doctor")) as running:
        running.new_api("poi")
        running.new_api("other")
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    return server.new_application("poi", redirect_uris=(REDIRECT,))


@pytest.fixture
def desk(server: Server, made: Made, tmp_path: Path) -> Desk:
    return Desk(server, made, tmp_path)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


Broken = Callable[[Desk], list[str]]


def asking(desk: Desk, *words: str, path: str = "/oauth/v3/token") -> list[str]:
    return [desk.server.api_url + path, "-d", "grant_type=client_credentials", *words]


def basic(desk: Desk) -> str:
    return f"Authorization: {desk.made.authorization}"


def pair(desk: Desk) -> str:
    return f"{desk.made.client_id}:{desk.made.client_secret}"


CAUSES: dict[str, tuple[str, Broken]] = {
    "missing Basic": (
        "basic-missing",
        lambda d: asking(d, "-H", JSON, "-H", f"Authorization: {d.made.authorization[6:]}"),
    ),
    "the pair as it is": (
        "header-wrong",
        lambda d: asking(d, "-H", JSON, "-H", f"Authorization: Basic {pair(d)}"),
    ),
    "encoded twice": (
        "header-wrong",
        lambda d: asking(d, "-H", JSON, "-H", f"Authorization: Basic {encoded(d.made.authorization)}"),
    ),
    "a line end in the header's secret": (
        "white-space",
        lambda d: asking(d, "-H", JSON, "-H", f"Authorization: Basic {encoded(pair(d) + chr(10))}"),
    ),
    "a line end in the form's secret": (
        "white-space",
        lambda d: asking(
            d, "-d", urlencode({"client_id": d.made.client_id, "client_secret": d.made.client_secret + chr(10)}),
            "-H", JSON,
        ),
    ),
    "header plus body": (
        "credentials-twice",
        lambda d: asking(
            d, "-H", JSON, "-H", basic(d),
            "-d", urlencode({"client_id": d.made.client_id, "client_secret": d.made.client_secret}),
        ),
    ),
    "no Accept": ("accept-missing", lambda d: asking(d, "-H", basic(d))),
    "JSON body": (
        "json-body",
        lambda d: [
            d.server.api_url + "/token", "--json", '{"grant_type": "client_credentials"}', "-H", basic(d),
        ],
    ),
    "one scope of two": (
        "scope-refused",
        lambda d: asking(d, "-H", JSON, "-H", basic(d), "-d", "scope=poi:read+other:read", path="/token"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_ranked_first_and_its_command_mends_it(desk: Desk, cause: str) -> None:
    name, broken = CAUSES[cause]
    desk.write(*broken(desk))
    (found,) = desk.of_file()
    assert found["name"] == name
    done = desk.shell(found["command"])
    assert done.returncode == 0, done.stderr
    assert desk.file.stat().st_mode & 0o777 == 0o600
    assert desk.of_file() == []
    assert '"access_token"' in desk.shell(desk.file.read_text()).stdout


def test_two_faults_are_mended_one_after_the_other(desk: Desk) -> None:
    secret = encoded(pair(desk) + "\n")
    desk.write(*asking(desk, "-H", JSON, "-H", f"Authorization: {secret}"))
    first = desk.of_file()
    assert [each["name"] for each in first] == ["basic-missing", "white-space"]
    desk.shell(first[0]["command"])
    (second,) = desk.of_file()
    assert second["name"] == "white-space"
    desk.shell(second["command"])
    assert desk.of_file() == []


def test_a_wrong_token_host(desk: Desk) -> None:
    desk.write(
        "http://127.0.0.1:1/token",
        "-d",
        "grant_type=client_credentials",
        "-H",
        JSON,
        "-H",
        basic(desk),
    )
    (found,) = desk.of_file(desk.server.api_url)
    assert found["name"] == "token-host"
    desk.shell(found["command"])
    assert desk.of_file(desk.server.api_url) == []


def test_a_redirect_uri_that_differs_at_a_character(desk: Desk) -> None:
    wrong = REDIRECT.replace("callback", "callbock")
    query = urlencode(
        {"response_type": "code", "client_id": desk.made.client_id, "redirect_uri": wrong, "scope": "openid",
         "state": "a", "code_challenge": challenge(), "code_challenge_method": "S256"}
    )  # fmt: skip
    desk.write(f"{desk.server.api_url}/authorize?{query}")
    (found,) = desk.of_file("--redirect-uri", REDIRECT)
    assert found["name"] == "redirect-uri"
    at = wrong.index("o", wrong.index("callb")) + 1
    assert f"at character {at}." in found["says"]
    desk.shell(found["command"])
    assert desk.of_file("--redirect-uri", REDIRECT) == []


@pytest.fixture
def profile(desk: Desk) -> str:
    words = [
        "satsuma",
        "profiles",
        "add",
        "shops",
        "--issuer",
        desk.server.api_url,
        "--client-id",
        desk.made.client_id,
    ]
    words += ["--grant", "client_credentials", "--api-url", desk.server.api_url, "--secret-stdin"]
    assert desk.shell(shlex.join(words), desk.made.client_secret).returncode == 0
    return "shops"


def test_an_api_that_is_not_subscribed(desk: Desk, server: Server, profile: str) -> None:
    name = f"late-{server.counter}"
    server.new_api(name)
    url = f"{desk.server.api_url}/{name}/v1/things"
    found = desk.found(url)
    assert found[0]["name"] == "not-subscribed"
    done = desk.shell(found[0]["command"])
    assert done.returncode == 0, done.stderr
    assert "not-subscribed" not in [each["name"] for each in desk.found(url)]


def test_a_scope_of_a_profile_that_is_refused(desk: Desk, profile: str) -> None:
    desk.shell("satsuma profiles scope shops pony")
    found = desk.found()
    assert found[0]["name"] == "scope-refused"
    desk.shell(found[0]["command"])
    assert desk.found() == []


def test_a_clock_that_is_off(desk: Desk) -> None:
    """What sets a clock is played by a program of that name: it mends the difference, which is the server's here."""
    with running_token_server() as other:
        behind = desk.folder / "behind"
        behind.touch()
        other.date = lambda: time.time() + (90 if behind.exists() else 0)
        sudo = desk.folder / "sudo"
        sudo.write_text(f"#!/bin/sh\n[ \"$*\" = 'timedatectl set-ntp true' ] && rm '{behind}'\n")
        sudo.chmod(0o755)
        desk.write(
            other.token_url,
            "-d",
            "grant_type=client_credentials",
            "-u",
            "client:secret",
            "-H",
            JSON,
        )
        (found,) = desk.of_file()
        assert found["name"] == "clock"
        assert re.search(r"\b(89|90|91) s behind", found["says"])
        assert desk.shell(found["command"]).returncode == 0
        assert desk.of_file() == []


def test_a_healthy_set_up_has_no_finding_and_asks_little(desk: Desk, profile: str) -> None:
    desk.write(*asking(desk, "-H", JSON, "-H", basic(desk)))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert desk.of_file() == []
    assert desk.found() == []
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_what_is_not_of_the_requests_form_is_said_with_the_way_to_the_true_cause(
    desk: Desk,
) -> None:
    wrong = encoded(f"{desk.made.client_id}:sts_wrong")
    desk.write(*asking(desk, "-H", JSON, "-H", f"Authorization: Basic {wrong}"))
    (found,) = desk.of_file()
    assert found["name"] == "refused"
    assert found["command"].startswith("satsuma explain ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wget http://x",
        "curl",
        "curl -o file http://x",
        "curl 'http://x",
        'curl -H "Authorization: $NOT_SET_HERE" http://x',
    ],
)
def test_what_is_no_command_that_can_be_replayed(text: str) -> None:
    with pytest.raises(NotACommand):
        read_command(text, {})


def test_a_command_is_read_as_a_shell_does_and_written_so_that_it_is_read_the_same() -> None:
    text = """curl -sS -i \\
      -X POST https://server.example/token -H "Authorization: $AUTHORIZATION" \\
      --data-urlencode 'scope=a b&c' --data-urlencode "code=${CODE}"
    """
    request = read_command(text, {"AUTHORIZATION": "Basic eA==", "CODE": "it's"})
    assert request.body == b"scope=a+b%26c&code=it%27s"
    assert ("Authorization", "Basic eA==") in request.headers
    assert read_command(write_command(request), {}) == request
