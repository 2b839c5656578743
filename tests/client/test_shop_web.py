"""The user to machine guide as a program, with two workers: before the guides' preset and the standard issuer."""

import http.cookiejar
import os
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from satsuma.testing import SatsumaServer, User, running
from tests.client.programs import is_short_and_its_types_hold
from tests.house.tree import ROOT
from tests.servers.process import free_port
from tests.wire.server import wait_until

PROGRAM = ROOT / "examples" / "shop_web" / "app.py"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect by itself."""

    url: str

    def __post_init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, Stay)

    def ask(self, path: str, body: bytes | None = None, **fields: str) -> tuple[int, str, str]:
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, body, fields)
        try:
            answer: Any = self._opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()


@dataclass
class Shop:
    platform: SatsumaServer
    issuer: str
    url: str

    def logged_in(self, user: User, query: str = "?next=/me") -> tuple[Browser, str]:
        browser = Browser(self.url)
        status, to, _ = browser.ask(f"/login{query}")
        assert status in (302, 303)
        status, where, page = browser.ask(self.platform.authorize(to, user))
        assert status in (302, 303), page
        return browser, where


@pytest.fixture(scope="module")
def platform() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module", params=["orange-u2m", "standard"])
def shop(
    request: pytest.FixtureRequest,
    platform: SatsumaServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shop]:
    port, folder = free_port(), tmp_path_factory.mktemp("shop")
    url, issuer = f"http://127.0.0.1:{port}", platform.issuer(request.param).url
    made = platform.application(redirect_uris=[f"{url}/callback"])
    told = {
        "ISSUER": issuer, "CLIENT_ID": made.client_id, "CLIENT_SECRET": made.client_secret,
        "SESSION_SECRET": secrets.token_hex(), "TOKENS": str(folder / "tokens"), "PATH": os.environ["PATH"],
    }  # fmt: skip
    words = ["-m", "gunicorn", "--workers", "2", "--threads", "8", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, *words, "--chdir", str(PROGRAM.parent), "app:app"]
    log = folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, env=told, stdout=sink, stderr=sink)
    try:
        wait_until(lambda: log.read_text().count("Booting worker") == 2, 20, log.read_text)
        wait_until(lambda: Browser(url).ask("/")[0] == 200, 20, log.read_text)
        yield Shop(platform, issuer, url)
    finally:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in log.read_text()


def test_a_customer_is_greeted_by_either_worker_and_logs_out(shop: Shop) -> None:
    user = shop.platform.user()
    assert Browser(shop.url).ask("/me")[:2] == (302, "/login?next=/me")
    browser, where = shop.logged_in(user)
    assert where == "/me"
    with ThreadPoolExecutor(20) as pool:
        greeted = list(pool.map(lambda _: browser.ask("/me"), range(20)))
    assert all(page.startswith(f"Hello, {user.email} ") for _, _, page in greeted)
    status, to, _ = browser.ask("/logout", b"", **{"Sec-Fetch-Site": "cross-site"})
    assert status == 403
    status, to, _ = browser.ask("/logout", b"")
    assert status in (302, 303)
    assert to.startswith(f"{shop.issuer}/logout?")
    assert browser.ask("/me")[1] == "/login?next=/me"


def test_two_customers_are_kept_apart(shop: Shop) -> None:
    ada, bob = shop.platform.user(), shop.platform.user()
    (hers, _), (his, _) = shop.logged_in(ada), shop.logged_in(bob)
    for _ in range(3):
        assert ada.email in hers.ask("/me")[2]
        assert bob.email in his.ask("/me")[2]


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/%5Cevil.example"])
def test_a_login_leads_nowhere_else(shop: Shop, wanted: str) -> None:
    _, where = shop.logged_in(shop.platform.user(), f"?next={wanted}")
    assert where == "/"


def test_it_is_short_and_its_types_hold() -> None:
    is_short_and_its_types_hold(PROGRAM)
    assert re.search(r"\bAuthorizationCode\b", PROGRAM.read_text())
