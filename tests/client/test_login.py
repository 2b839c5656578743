"""Logins against the platform: in two halves, by the loopback address, by a pasted address; and what must not pass."""

import io
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from satsuma.testing import Application, SatsumaServer, User, running
from satsuma_client import AuthorizationCode, FileCache, MemoryCache, OAuthError
from satsuma_client.client.login import (
    LoginExpired,
    NotALoginAnswer,
    PendingLogin,
    WrongIssuer,
    WrongState,
)
from satsuma_client.http.clock import Moment, system_clock
from satsuma_client.http.errors import AccessDenied, LoginRequired, NotOAuth

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
def platform() -> Any:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def application(platform: SatsumaServer) -> Application:
    return platform.application(
        redirect_uris=[CALLBACK], default_scopes=["openid", "email", "offline_access"]
    )


@pytest.fixture(scope="module")
def user(platform: SatsumaServer) -> User:
    return platform.user("ada@people.example")


def client(platform: SatsumaServer, application: Application, **more: Any) -> AuthorizationCode:
    more.setdefault("cache", MemoryCache())
    more.setdefault("scope", "openid email offline_access")
    return AuthorizationCode.discover(
        platform.issuer().url, application.client_id, application.client_secret, **more
    )


@pytest.fixture(scope="module")
def native(platform: SatsumaServer) -> Application:
    return platform.application(
        redirect_uris=[CALLBACK],
        public=True,
        default_scopes=["openid", "email", "offline_access"],
    )


@pytest.fixture
def program(platform: SatsumaServer, native: Application) -> AuthorizationCode:
    """A program on the person's own machine: no secret, and any port of the loopback address."""
    return client(platform, native)


@pytest.fixture
def auth(platform: SatsumaServer, application: Application) -> AuthorizationCode:
    return client(platform, application)


def answered(platform: SatsumaServer, user: User, url: str, *, allow: bool = True) -> str:
    return platform.authorize(url, user, allow=allow)


@pytest.mark.spec("RFC 6749 §4.1", "RFC 6749 §4.1.1", "RFC 6749 §4.1.3", "OIDC Core §3.1.3")
def test_a_login_in_two_halves(
    platform: SatsumaServer, auth: AuthorizationCode, user: User
) -> None:
    with pytest.raises(LoginRequired):
        auth.token()
    url, pending = auth.begin(CALLBACK)
    again = PendingLogin.parse(pending.render())
    assert again == pending
    done = auth.finish(answered(platform, user, url), pending)
    person = auth.userinfo()
    assert person["email"] == user.email
    assert done.subject == person["sub"]
    assert auth.introspect()["active"] is True
    first = auth.token()
    auth.drop(auth._slot.held)  # type: ignore[arg-type]
    assert auth.token().access_token != first.access_token
    auth.revoke()
    with pytest.raises(LoginRequired):
        auth.token()


def test_another_process_with_the_cache_is_logged_in(
    platform: SatsumaServer, application: Application, user: User, tmp_path: Any
) -> None:
    first = client(platform, application, cache=FileCache(tmp_path))
    url, pending = first.begin(CALLBACK)
    first.finish(answered(platform, user, url), pending)
    second = client(platform, application, cache=FileCache(tmp_path))
    assert second.token().access_token == first.token().access_token
    third = client(platform, application, cache=FileCache(tmp_path), subject="somebody else")
    with pytest.raises(LoginRequired):
        third.token()


def tampered(url: str, **changed: str | None) -> str:
    parts = urlsplit(url)
    sent = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return f"{CALLBACK}?" + urlencode({name: text for name, text in sent.items() if text})


@pytest.mark.spec("RFC 6749 §10.12", "RFC 9207 §2.4", "RFC 6749 §4.1.2")
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"state": "another"}, WrongState),
        ({"state": None}, WrongState),
        ({"iss": "https://evil.example"}, WrongIssuer),
        ({"iss": None}, WrongIssuer),
        ({"code": None}, NotALoginAnswer),
        ({"error": "access_denied"}, NotALoginAnswer),
        ({"code": None, "error": "access_denied"}, AccessDenied),
        ({"code": None, "error": "access_denied", "state": "another"}, WrongState),
        ({"code": "another"}, OAuthError),
    ],
)
def test_an_answer_that_is_not_to_this_login(
    platform: SatsumaServer,
    auth: AuthorizationCode,
    user: User,
    changed: dict[str, str | None],
    kind: type[OAuthError],
) -> None:
    url, pending = auth.begin(CALLBACK)
    came = answered(platform, user, url)
    with pytest.raises(kind):
        auth.finish(tampered(came, **changed), pending)
    with pytest.raises(LoginRequired):
        auth.token()


def test_an_answer_that_comes_too_late(
    platform: SatsumaServer, auth: AuthorizationCode, user: User
) -> None:
    url, pending = auth.begin(CALLBACK)
    old = replace(pending, began=pending.began - 601)
    with pytest.raises(LoginExpired):
        auth.finish(answered(platform, user, url), old)


