"""`satsuma login URL`: nothing registered, no profile before; and nothing where the operator switched it off."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from satsuma.testing import SatsumaServer, running

SATSUMA = str(Path(sys.executable).with_name("satsuma"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def platform() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    places = {"XDG_CONFIG_HOME": tmp_path / "config", "XDG_CACHE_HOME": tmp_path / "cache"}
    return {**os.environ, **{name: str(path) for name, path in places.items()}, "BROWSER": "true"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def ran(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SATSUMA, *words], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return ran


def logged_in(platform: SatsumaServer, environment: dict[str, str], url: str, email: str) -> str:
    """Log in by pasting; give what was said on standard error."""
    user = platform.user(email)
    going = subprocess.Popen(
        [SATSUMA, "login", url, "--no-browser"],
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert going.stdin is not None
    assert going.stderr is not None
    address = None
    while address is None:
        line = going.stderr.readline()
        assert line, "it ended before it printed an address"
        address = re.search(r"http\S+/authorize\S+", line)
    came = platform.authorize(address[0], user)
    _, said = going.communicate(came + "\n", timeout=30)
    assert going.returncode == 0, said
    return said


@pytest.mark.spec("RFC 8252 §7.3")
def test_a_url_is_enough_and_is_the_only_profile_afterwards(
    platform: SatsumaServer, run: Run, environment: dict[str, str]
) -> None:
    said = logged_in(platform, environment, platform.url + "/", "ada@people.example")
    assert "Logged in as ada@people.example" in said
    known = json.loads(run("info", "--json").stdout)
    assert known["client_id"] == "satsuma-cli"
    assert "satsuma:applications" in known["scope"]
    logged_in(platform, environment, platform.url, "grace@people.example")
    assert len(json.loads(run("profiles", "list", "--json").stdout)) == 1
    run("logout")
    assert "nobody is logged in" in run("token", status=1).stderr


def test_a_profile_of_the_hosts_name_stays_what_it_is(
    platform: SatsumaServer, run: Run, environment: dict[str, str]
) -> None:
    host = platform.url.partition("://")[2].replace(":", "-")
    run("profiles", "add", host, "--issuer", platform.url, "--client-id", "mine", "--public")
    logged_in(platform, environment, platform.url, "ida@people.example")
    listed = json.loads(run("profiles", "list", "--json").stdout)
    kept = {each["name"]: each["client_id"] for each in listed}
    assert kept == {host: "mine", f"{host}-2": "satsuma-cli"}


def test_where_the_operator_switched_it_off_nothing_can_be_got_by_it(run: Run) -> None:
    with running(command_line_client=False) as server:
        told = run("login", server.url, status=1).stderr
        assert "its operator switched it off" in told
        assert "satsuma profiles add NAME --issuer" in told
        assert not json.loads(run("profiles", "list", "--json").stdout)
        assert "invalid_client" in _token_error(server)


def _token_error(server: SatsumaServer) -> str:
    import urllib.error
    import urllib.request

    form = b"grant_type=refresh_token&client_id=satsuma-cli&refresh_token=srt_x"
    request = urllib.request.Request(
        server.url + "/token", form, {"Content-Type": "application/x-www-form-urlencoded"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    return refused.value.read().decode()
