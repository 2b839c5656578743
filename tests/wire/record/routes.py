"""Every route of the route table, by every method, with no, wrong and right credentials."""

import asyncio
import base64
import json
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import structlog

from satsuma.app.pages import build_pages
from satsuma.app.serving import opened_platform
from satsuma.app.settings import load_settings
from satsuma.app.surfaces import build_application
from tests.oauth.agent import Agent, Page
from tests.signin.browser import beside
from tests.wire.record.database import ORIGIN, PASSWORD, PERSON, REDIRECT, known
from tests.wire.record.server import Recorder
from tests.wire.server import FORM

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
CREDENTIALS = ("no", "wrong", "right")
GATEWAY = ("/poi/v1/shops", "/sandbox/v1/resource", "/old/v1/x", "/nothing/v1/x")
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_LETTER = "ask-for-a-link"
_FORMS_OF = {
    "/account/sessions": "/account",
    "/account/sessions/end": "/account",
    "/account/language": "/account",
}
_VALUES = {
    "email": "new-address@record.example",
    "password": PASSWORD,
    "new_password": "a quite different pass phrase",
    "locale": "fr",
    "language": "fr",
}


def table() -> tuple[list[str], list[tuple[str, str]]]:
    """Give the paths on the API surface, and the method and path of each page."""
    with tempfile.TemporaryDirectory() as folder:
        found: tuple[list[str], list[tuple[str, str]]] = beside(asyncio.run, _table(Path(folder)))
        return found


async def _table(folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    chosen = {"database": f"sqlite:///{folder / 'routes.db'}", "mode": "production"}
    settings = load_settings(None, {}, chosen)
    async with opened_platform(settings, structlog.get_logger(), None) as platform:
        build_application(platform)
        api = sorted(path.decode() for path in platform.table.routes)
        pages = sorted(
            (method, route.path)
            for route in build_pages(platform).app.app.routes
            for method in route.methods or ()
            if method != "HEAD"
        )
        return api, pages


def play(recorder: Recorder) -> None:
    """Send everything of this file."""
    api, pages = table()
    tokens = _tokens(recorder)
    for path in (*api, *GATEWAY):
        for method in METHODS:
            for credentials in CREDENTIALS:
                _ask_api(recorder, path, method, credentials, tokens)
    for method, path in pages:
        for credentials in CREDENTIALS:
            _ask_page(recorder, path, method, credentials)


def basic(name: str, secret: str | None = None) -> str:
    """Give the Basic header of a known application or API."""
    one = known()[name]
    pair = f"{one['id']}:{one['secret'] if secret is None else secret}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _tokens(recorder: Recorder) -> dict[str, str]:
    """Get a token for each path that wants one: a person's for userinfo, a machine's for APIs."""
    fields = {"Content-Type": FORM, "Accept": "application/json", "Authorization": basic("machine")}
    found = {}
    for issuer in ("/oauth/v3", "/openidconnect/fr/v1", ""):
        grant = "grant_type=client_credentials"
        response, text = recorder.ask(None, "POST", f"{issuer}/token", fields, grant)
        if response.status == 200:
            found[issuer] = json.loads(text)["access_token"]
    for issuer in ("/openidconnect/fr/v1", ""):
        found[f"person {issuer}"] = person_token(recorder, issuer)["access_token"]
    return found


def authorize_path(issuer: str, client: str = "web", **more: str) -> str:
    """Give the path of an authorization request."""
    asked = {
        "response_type": "code",
        "client_id": known()[client]["id"],
        "scope": "openid",
        "redirect_uri": REDIRECT,
        "state": "a state, with spaces & signs",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | more
    return f"{issuer}/authorize?{urllib.parse.urlencode(asked)}"


def person_token(recorder: Recorder, issuer: str) -> dict[str, Any]:
    """Log in and allow, without keeping an answer; gives what the token endpoint gave."""
    agent = Agent(recorder)
    page = agent.open(recorder.api_url + authorize_path(issuer))
    page = agent.log_in(page, PERSON, PASSWORD)
    if not page.left:
        page = agent.send(page, decision="allow")
    code = page.query["code"]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    body = urllib.parse.urlencode(fields | {"code_verifier": VERIFIER})
    headers = {"Content-Type": FORM, "Authorization": basic("web")}
    answer: dict[str, Any] = json.loads(
        recorder.ask(None, "POST", f"{issuer}/token", headers, body)[1]
    )
    return answer


def _ask_api(
    recorder: Recorder, path: str, method: str, credentials: str, tokens: dict[str, str]
) -> None:
    issuer, _, last = path.rpartition("/")
    fields, body, target = {"Accept": "application/json"}, None, path
    bearer = tokens.get(f"person {issuer}", tokens["person /openidconnect/fr/v1"])
    if path in GATEWAY or last == "check":
        bearer = tokens["/oauth/v3"]
        fields["X-Original-URI"] = "/poi/v1/shops"
    if last in ("token", "revoke", "introspect"):
        right, wrong = basic("machine"), basic("machine", "wrong")
    else:
        right, wrong = f"Bearer {bearer}", "Bearer nothing"
    if credentials != "no":
        fields["Authorization"] = right if credentials == "right" else wrong
    if last in ("authorize", "logout") and credentials != "no":
        del fields["Authorization"]
        client = "web" if credentials == "right" else "revoked"
        target = path + authorize_path("", client).removeprefix("/authorize")
    if method == "OPTIONS":
        fields |= {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    if method in ("POST", "PUT"):
        fields["Content-Type"] = FORM
        body = {"token": "grant_type=client_credentials"}.get(last, f"token={tokens['/oauth/v3']}")
        if last == "revoke":
            body = "token=nothing-that-we-know"
    recorder.ask(f"{method} {credentials} {path}", method, target, fields, body)


def _ask_page(recorder: Recorder, path: str, method: str, credentials: str) -> None:
    name = f"{method} {credentials} page {path}"
    target = path.replace("{token}", _LETTER).replace("{slug}", "secret-wrong")
    target = target.replace("{digest}/{name}", "nothing/nothing.css").replace("{mail_id}", "1")
    fields = {"Accept": "text/html", "Accept-Language": "en"}
    agent = Agent(recorder)
    if credentials == "wrong":
        agent.cookies = {"satsuma-session": "nothing", "__Host-satsuma-session": "nothing"}
    page = Page(recorder.pages_url + target)
    if credentials == "right":
        login = agent.open(f"{recorder.pages_url}/login")
        agent.log_in(login, recorder.new_person(), PASSWORD)
        shown = _FORMS_OF.get(path, target)
        page = agent.open(recorder.pages_url + shown)
    if agent.cookies:
        fields["Cookie"] = "; ".join(f"{key}={value}" for key, value in agent.cookies.items())
    body = None
    if method == "POST":
        fields |= {"Content-Type": FORM, "Origin": recorder.pages_url}
        form = page.form().fields if "<form" in page.text else {}
        body = urllib.parse.urlencode({**form, **_VALUES})
    recorder.ask(name, method, target, fields, body, pages=True)