@pytest.mark.spec("RFC 7636 §4.3", "OIDC Core §3.1.3.7")
def test_a_code_of_another_login_is_not_taken(
    platform: SatsumaServer, auth: AuthorizationCode, user: User
) -> None:
    """Someone slips in his own code: state is that of the victim, the verifier is not that of the code."""
    _, pending = auth.begin(CALLBACK)
    theirs, _ = auth.begin(CALLBACK)
    came = answered(platform, user, theirs)
    with pytest.raises(OAuthError, match="invalid_grant"):
        auth.finish(tampered(came, state=pending.state), pending)


def test_a_nonce_of_another_login_is_not_taken(
    platform: SatsumaServer, auth: AuthorizationCode, user: User
) -> None:
    url, pending = auth.begin(CALLBACK)
    with pytest.raises(NotOAuth, match="nonce"):
        auth.finish(answered(platform, user, url), replace(pending, nonce="another"))
    with pytest.raises(LoginRequired):
        auth.token()


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
def test_where_to_log_out(platform: SatsumaServer, auth: AuthorizationCode, user: User) -> None:
    url, pending = auth.begin(CALLBACK)
    auth.finish(answered(platform, user, url), pending)
    to = urlsplit(auth.logout_url("https://app.example/bye") or "")
    sent = parse_qs(to.query)
    assert set(sent) == {"client_id", "id_token_hint", "post_logout_redirect_uri"}


class Terminal:
    """A login in a thread, what it said, and how it ended."""

    def __init__(self, auth: AuthorizationCode, **how: Any) -> None:
        self.said: queue.Queue[str] = queue.Queue()
        self.outcome: Any = None
        how = {"open_browser": False, "say": self.said.put, "wait": 30, **how}
        self.thread = threading.Thread(target=self._run, args=[auth, how])
        self.thread.start()
        found = re.search(r"http\S+", self.said.get(timeout=10))
        assert found is not None
        self.url = found[0]

    def _run(self, auth: AuthorizationCode, how: dict[str, Any]) -> None:
        try:
            self.outcome = auth.login(**how)
        except OAuthError as error:
            self.outcome = error

    def end(self) -> Any:
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self.outcome


