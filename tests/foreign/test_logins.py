"""The libraries that docs/clients.md shows log a user in at the standard issuer, with the settings that it shows."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from satsuma.management.application_changes import change_application
from satsuma.management.edits import Edit
from tests.docs.blocks import read_blocks
from tests.foreign.page import ROOT, java, node, program, python, take_file
from tests.foreign.relay import Relay, relaying
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, new_client, new_person
from tests.servers.process import free_port
from tests.wire.server import Server, running_server, wait_until

pytestmark = pytest.mark.slow
PAGE = "docs/clients.md"
GUIDE = "docs/guides/user-to-machine.md"
FOREIGN = ROOT / "tests/foreign"
ISSUER, APP = "https://api.example.com", "https://app.example.com"


@pytest.fixture(scope="module")
def relay(port: int) -> Iterator[Relay]:
    """What stands at the issuer's public address, so that what a library sent can be read."""
    with relaying(port) as running:
        yield running


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def issuer(relay: Relay, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("issuer")
    with running_server(folder, port=port, shared=relay.address) as running:
        yield running


@dataclass
class Application:
    """What starts it, where its login begins, and what the page says its redirect URI is."""

    command: Callable[[Path, int, Callable[[str], Path]], list[str | Path]]
    callback: str = "/callback"
    login: str = "/login"
    refreshes: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    library: str = ""


Take = Callable[[str], Path]


def spring(folder: Path, port: int, take: Take) -> list[str | Path]:
    shutil.copy(FOREIGN / "spring/Login.java", folder)
    where = f"--spring.config.location={take('application.properties')}"
    return java(folder / "Login.java", port, where)


def on_node(settings: str, app: str) -> Callable[[Path, int, Take], list[str | Path]]:
    def command(folder: Path, port: int, take: Take) -> list[str | Path]:
        take(settings)
        shutil.copy(FOREIGN / "node" / app, folder)
        return node(folder / app, port)

    return command


def on_django(library: str) -> Callable[[Path, int, Take], list[str | Path]]:
    def command(folder: Path, port: int, take: Take) -> list[str | Path]:
        take(f"{library}_settings.py")
        interpreter = python(folder, port)[0]
        return [interpreter, FOREIGN / "django/app.py", library, str(port)]

    return command


def authlib(folder: Path, port: int, take: Take) -> list[str | Path]:
    take("authlib_settings.py")
    return [sys.executable, FOREIGN / "authlib_app.py", str(port)]


def golang(folder: Path, port: int, take: Take) -> list[str | Path]:
    take("provider.go")
    for name in ("main.go", "go.mod", "go.sum"):
        shutil.copy(FOREIGN / "go" / name, folder)
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"}
    subprocess.run(
        ["go", "build", "-o", "app", "."], cwd=folder, env=environment, check=True, timeout=100
    )
    return [folder / "app", str(port)]


def oauth2_proxy(folder: Path, port: int, take: Take) -> list[str | Path]:
    """In front of an upstream that says nothing but 200."""
    return [
        *("sh", "-c"),
        f'exec {FOREIGN}/go/bin/oauth2-proxy --config {take("oauth2-proxy.cfg")} --client-id "$CLIENT_ID" '
        f'--client-secret "$CLIENT_SECRET" --cookie-secret {secrets.token_hex(16)} --cookie-secure=false '
        f"--http-address 127.0.0.1:{port} --upstream static://200 --skip-provider-button --set-xauthrequest",
    ]


def apache(folder: Path, port: int, take: Take) -> list[str | Path]:
    modules = "/usr/lib/apache2/modules"
    names = ("mpm_event", "authz_core", "authz_user", "authn_core", "auth_openidc", "env")
    names = (*names, "headers", "dir")
    loaded = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in names)
    whole = folder / "whole.conf"
    whole.write_text(
        f"{loaded}ServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\nErrorLog /dev/stderr\nUser www-data\nGroup www-data\n"
        f"DocumentRoot /usr/share/apache2/default-site\nFallbackResource /index.html\n"
        f'Header always set X-Email "%{{OIDC_CLAIM_email}}e"\n'
        f"Include {take('openidc.conf')}\n"
    )
    return [shutil.which("apache2") or "/usr/sbin/apache2", "-f", whole, "-DFOREGROUND"]


def ruby(folder: Path, port: int, take: Take) -> list[str | Path]:
    take("omniauth.rb")
    return ["ruby", FOREIGN / "ruby/app.rb", str(port)]


