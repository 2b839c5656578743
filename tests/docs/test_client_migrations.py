"""Both pages on coming from another library: before and after are run against the same server, and print the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.testing import Application, SatsumaServer, User, running
from tests.docs.blocks import read_blocks
from tests.house.tree import ROOT

PAGES = ["client-from-authlib", "client-from-requests-oauthlib"]
TASKS = ["credentials", "login", "refresh"]
REDIRECT_URI = "https://client.example/callback"
SCOPE = ["openid", "email", "offline_access"]
# The application's own two pages, and a browser that the test holds: it reads the address, and writes where it ended.
STAND_IN = f"""
REDIRECT_URI = {REDIRECT_URI!r}
def come_back(url):
    print(url, flush=True)
    return input()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def application(server: SatsumaServer) -> Application:
    return server.application(
        apis=[server.shops()],
        redirect_uris=[REDIRECT_URI],
        default_scopes=[*SCOPE, "poi:read"],
    )


@pytest.fixture(scope="module")
def user(server: SatsumaServer) -> User:
    return server.user()


@pytest.fixture(params=PAGES)
def files(request: pytest.FixtureRequest) -> dict[str, str]:
    blocks = read_blocks((ROOT / "docs" / f"{request.param}.md").read_text())
    found = {block.words: block.text for block in blocks}
    assert sorted(found) == sorted(
        f"{task}_{side}.py" for task in TASKS for side in ("before", "after")
    )
    return found


class Programs:
    """The page's programs in a folder, with an application's credentials in their environment."""

    def __init__(
        self, folder: Path, server: SatsumaServer, application: Application, user: User
    ) -> None:
        self.folder, self.server, self.user = folder, server, user
        (folder / "pages.py").write_text(STAND_IN)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(folder),
            "ISSUER": server.issuer().url,
            "CLIENT_ID": application.client_id,
            "CLIENT_SECRET": application.client_secret,
            "OAUTHLIB_INSECURE_TRANSPORT": "1",
        }

    def run(self, text: str, **environment: str) -> str:
        """Run a program; where it sends a browser away, that is the test's."""
        with subprocess.Popen(
            [sys.executable, "-c", text],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as started:
            assert started.stdout is not None
            first = started.stdout.readline()
            typed = None
            if first.startswith("http"):
                typed = self.server.authorize(first.strip(), self.user) + "\n"
                first = ""
            rest, problems = started.communicate(typed, timeout=60)
        assert started.returncode == 0, problems
        return (first + rest).strip()


@pytest.fixture
def programs(
    tmp_path: Path, server: SatsumaServer, application: Application, user: User
) -> Programs:
    return Programs(tmp_path, server, application, user)


def test_client_credentials(files: dict[str, str], programs: Programs) -> None:
    for side in ("before", "after"):
        assert programs.run(files[f"credentials_{side}.py"]) == "shop-001"


def test_login_with_a_code(files: dict[str, str], programs: Programs) -> None:
    for side in ("before", "after"):
        assert programs.run(files[f"login_{side}.py"]) == programs.user.email


def test_refresh(
    files: dict[str, str], programs: Programs, server: SatsumaServer, application: Application
) -> None:
    for side in ("before", "after"):
        given = server.login_as(programs.user, application, scope=" ".join(SCOPE)).refresh_token
        program = files[f"refresh_{side}.py"]
        assert programs.run(program, REFRESH_TOKEN=given) == programs.user.email
    asked = len(server.requests.at("token"))
    assert programs.run(program, REFRESH_TOKEN=given) == programs.user.email
    assert len(server.requests.at("token")) == asked