def visit(url: str) -> tuple[int, str, str]:
    """What a browser ends at: status, address and page."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.url, error.read().decode()


@pytest.mark.spec("RFC 8252 §7.3", "RFC 8252 §8.3")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_browser_comes_back_to_this_machine(
    platform: SatsumaServer, program: AuthorizationCode, user: User, host: str
) -> None:
    terminal = Terminal(program)
    came = answered(platform, user, terminal.url)
    status, address, page = visit(came.replace("127.0.0.1", host, 1))
    assert terminal.end().claims["email"] == user.email
    assert status == 200
    assert "code" not in address
    assert "state" not in address
    assert user.email in page
    assert platform.issuer().url in page
    assert program.token().access_token


@pytest.mark.parametrize(
    ("change", "title", "kind"),
    [
        ({"code": None, "error": "access_denied"}, "You said no", AccessDenied),
        ({"state": "another"}, "The login did not work", WrongState),
        ({"iss": "https://evil.example"}, "The login did not work", WrongIssuer),
    ],
)
def test_the_page_says_what_went_wrong(
    platform: SatsumaServer,
    program: AuthorizationCode,
    user: User,
    change: dict[str, str | None],
    title: str,
    kind: type[OAuthError],
) -> None:
    terminal = Terminal(program)
    came = answered(platform, user, terminal.url)
    port = urlsplit(came).port
    spoiled = tampered(came, **change).replace("127.0.0.1", f"127.0.0.1:{port}", 1)
    status, _, page = visit(spoiled)
    assert status == 400 or kind is AccessDenied
    assert f"<h1>{title}</h1>" in page
    if kind is WrongState:  # somebody else's answer ends no login
        assert visit(came)[0] == 200
        assert terminal.end().subject
    else:
        assert isinstance(terminal.end(), kind)


def test_what_a_stranger_puts_into_the_page_is_text(program: AuthorizationCode) -> None:
    terminal = Terminal(program)
    sent = parse_qs(urlsplit(terminal.url).query)
    hostile = "<script>alert(1)</script>"
    query = urlencode(
        {
            "error": hostile,
            "error_description": hostile,
            "state": sent["state"][0],
            "iss": program.metadata.issuer,
        }
    )
    status, _, page = visit(f"{sent['redirect_uri'][0]}?{query}")
    assert status == 400
    assert hostile not in page
    assert isinstance(terminal.end(), OAuthError)


def test_other_requests_to_the_loopback_address_end_no_login(
    platform: SatsumaServer, program: AuthorizationCode, user: User
) -> None:
    terminal = Terminal(program)
    came = answered(platform, user, terminal.url)
    base = came.partition("/callback")[0]
    assert visit(f"{base}/favicon.ico")[0] == 404
    assert visit(f"{base}/callback")[0] == 404
    assert visit(f"{base}/done")[0] == 404
    foreign = urllib.request.Request(came, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(foreign, timeout=10)
    assert visit(came)[0] == 200
    assert terminal.end().claims["email"] == user.email


def test_the_address_is_pasted_over_ssh(
    platform: SatsumaServer, program: AuthorizationCode, user: User
) -> None:
    class Typing:
        def __init__(self) -> None:
            self.lines: queue.Queue[str] = queue.Queue()

        def __iter__(self) -> Any:
            return iter(self.lines.get, "")

    typing = Typing()
    terminal = Terminal(program, paste=typing)
    typing.lines.put("\n")
    typing.lines.put(answered(platform, user, terminal.url) + "\n")
    began = time.monotonic()
    assert terminal.end().claims["email"] == user.email
    assert time.monotonic() - began < 4
    typing.lines.put("")


def test_nobody_comes_back(program: AuthorizationCode) -> None:
    terminal = Terminal(program, wait=0.2, paste=io.StringIO(""))
    assert isinstance(terminal.end(), LoginExpired)


def test_a_redirect_uri_is_needed(auth: AuthorizationCode) -> None:
    with pytest.raises(ValueError, match="redirect_uri"):
        auth.begin()


@pytest.mark.spec("OIDC Core §5.3.2")
def test_userinfo_of_another_person_is_not_believed(
    platform: SatsumaServer, application: Application, user: User
) -> None:
    def lying(request: Any) -> Any:
        answer = sending(request)
        if request.url == platform.issuer().userinfo_url:
            return replace(answer, body=json.dumps({"sub": "another"}).encode())
        return answer

    from satsuma_client.http.transport import ByUrllib

    sending = ByUrllib()
    auth = client(platform, application, transport=lying)
    url, pending = auth.begin(CALLBACK)
    auth.finish(answered(platform, user, url), pending)
    with pytest.raises(NotOAuth, match="another person"):
        auth.userinfo()


@pytest.mark.parametrize("what", ["keys away", "keys are a page", "other algorithms"])
def test_what_cannot_be_verified_is_a_typed_error_and_nobody_waits(
    platform: SatsumaServer, native: Application, user: User, what: str
) -> None:
    from satsuma_client.http.transport import ByUrllib, HttpResponse

    sending = ByUrllib()

    def spoiling(request: Any) -> Any:
        if request.url == platform.issuer().jwks_url and what != "other algorithms":
            status = 503 if what == "keys away" else 200
            return HttpResponse(status, (), b"<html>")
        return sending(request)

    auth = client(platform, native, transport=spoiling)
    if what == "other algorithms":
        algorithms = ("HS256", "none", "RS1")
        auth.metadata = replace(auth.metadata, id_token_signing_alg_values_supported=algorithms)
    terminal = Terminal(auth)
    status, _, page = visit(answered(platform, user, terminal.url))
    assert status == 400
    assert "The login did not work" in page
    assert isinstance(terminal.end(), NotOAuth)


def test_logout_says_what_the_server_did_not_do(
    platform: SatsumaServer, application: Application, user: User
) -> None:
    from satsuma_client.http.transport import ByUrllib, HttpResponse

    sending, away = ByUrllib(), [True]

    def failing(request: Any) -> Any:
        if request.url == platform.issuer().revocation_url and away:
            away.pop()
            return HttpResponse(503)
        return sending(request)

    auth = client(platform, application, transport=failing)
    url, pending = auth.begin(CALLBACK)
    auth.finish(answered(platform, user, url), pending)
    token = auth.token()
    with pytest.raises(OAuthError):
        auth.revoke()
    assert auth.token() == token
    auth.revoke()
    with pytest.raises(LoginRequired):
        auth.token()


def test_who_logs_in_is_who_calls(
    platform: SatsumaServer, application: Application, user: User
) -> None:
    """A refresh of the person before, which is under way when another logs in, is let go."""
    from satsuma_client.http.transport import ByUrllib

    sending, held, go = ByUrllib(), threading.Event(), threading.Event()

    def slow(request: Any) -> Any:
        answer = sending(request)
        if request.body and b"refresh_token" in request.body:
            held.set()
            assert go.wait(10)
        return answer

    auth = client(platform, application, transport=slow)
    url, pending = auth.begin(CALLBACK)
    auth.finish(answered(platform, user, url), pending)
    auth.drop(auth.held())
    found: list[str] = []
    waiting = threading.Thread(target=lambda: found.append(auth.token().access_token.reveal()))
    waiting.start()
    assert held.wait(10)
    bob = platform.user()
    url, pending = auth.begin(CALLBACK)
    auth.finish(answered(platform, bob, url), pending)
    go.set()
    waiting.join()
    assert auth.userinfo()["email"] == bob.email
    assert found == [auth.token().access_token.reveal()]


def test_a_clock_that_is_an_hour_off_logs_in_all_the_same(
    platform: SatsumaServer, application: Application, user: User
) -> None:
    def late() -> Moment:
        now = system_clock()
        return Moment(now.wall - 3600, now.monotonic)

    auth = client(platform, application, clock=late)
    url, pending = auth.begin(CALLBACK)
    assert auth.finish(answered(platform, user, url), pending).subject