APPLICATIONS = {
    "spring": Application(
        spring,
        "/login/oauth2/code/satsuma",
        "/oauth2/authorization/satsuma",
        library="Spring Security",
    ),
    "authjs": Application(
        on_node("authjs.mjs", "authjs_app.mjs"),
        "/auth/callback/satsuma",
        "/auth/signin",
        refreshes=False,
        library="Auth.js",
    ),
    "passport": Application(on_node("passport.mjs", "passport_app.mjs"), library="passport-oauth2"),
    "openid-client": Application(on_node("openid_client.mjs", "openid_client_app.mjs")),
    "appauth": Application(
        on_node("appauth.mjs", "appauth_app.mjs"), options={"public": True}, library="AppAuth"
    ),
    "authlib": Application(authlib, library="Authlib"),
    "allauth": Application(
        on_django("allauth"),
        "/accounts/oidc/satsuma/login/callback/",
        "/accounts/oidc/satsuma/login/",
        refreshes=False,
    ),
    "mozilla": Application(
        on_django("mozilla"), "/oidc/callback/", "/oidc/authenticate/", refreshes=False
    ),
    "go": Application(golang, library="x/oauth2"),
    "oauth2-proxy": Application(oauth2_proxy, "/oauth2/callback", "/", refreshes=False),
    "mod_auth_openidc": Application(apache, "/private/callback", "/private/", refreshes=False),
    "omniauth": Application(ruby, "/auth/satsuma/callback", "/auth/satsuma"),
}


