"""The login handlers, with a browser before them and the real platform behind."""

import contextlib
import http.client
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from satsuma.samples import Sample, Target, Values, show, targets
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD
from tests.samples.platform import Platform, running_platform
from tests.samples.proofs import proves
from tests.samples.test_matrix import write
from tests.samples.toolchains import TOOLCHAINS, trust_of_mono
from tests.servers.process import free_port
from tests.wire.server import wait_until

ROWS = [
    row
    for row in targets()
    if row.slug in TOOLCHAINS and isinstance(show("authorize", row, "robust", Values()), Sample)
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running_platform(tmp_path_factory.mktemp("samples")) as running:
        trust_of_mono(running.trust, running.environment)
        yield running


def ask(port: int, target: str, cookie: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", target, headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    response.text = response.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return response


@contextlib.contextmanager
def handler(platform: Platform, row: Target, folder: Path, public: bool) -> Iterator[int]:
    """The program, waiting for a browser at the port of its redirect URI."""
    port = free_port()
    redirect = f"http://127.0.0.1:{port}/callback"
    made = platform.server.new_application(redirect_uris=(redirect,), public=public)
    front = platform.open()
    values = platform.values(front, "authorize", "robust", made, public)
    # The browser goes to the platform itself, the program's own request through the door.
    own = f"{platform.server.api_url}/authorize"
    values = replace(values, redirect_uri=redirect, scope="openid", authorize_url=own)
    sample = show("authorize", row, "robust", values)
    assert isinstance(sample, Sample)
    place = write(sample, folder / "login")
    given = platform.environment | {"SATSUMA_CLIENT_SECRET": made.client_secret}
    TOOLCHAINS[row.slug].build([place], given)
    command = TOOLCHAINS[row.slug].command(place)
    process = subprocess.Popen(command, cwd=place, env=given, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), 30)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        return ask(port, "/").status == 404
    return False


def begun(port: int) -> tuple[str, str]:
    """The address that the browser is sent to, and the cookie that it got."""
    answer = ask(port, "/login")
    assert answer.status == 302
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    return answer.headers["Location"], cookie.partition(";")[0]


@pytest.mark.slow
@pytest.mark.spec("RFC 6749 §10.12")
@pytest.mark.parametrize("public", [False, True], ids=["secret", "public"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
def test_a_person_logs_in_and_nobody_else_is_let_in(
    platform: Platform, row: Target, public: bool, tmp_path: Path
) -> None:
    with handler(platform, row, tmp_path, public) as port:
        url, cookie = begun(port)
        state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["state"]
        agent = Agent(platform.server)
        page = agent.log_in(agent.open(url), platform.person.email, PASSWORD)
        page = page if page.left else agent.send(page, decision="allow")
        assert page.left, page.text[:2000]
        back = urllib.parse.urlsplit(page.url)
        target = f"{back.path}?{back.query}"

        other = ask(port, target, begun(port)[1])
        assert other.status == 400, "the code of one browser in another's hands"
        assert ask(port, target).status == 400, "no cookie"

        done = ask(port, target, cookie)
        assert (done.status, "Logged in" in done.text) == (200, True), done.text  # type: ignore[attr-defined]
        assert ask(port, target, cookie).status == 400, "twice"

        url, cookie = begun(port)
        assert dict(urllib.parse.parse_qsl(url))["state"] != state
        state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["state"]
        issuer = urllib.parse.quote(platform.server.api_url, safe="")
        denied = ask(port, f"/callback?error=access_denied&state={state}&iss={issuer}", cookie)
        assert denied.status == 403
        assert "access_denied" in denied.text  # type: ignore[attr-defined]
    if public:
        proves(row.slug, {("robust", "authorize")})
