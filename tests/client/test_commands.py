"""The client's commands, as a person or a script runs them, against the platform."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from satsuma.testing import Application, SatsumaServer, running
from satsuma_client.cli.curl_words import NotAllowed, config_line

SATSUMA = str(Path(sys.executable).with_name("satsuma"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def platform() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def application(platform: SatsumaServer) -> Application:
    return platform.application(apis=[platform.shops()])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "BROWSER": "true",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def ran(*words: str, status: int = 0, given: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SATSUMA, *words],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return ran


@pytest.fixture
def machine(platform: SatsumaServer, application: Application, run: Run) -> str:
    run(
        "profiles", "add", "shops", "--issuer", platform.issuer().url, "--client-id", application.client_id,
        "--grant", "client_credentials", "--api-url", platform.url, "--secret-stdin",
        given=application.client_secret + "\n",
    )  # fmt: skip
    return "shops"


def test_a_token_is_got_once_by_all_commands(
    platform: SatsumaServer, machine: str, run: Run
) -> None:
    before = len(platform.requests)
    first = run("token").stdout
    assert run("token", machine).stdout == first
    assert run("header", machine).stdout == f"Authorization: Bearer {first}"
    told = json.loads(run("token", machine, "--json").stdout)
    assert told["access_token"] == first.strip()
    asked = [each for each in list(platform.requests)[before:] if each.path == "/token"]
    assert len(asked) == 1
    run("refresh", machine)
    assert run("token", machine).stdout != first


def test_curl_has_the_token_and_its_command_line_has_not(
    platform: SatsumaServer, machine: str, run: Run
) -> None:
    shops = f"{platform.url}/poi/v1/shops?postalCode=35000"
    done = run("curl", machine, "--", "-s", shops)
    assert json.loads(done.stdout)
    refused = run("curl", machine, "--", "-s", "https://elsewhere.example/", status=1)
    assert "does not go there" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        "{host}/x --proto-default http",
        "http:/{host}/x",
        "http:\\\\{host}\\x",
        "--config file {url}",
        "-Kfile {url}",
        "--connect-to ::127.0.0.1:1 {url}",
        "--connect-t ::127.0.0.1:1 {url}",
        "--resolve a:1:127.0.0.1 {url}",
        "--location-trusted {url}",
        "-x http://127.0.0.1:1 {url}",
        "--url=http://127.0.0.1:1 {url}",
        "--next {url}",
        "http://user@{host}/x",
        "{url} elsewhere.example",
        "-s",
        "--data=a {url}",
    ],
)
def test_curl_goes_nowhere_else(
    platform: SatsumaServer, machine: str, run: Run, words: str
) -> None:
    url = f"{platform.url}/poi/v1/shops"
    said = words.format(url=url, host=platform.url.partition("://")[2]).split()
    assert "Error: " in run("curl", machine, "--", *said, status=1).stderr


def test_a_token_is_quoted_for_curl() -> None:
    assert config_line('a"b\\c') == 'header = "Authorization: a\\"b\\\\c"\n'
    for hostile in ('a"\nnext', "a\tb", "a\x00b", "é"):
        with pytest.raises(NotAllowed):
            config_line(hostile)


def test_what_is_known_of_the_token(machine: str, run: Run) -> None:
    known = json.loads(run("info", machine, "--json").stdout)
    assert known["kind"] == "opaque"
    assert known["profile"] == machine
    assert json.loads(run("introspect", machine, "--json").stdout)["active"] is True
    first = run("token", machine).stdout
    run("revoke", machine)
    assert run("token", machine).stdout != first


def test_the_wire_is_shown_without_secrets(
    application: Application, machine: str, run: Run
) -> None:
    done = run("token", machine, "--trace")
    assert "/token" in done.stderr
    assert "-> 200" in done.stderr
    assert '"Authorization: $AUTHORIZATION"' in done.stderr
    for secret in (
        application.client_secret,
        application.authorization_header,
        done.stdout.strip(),
    ):
        assert secret not in done.stderr


def test_profiles_are_their_owners_alone(
    application: Application, machine: str, run: Run, environment: dict[str, str]
) -> None:
    file = Path(environment["XDG_CONFIG_HOME"]) / "satsuma" / "profiles.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for words in (("list",), ("list", "--json"), ("show", machine), ("show", machine, "--json")):
        assert application.client_secret not in run("profiles", *words).stdout
    file.chmod(0o644)
    assert "chmod 600" in run("token", machine, status=1).stderr
    file.chmod(0o600)
    file.write_text("{")
    assert "cannot be read" in run("token", machine, status=1).stderr


def test_profiles_come_and_go(platform: SatsumaServer, machine: str, run: Run) -> None:
    told = ["--issuer", platform.issuer().url, "--client-id", "another", "--public"]
    run("profiles", "add", "second", *told)
    assert [each["name"] for each in json.loads(run("profiles", "list", "--json").stdout)] == [
        "second",
        "shops",
    ]
    assert "name one of: second, shops" in run("token", status=1).stderr
    run("profiles", "remove", "second")
    assert "No profile is called second" in run("token", "second", status=1).stderr
    assert "nobody logs in" in run("login", machine, status=1).stderr
    run("profiles", "add", "a/b", *told, status=1)


@pytest.mark.parametrize("words", ["--secret-env NOTHING_THERE", "--secret-stdin"])
def test_a_secret_that_is_not_there_is_said(run: Run, words: str) -> None:
    done = run(
        "profiles", "add", "x", "--issuer", "https://server.example", "--client-id", "c",
        "--grant", "client_credentials", *words.split(), status=1,
    )  # fmt: skip
    assert "secret" in done.stderr or "NOTHING_THERE" in done.stderr


def test_a_wrong_secret_is_explained(
    platform: SatsumaServer, application: Application, run: Run
) -> None:
    run(
        "profiles", "add", "wrong", "--issuer", platform.issuer().url, "--client-id", application.client_id,
        "--grant", "client_credentials", "--secret-stdin", given="sts_wrong\n",
    )  # fmt: skip
    told = run("token", "wrong", status=1).stderr
    assert "invalid_client" in told
    assert "To mend it: Copy client_id and secret anew" in told
    assert "sts_wrong" not in told


def test_a_person_logs_in_by_pasting_the_address(
    platform: SatsumaServer, run: Run, environment: dict[str, str]
) -> None:
    user = platform.user("grace@people.example")
    native = platform.application(redirect_uris=["http://127.0.0.1/callback"], public=True)
    run(
        "profiles", "add", "me", "--issuer", platform.issuer().url, "--client-id", native.client_id,
        "--public", "--scope", "openid email",
    )  # fmt: skip
    assert "nobody is logged in" in run("token", "me", status=1).stderr
    logging_in = subprocess.Popen(
        [SATSUMA, "login", "me", "--no-browser", "--json"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert logging_in.stdin is not None
    assert logging_in.stderr is not None
    url = ""
    while not url:
        found = re.search(r"http\S+/authorize\S+", logging_in.stderr.readline())
        url = found[0] if found else ""
    came = platform.authorize(url, user)
    out, _ = logging_in.communicate(came + "\n", timeout=30)
    told: dict[str, Any] = json.loads(out)
    assert told["claims"]["email"] == user.email
    assert json.loads(run("info", "me", "--json").stdout)["client_id"] == native.client_id
    run("logout", "me")
    assert "nobody is logged in" in run("token", "me", status=1).stderr


def test_a_shell_completes_commands_and_profiles(machine: str, environment: dict[str, str]) -> None:
    def completed(words: str, at: int) -> list[str]:
        asked = {"_SATSUMA_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        done = subprocess.run(
            [SATSUMA], env=environment | asked, capture_output=True, text=True, timeout=60
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines() if line]

    assert {"doctor", "explain", "login"} <= set(completed("satsuma ", 1))
    assert completed("satsuma token sh", 2) == [machine]
    assert completed("satsuma login x", 2) == []


def test_a_server_that_is_away_is_one_told_thing(run: Run) -> None:
    run("profiles", "add", "away", "--issuer", "http://127.0.0.1:1", "--client-id", "c", "--public")
    told = run("token", "away", status=1).stderr
    assert "Check the URL, the network" in told
