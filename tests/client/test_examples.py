"""The example programs, as a reader starts them: before the guides' preset and the standard issuer; and their types."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.testing import Application, SatsumaServer, running
from tests.client.programs import is_short_and_its_types_hold
from tests.house.tree import ROOT

PROGRAM = ROOT / "examples" / "shops_m2m.py"


@pytest.fixture
def server() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture
def application(server: SatsumaServer) -> Application:
    return server.application(apis=[server.shops()])


Environment = dict[str, str]


@pytest.fixture(params=["orange-m2m", "standard"])
def environment(
    request: pytest.FixtureRequest,
    server: SatsumaServer,
    application: Application,
    tmp_path: Path,
) -> Environment:
    common = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "API": server.url}
    if request.param == "orange-m2m":
        return common | {"AUTHORIZATION": application.authorization_header}
    return common | {
        "ISSUER": server.issuer().url,
        "CLIENT_ID": application.client_id,
        "CLIENT_SECRET": application.client_secret,
    }


def run(environment: Environment, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(PROGRAM), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_shops_of_a_postal_code_are_shown_and_the_token_is_kept(
    server: SatsumaServer, environment: Environment
) -> None:
    for _ in range(2):
        done = run(environment, "35000")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines
        assert all(line.endswith(", Rennes") for line in lines)
    assert len(server.requests.at("token")) == 1
    odd = run(environment, "no such code & more")
    assert odd.returncode == 1
    assert 'The API refused the call: 400 {"code": 28' in odd.stderr


def test_a_wrong_secret_is_told_with_what_to_do(
    server: SatsumaServer, environment: Environment
) -> None:
    other = server.application()
    wrong = "another-secret"
    if "AUTHORIZATION" in environment:
        environment["AUTHORIZATION"] = "Basic b3RoZXI6d3Jvbmc="
    else:
        environment |= {"CLIENT_ID": other.client_id, "CLIENT_SECRET": wrong}
    done = run(environment, "35000")
    assert done.returncode == 1
    assert re.search(
        r"No token: invalid_client: .*request \w+\)\nWhy: .*\nTo mend it: ", done.stderr
    )
    assert "curl -sS -i \\\n  -X POST" in done.stderr
    assert wrong not in done.stderr


def test_a_call_that_the_api_refuses_is_told(
    server: SatsumaServer, environment: Environment
) -> None:
    stranger = server.application(apis=[server.api("other", scopes=["poi:read"])])
    environment |= {
        "AUTHORIZATION": stranger.authorization_header,
        "CLIENT_ID": stranger.client_id,
        "CLIENT_SECRET": stranger.client_secret,
    }
    done = run(environment, "35000")
    assert done.returncode == 1
    assert 'The API refused the call: 403 {"code": 50' in done.stderr


def test_what_is_missing_is_told(environment: Environment) -> None:
    for name in ("AUTHORIZATION", "CLIENT_ID"):
        environment.pop(name, None)
    assert run(environment, "35000").stderr.startswith("The program is not set up: ")
    assert "AUTHORIZATION is the header" in run(environment).stderr
    environment |= {"AUTHORIZATION": "Bearer abc"}
    assert "copy it whole" in run(environment, "35000").stderr


def test_the_example_is_short_and_its_types_hold() -> None:
    is_short_and_its_types_hold(PROGRAM)
