"""What takes several steps: login, consent, code, refresh, logout, each answer kept, at both issuers with people."""

import json
import urllib.parse
from dataclasses import dataclass, field

from tests.oauth.agent import Agent, Page
from tests.wire.record.database import BLOCKED, ORIGIN, PASSWORD, REDIRECT, known
from tests.wire.record.routes import VERIFIER, authorize_path, basic
from tests.wire.record.server import Recorder
from tests.wire.server import FORM

ISSUERS = {"french": "/openidconnect/fr/v1", "standard": ""}
_SCOPE = {"french": "openid profile_sandbox", "standard": "openid profile email offline_access"}


@dataclass
class KeepingAgent(Agent):
    """A browser each of whose answers is kept under the name of the flow and a number."""

    flow: str = ""
    seen: list[str] = field(default_factory=list)

    def _fetch(
        self, method: str, url: str, fields: dict[str, str] | None, referrer: str | None
    ) -> Page:
        page = super()._fetch(method, url, fields, referrer)
        recorder = self.server
        assert isinstance(recorder, Recorder)
        self.seen.append(url)
        name = f"{self.flow} {len(self.seen):02} {method} {urllib.parse.urlsplit(url).path}"
        if page.headers is not None:
            recorder.keep(name, page.status, list(page.headers.items()), page.text)
        else:
            recorder.keep(name, 0, [("left to", page.url)], "")
        return page


def play(recorder: Recorder) -> None:
    """Take every flow."""
    for name, issuer in ISSUERS.items():
        _whole(recorder, name, issuer)
        _refused(recorder, name, issuer)
        _clients(recorder, name, issuer)
    _token_requests(recorder)
    _account(recorder)


def _post(
    recorder: Recorder, name: str, path: str, fields: dict[str, str], *client: str, **more: str
) -> str:
    headers = {"Content-Type": FORM, "Accept": "application/json"} | more
    if client:
        headers["Authorization"] = basic(*client)
    return recorder.ask(name, "POST", path, headers, urllib.parse.urlencode(fields))[1]


def _allowed(
    recorder: Recorder, flow: str, issuer: str, email: str, client: str = "web", **more: str
) -> tuple[str, KeepingAgent]:
    agent = KeepingAgent(recorder, flow=flow)
    page = agent.open(recorder.api_url + authorize_path(issuer, client, **more))
    page = agent.log_in(page, email, PASSWORD)
    if not page.left:
        page = agent.send(page, decision="allow")
    return page.query["code"], agent


def _redemption(code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }


def _whole(recorder: Recorder, name: str, issuer: str) -> None:
    email = recorder.new_person()
    code, agent = _allowed(recorder, f"{name} whole", issuer, email, scope=_SCOPE[name])

    def post(step: str, path: str, fields: dict[str, str], client: str = "web") -> str:
        return _post(recorder, f"{name} whole, {step}", f"{issuer}{path}", fields, client)

    post("code of another client", "/token", _redemption(code), "es256")
    post("wrong verifier", "/token", _redemption(code) | {"code_verifier": "b" * 43})
    post("wrong redirect_uri", "/token", _redemption(code) | {"redirect_uri": "https://x.example"})
    first = json.loads(post("redeem", "/token", _redemption(code)))
    refresh = {"grant_type": "refresh_token", "refresh_token": first.get("refresh_token", "none")}
    post("introspect the access token", "/introspect", {"token": first["access_token"]})
    post("introspect the refresh token", "/introspect", {"token": refresh["refresh_token"]})
    bearer = {"Authorization": f"Bearer {first['access_token']}", "Origin": ORIGIN}
    recorder.ask(f"{name} whole, userinfo", "GET", f"{issuer}/userinfo", bearer)
    post("refresh of another client", "/token", refresh, "es256")
    second = json.loads(post("refresh", "/token", refresh))
    post("refresh asked again", "/token", refresh)
    refresh["refresh_token"] = second.get("refresh_token", "none")
    post("narrower", "/token", refresh | {"scope": "openid"})
    post("wider", "/token", refresh | {"scope": "openid poi:write"})
    agent.open(recorder.api_url + authorize_path(issuer, scope=_SCOPE[name], prompt="none"))
    agent.open(recorder.api_url + authorize_path(issuer, scope=_SCOPE[name], prompt="login"))
    agent.open(f"{recorder.pages_url}/account/applications")
    query = {"id_token_hint": first.get("id_token", "none"), "post_logout_redirect_uri": REDIRECT}
    agent.open(f"{recorder.api_url}{issuer}/logout?{urllib.parse.urlencode(query)}")
    post("revoke another's", "/revoke", {"token": first["access_token"]}, "es256")
    post("revoke", "/revoke", {"token": refresh["refresh_token"]})
    post("introspect what is revoked", "/introspect", {"token": first["access_token"]})
    post("redeem what was used", "/token", _redemption(code))
    recorder.ask(f"{name} whole, userinfo when revoked", "GET", f"{issuer}/userinfo", bearer)