@contextlib.contextmanager
def running_application(
    name: str, issuer: Server, folder: Path, change: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Start an application by the page's settings, or by those settings changed; gives its address."""
    chosen, port = APPLICATIONS[name], free_port()
    address = f"http://127.0.0.1:{port}"
    made = new_client(issuer, redirect_uris=(address + chosen.callback,), **chosen.options)
    put = {ISSUER: issuer.api_url, APP: address, **(change or {})}
    environment = {
        "CLIENT_ID": made.client_id,
        "CLIENT_SECRET": made.client_secret,
        "PASSPHRASE": secrets.token_hex(16),
        "HOME": str(folder),
        "AUTHLIB_INSECURE_TRANSPORT": "1",
        "OAUTHLIB_INSECURE_TRANSPORT": "1",
    }
    command = chosen.command(folder, port, lambda file: take_file(PAGE, file, folder, put))
    with program(command, port, folder, environment):
        yield address


def follow(browser: requests.Session, url: str, until: str) -> requests.Response | str:
    """Follow redirects inside the application; give the address that leads to `until`, or the last answer."""
    for _ in range(10):
        answer = browser.get(url, allow_redirects=False, timeout=30)
        if answer.status_code not in (301, 302, 303, 307):
            return answer
        url = urllib.parse.urljoin(url, answer.headers["Location"])
        if url.startswith(until):
            return url
    raise AssertionError(f"redirected for ever: {url}")


def begin(issuer: Server, browser: requests.Session, start: str) -> str:
    """Begin a login at the application; give the address at the issuer that it leads to."""
    url = follow(browser, start, issuer.api_url)
    if isinstance(url, requests.Response) and "csrfToken" in url.text:
        url = press_sign_in(browser, url, issuer)
    assert isinstance(url, str), url.text[:2000]
    return url


def log_in(issuer: Server, browser: requests.Session, start: str, email: str) -> requests.Response:
    """Log in at the application, at the issuer's pages, and come back."""
    url = begin(issuer, browser, start)
    assert "code_challenge_method=S256" in url
    agent = Agent(issuer)
    page = agent.log_in(agent.open(url), email, PASSWORD)
    if not page.left:
        page = agent.send(page, decision="allow")
    assert page.left, page.text[:2000]
    answer = follow(browser, page.url, issuer.api_url)
    assert isinstance(answer, requests.Response), answer
    return answer


def press_sign_in(browser: requests.Session, page: requests.Response, issuer: Server) -> str:
    """Auth.js begins by a form with its own token."""
    origin = page.url.partition("/auth/")[0]
    token = browser.get(f"{origin}/auth/csrf", timeout=30).json()["csrfToken"]
    answer = browser.post(
        f"{origin}/auth/signin/satsuma",
        data={"csrfToken": token, "callbackUrl": f"{origin}/"},
        allow_redirects=False,
        timeout=30,
    )
    url = answer.headers["Location"]
    assert url.startswith(issuer.api_url), url
    return url


@pytest.mark.parametrize("name", APPLICATIONS)
@pytest.mark.spec("OIDC Core §3.1")
def test_a_library_logs_a_user_in_as_the_page_says(
    name: str, issuer: Server, relay: Relay, tmp_path: Path
) -> None:
    person = new_person(issuer)
    relay.sent.clear()
    with (
        running_application(name, issuer, tmp_path) as address,
        requests.Session() as browser,
    ):
        answer = log_in(issuer, browser, address + APPLICATIONS[name].login, person.email)
        assert answer.status_code == 200, answer.text[:2000]
        assert who(answer, browser, address, name) == person.email
        if APPLICATIONS[name].refreshes:
            assert answer.json()["refreshed"] is True
    assert proofs(relay) == {in_the_guide(APPLICATIONS[name].library or name)}


def proofs(relay: Relay) -> set[str]:
    """How the token requests proved who sent them."""
    found = set()
    for request in relay.requests(b"POST /token "):
        head, _, body = request.partition(b"\r\n\r\n")
        basic = re.search(rb"(?i)\r\nauthorization: basic ", head)
        post = b"client_secret=" in body
        assert not (basic and post)
        found.add("client_secret_basic" if basic else "client_secret_post" if post else "none")
    return found


def in_the_guide(library: str) -> str:
    """How the guide's table says that a library proves itself."""
    rows = re.findall(r"^\| (.+?) \| .*? \| (.+?) \|", (ROOT / GUIDE).read_text(), re.MULTILINE)
    (said,) = [proof for name, proof in rows if library in name]
    return str(said).partition(":")[0].partition(" (")[0].strip("`")


def who(answer: requests.Response, browser: requests.Session, address: str, name: str) -> str:
    if name == "mod_auth_openidc":
        return str(answer.headers["X-Email"])
    if name == "oauth2-proxy":
        found = browser.get(f"{address}/oauth2/userinfo", timeout=30).json()
        return str(found["email"])
    return str(answer.json()["email"])


# The setting that the page names, and what a library does by itself without it.
WITHOUT_PKCE = {
    "passport": ("  pkce: true, // S256\n", ""),
    "authlib": (', "code_challenge_method": "S256"', ""),
    "allauth": ('        "OAUTH_PKCE_ENABLED": True,\n', ""),
    "mozilla": ("OIDC_USE_PKCE = True\n", ""),
    "oauth2-proxy": ('code_challenge_method = "S256"\n', ""),
    "mod_auth_openidc": ("OIDCPKCEMethod S256\n", ""),
    "omniauth": ("  option :pkce, true\n", ""),
}


def check_asked_for_pkce(issuer: Server, url: str) -> None:
    """The issuer sends the browser back, and tells the application what was missing."""
    assert "code_challenge" not in url
    page = Agent(issuer).open(url)
    assert page.left
    assert page.query["error"] == "invalid_request"
    assert "code_challenge" in page.query["error_description"]


@pytest.mark.parametrize("name", WITHOUT_PKCE)
@pytest.mark.spec("RFC 9700 §2.1.1")
def test_a_library_without_the_setting_is_told_what_is_missing(
    name: str, issuer: Server, tmp_path: Path
) -> None:
    shown, without = WITHOUT_PKCE[name]
    assert shown in (ROOT / PAGE).read_text()
    with (
        running_application(name, issuer, tmp_path, {shown: without}) as address,
        requests.Session() as browser,
    ):
        check_asked_for_pkce(issuer, begin(issuer, browser, address + APPLICATIONS[name].login))


def test_passport_openidconnect_knows_no_pkce_and_is_told_or_let_off(
    issuer: Server, tmp_path: Path
) -> None:
    with (
        running_application("passport", issuer, tmp_path) as address,
        requests.Session() as browser,
    ):
        url = begin(issuer, browser, f"{address}/without-pkce")
        check_asked_for_pkce(issuer, url)
        client_id = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["client_id"][0]
        issuer.manage(lambda c: change_application(c, client_id, {"pkce": Edit("optional")}))
        wait_until(lambda: "/login" in Agent(issuer).open(url).url, 1)


def token_requests(issuer: Server) -> int:
    found = re.findall(
        r'satsuma_requests_total\{endpoint="standard/token",status="200"\} (\d+)',
        issuer.request("GET", "/metrics").body.decode(),
    )
    return sum(map(int, found))


def test_oauth2_proxy_refreshes(issuer: Server, tmp_path: Path) -> None:
    person, change = new_person(issuer), {'["*"]\n': '["*"]\ncookie_refresh = "1s"\n'}
    with (
        running_application("oauth2-proxy", issuer, tmp_path, change) as address,
        requests.Session() as browser,
    ):
        assert log_in(issuer, browser, f"{address}/", person.email).status_code == 200
        before = token_requests(issuer)

        def has_refreshed() -> bool:
            assert browser.get(f"{address}/", timeout=30).status_code == 200
            return token_requests(issuer) > before

        wait_until(has_refreshed, 20, interval=0.2)


def test_each_setting_of_the_page_is_one_that_runs() -> None:
    blocks = read_blocks((ROOT / PAGE).read_text())
    here = Path(__file__).read_text()
    named = [block.words for block in blocks if block.kind == "file"]
    assert len(named) == len(APPLICATIONS)
    for name in named:
        assert re.search(rf"""["']{name.removesuffix("_settings.py")}["']""", here), name
