"""Logging people in to a web application, in each framework, against the platform."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from satsuma.testing import Application, SatsumaServer, User, running
from satsuma_client import AuthorizationCode, FileCache, Login
from satsuma_client.client.web.login import PENDING, PERSON, is_local
from tests.client.web_apps import FRAMEWORKS, App

CALLBACK = "http://localhost:1/callback"


@pytest.fixture(scope="module")
def platform() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture
def application(platform: SatsumaServer) -> Application:
    """One for each test: together they ask for more tokens than one may have in a minute."""
    return platform.application(redirect_uris=[CALLBACK])


@pytest.fixture(scope="module")
def user(platform: SatsumaServer) -> User:
    return platform.user("ada@people.example")


@pytest.fixture
def login(platform: SatsumaServer, application: Application, tmp_path: Path) -> Login:
    def auth_for(name: str) -> AuthorizationCode:
        return AuthorizationCode.discover(
            platform.issuer().url,
            application.client_id,
            application.client_secret,
            scope="openid email offline_access",
            subject=name,
            cache=FileCache(tmp_path),
        )

    return Login(auth_for)


@pytest.fixture(params=FRAMEWORKS, ids=lambda each: each.__name__)
def app(request: pytest.FixtureRequest, login: Login) -> App:
    made: App = request.param(login)
    return made


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def log_in(platform: SatsumaServer, app: App, user: User, query: str = "") -> tuple[int, str]:
    status, to, _ = app.get(f"/login{query}")
    assert status in (302, 303)
    status, where, page = app.get(local(platform.authorize(to, user)))
    assert status in (302, 303), page
    return status, where


def token(app: App) -> Any:
    return json.loads(app.get("/me")[2])["token"]


def test_logged_in_and_out(platform: SatsumaServer, app: App, user: User) -> None:
    assert token(app) is None
    status, where = log_in(platform, app, user, "?next=/me?a=b")
    assert (status, where) in ((302, "/me?a=b"), (303, "/me?a=b"))
    got = token(app)
    assert got
    status, to, _ = app.post("/logout")
    assert status in (302, 303)
    assert to.startswith(platform.issuer().end_session_url)
    assert token(app) is None
    with pytest.raises(Exception, match="no token"):
        platform.revoke(got + "x")


@pytest.mark.spec("RFC 9700 §4.11")
@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%0d%0aLocation:evil",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "",
    ],
)
def test_a_hostile_next_leads_home(
    platform: SatsumaServer, app: App, user: User, hostile: str
) -> None:
    from urllib.parse import quote

    _, where = log_in(platform, app, user, f"?next={quote(hostile, safe='')}")
    assert where == ("/%0d%0aLocation:evil" if hostile.startswith("/%0d") else "/")


@pytest.mark.parametrize("url", ["/", "/a", "/a?b=c#d", "/%0d%0aLocation:evil"])
def test_a_path_of_our_own_is_local(url: str) -> None:
    assert is_local(url)


def test_an_answer_without_a_login_is_refused(
    platform: SatsumaServer, app: App, user: User, login: Login
) -> None:
    """Another person's answer, slipped in, logs nobody in."""
    theirs: dict[str, Any] = {}
    url = login.begin(theirs, CALLBACK)
    status, _, page = app.get(local(platform.authorize(url, user)))
    assert status == 400
    assert "The login did not work" in page
    assert token(app) is None


def test_who_says_no_is_told_so(platform: SatsumaServer, app: App, user: User) -> None:
    _, to, _ = app.get("/login?prompt=consent")
    answer = platform.authorize(to, user, allow=False)
    if "error=" not in answer:
        pytest.fail(answer)
    status, _, page = app.get(local(answer))
    assert status == 200
    assert "You said no" in page


def test_an_answer_is_good_once(platform: SatsumaServer, app: App, user: User) -> None:
    _, to, _ = app.get("/login")
    answer = local(platform.authorize(to, user))
    assert app.get(answer)[0] in (302, 303)
    assert app.get(answer)[0] == 400
    assert token(app)


def test_two_tabs_may_log_in(platform: SatsumaServer, app: App, user: User) -> None:
    _, first, _ = app.get("/login?next=/first")
    _, second, _ = app.get("/login?next=/second")
    assert app.get(local(platform.authorize(first, user)))[1] == "/first"
    assert app.get(local(platform.authorize(second, user)))[1] == "/second"
    assert token(app)


def test_a_form_of_another_site_logs_nobody_out(
    platform: SatsumaServer, app: App, user: User, request: pytest.FixtureRequest
) -> None:
    log_in(platform, app, user)
    status, _, _ = app.post("/logout", **{"Sec-Fetch-Site": "cross-site"})
    if "django" not in request.node.name:  # whose own form token protects it
        assert status == 403
        assert token(app)
    assert app.get("/logout")[0] == 405


def test_a_login_draws_a_new_name(platform: SatsumaServer, user: User, login: Login) -> None:
    session: dict[str, Any] = {PERSON: "fixed by another", PENDING: "[]"}
    url = login.begin(session, CALLBACK)
    login.finish(session, urlsplit(platform.authorize(url, user)).query)
    assert session[PERSON] != "fixed by another"
    for begun in range(10):
        login.begin(session, CALLBACK, f"/{begun}")
    assert len(json.loads(session[PENDING])) == 3


def test_twenty_requests_at_expiry_are_one_refresh(
    platform: SatsumaServer, app: App, user: User, login: Login
) -> None:
    log_in(platform, app, user)
    first = token(app)
    (name,) = [each for each in login._kept if each]
    auth = login._kept[name]
    auth.drop(auth.held())
    before = len(refreshes(platform))
    found: list[str] = []
    barrier = threading.Barrier(20)

    def ask() -> None:
        barrier.wait()
        found.append(auth.token().access_token.reveal())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert found[0] != first
    assert token(app) == found[0]
    assert len(refreshes(platform)) == before + 1


def refreshes(platform: SatsumaServer) -> list[Any]:
    return [
        each
        for each in platform.requests
        if each.path == "/token" and each.form.get("grant_type") == "refresh_token"
    ]


def test_a_server_that_is_away_ends_no_logout(tmp_path: Path) -> None:
    session: dict[str, Any] = {}
    with running() as other:
        made = other.application(redirect_uris=[CALLBACK])
        person = other.user("bob@people.example")

        def auth_for(name: str) -> AuthorizationCode:
            return AuthorizationCode.discover(
                other.issuer().url,
                made.client_id,
                made.client_secret,
                subject=name,
                cache=FileCache(tmp_path),
            )

        login = Login(auth_for)
        came = other.authorize(login.begin(session, CALLBACK), person)
        login.finish(session, urlsplit(came).query)
        assert login.auth(session) is not None
        leaving = other.issuer().end_session_url
    assert login.logout(session).startswith(leaving)
    assert login.auth(session) is None