def _refused(recorder: Recorder, name: str, issuer: str) -> None:
    agent = KeepingAgent(recorder, flow=f"{name} refused")
    page = agent.open(recorder.api_url + authorize_path(issuer, ui_locales="fr"))
    wrong = agent.log_in(page, "nobody@record.example", "wrong")
    agent.log_in(wrong, BLOCKED, PASSWORD)
    page = agent.log_in(wrong, recorder.new_person(), PASSWORD)
    if not page.left:
        agent.send(page, decision="deny")
    for asked in (
        {"redirect_uri": "https://other.example/"},
        {"response_type": "token"},
        {"scope": "openid unheard-of"},
        {"scope": "\x01"},
        {"prompt": "none login"},
        {"response_mode": "fragment"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"max_age": "minus one"},
        {"request": "x"},
        {"request_uri": "x"},
        {"resource": "https://other.example/"},
        {"claims": "{"},
        {"state": "é" * 10},
    ):
        agent = KeepingAgent(recorder, flow=f"{name} asked {next(iter(asked.items()))!r:.60}")
        agent.open(recorder.api_url + authorize_path(issuer, **asked))
    for client in ("pending", "blocked", "revoked", "left"):
        KeepingAgent(recorder, flow=f"{name} by {client}").open(
            recorder.api_url + authorize_path(issuer, client)
        )


def _clients(recorder: Recorder, name: str, issuer: str) -> None:
    code, _ = _allowed(recorder, f"{name} public", issuer, recorder.new_person(), "public")
    public = {"client_id": known()["public"]["id"]}
    _post(recorder, f"{name} public, redeem", f"{issuer}/token", _redemption(code) | public)
    code, _ = _allowed(
        recorder, f"{name} es256", issuer, recorder.new_person(), "es256", nonce="n-0S6_WzA2Mj"
    )
    _post(recorder, f"{name} es256, redeem", f"{issuer}/token", _redemption(code), "es256")
    agent = KeepingAgent(recorder, flow=f"{name} form_post")
    page = agent.open(recorder.api_url + authorize_path(issuer, response_mode="form_post"))
    page = agent.log_in(page, recorder.new_person(), PASSWORD)
    if "decision" in page.text:
        agent.send(page, decision="allow")


def _token_requests(recorder: Recorder) -> None:
    grant = {"grant_type": "client_credentials"}
    machine = known()["machine"]
    body = {"client_id": machine["id"], "client_secret": machine["secret"]}
    for path in ("/oauth/v3/token", "/token"):

        def post(step: str, fields: dict[str, str], *client: str, path: str = path, **more: str):  # type: ignore[no-untyped-def]
            _post(recorder, f"POST {path}, {step}", path, fields, *client, **more)

        for client in ("pending", "blocked", "revoked", "left", "web", "api-poi"):
            post(client, grant, client)
        post("in the body", grant | body)
        post("both", grant | body, "machine")
        post("public", grant | {"client_id": known()["public"]["id"]})
        post("scope", grant | {"scope": "poi:read"}, "machine")
        post("too wide", grant | {"scope": "poi:read admin"}, "machine")
        post("malformed scope", grant | {"scope": 'a"b'}, "machine")
        post("resource", grant | {"resource": f"{recorder.api_url}/poi/v1"}, "machine")
        post("resource of another", grant | {"resource": "https://x.example"}, "machine")
        post("no grant", {}, "machine")
        post("password grant", {"grant_type": "password"}, "machine")
        post("html", grant, "machine", Accept="text/html")
        post("any", grant, "machine", Accept="*/*;q=0.1")
        post("json body", grant, "machine", **{"Content-Type": "application/json"})
        post("origin", grant, "web", Origin=ORIGIN)
        post("another origin", grant, "web", Origin="https://x.example")
        post("bearer", grant, Authorization="Bearer x")
        post("not base64", grant, Authorization="Basic %%%")
        post("own id", grant, "machine", **{"X-OAPI-Request-Id": "mine-12345678"})


def _account(recorder: Recorder) -> None:
    agent = KeepingAgent(recorder, flow="account", language="fr")
    email = recorder.new_person()
    page = agent.log_in(agent.open(f"{recorder.pages_url}/login"), email, PASSWORD)
    for path in ("", "/password", "/email", "/delete", "/applications", "/data"):
        page = agent.open(f"{recorder.pages_url}/account{path}")
    page = agent.open(f"{recorder.pages_url}/account/password")
    names = [each for each in page.form().fields if each != "csrf"]
    agent.send(page, **dict.fromkeys(names, "short"))
    page = agent.open(f"{recorder.pages_url}/account/email")
    agent.send(page, email="not an address", password=PASSWORD)
    page = agent.open(f"{recorder.pages_url}/account/delete")
    agent.send(page, password="wrong")
    page = agent.open(f"{recorder.pages_url}/account/delete")
    agent.send(page, password=PASSWORD)
    agent.open(f"{recorder.pages_url}/account")
