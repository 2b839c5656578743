"""Servers that nobody here wrote: Authlib's and oidc-provider; twenty threads at once, one request a token's life."""

import json
import os
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from satsuma_client import ClientCredentials, MemoryCache, OAuthError, RefreshToken
from satsuma_client.http.clock import Moment, system_clock
from satsuma_client.http.errors import InvalidClient, InvalidGrant
from satsuma_client.http.transport import ByUrllib, HttpRequest, HttpResponse
from tests.client.authlib_server import CLIENT_ID, SECRET, Tokens, running_authlib_server
from tests.foreign.page import NODE, program
from tests.house.tree import ROOT
from tests.servers.process import free_port

THREADS = 20
OIDC = ROOT / "bench" / "peers" / "oidc"
OIDC_SECRET = "bench-secret-bench-secret"


class Later:
    """A clock that a test sets ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> Moment:
        now = system_clock()
        return Moment(now.wall + self.ahead, now.monotonic + self.ahead)


class Counted:
    """Every exchange with the token endpoint, counted as it is sent."""

    def __init__(self) -> None:
        self._sending, self._lock = ByUrllib(), threading.Lock()
        self.asked = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.url.endswith("/token"):
            with self._lock:
                self.asked += 1
        return self._sending(request)


def all_at_once(call: Any) -> list[Any]:
    """What each of the threads gets, released together; what one raises is raised here."""
    barrier = threading.Barrier(THREADS)

    def each(_: int) -> Any:
        barrier.wait(20)
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(each, range(THREADS)))


def call(auth: Any, url: str) -> Any:
    with auth.opener().open(url, timeout=20) as answer:
        return json.load(answer)


# ---- Authlib's server ----


@pytest.fixture
def authlib(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Tokens]]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with running_authlib_server() as running:
        yield running


def test_authlib_one_token_request_for_twenty_threads(authlib: tuple[str, Tokens]) -> None:
    url, tokens = authlib
    later = Later()
    auth = ClientCredentials(
        f"{url}/token", CLIENT_ID, SECRET, scope="read", cache=MemoryCache(), clock=later
    )
    for life in (1, 2):
        answers = all_at_once(lambda: call(auth, f"{url}/api"))
        assert answers == [{"data": "protected"}] * THREADS
        assert tokens.asked == ["client_credentials"] * life
        later.ahead += 864000


def test_authlib_refresh_with_rotation_for_twenty_threads(authlib: tuple[str, Tokens]) -> None:
    url, tokens = authlib
    later = Later()
    auth = RefreshToken(
        f"{url}/token", CLIENT_ID, tokens.login(), SECRET, cache=MemoryCache(), clock=later
    )
    for life in (1, 2, 3):
        answers = all_at_once(lambda: call(auth, f"{url}/api"))
        assert answers == [{"data": "protected"}] * THREADS
        assert tokens.asked == ["refresh_token"] * life
        later.ahead += 864000
    assert tokens.reused == 0


def test_authlib_a_token_that_it_revoked_is_renewed_once_for_all(
    authlib: tuple[str, Tokens],
) -> None:
    url, tokens = authlib
    later = Later()
    auth = RefreshToken(
        f"{url}/token", CLIENT_ID, tokens.login(), SECRET, cache=MemoryCache(), clock=later
    )
    all_at_once(lambda: call(auth, f"{url}/api"))
    tokens.kept[-1].access_token = "revoked"
    later.ahead += 60
    assert all_at_once(lambda: call(auth, f"{url}/api")) == [{"data": "protected"}] * THREADS
    assert len(tokens.asked) == 2
    assert tokens.reused == 0


def test_authlib_ends_the_login_of_those_that_share_no_cache(authlib: tuple[str, Tokens]) -> None:
    """What the tests above would meet, were there more than one request."""
    url, tokens = authlib
    first = tokens.login()
    each = [
        RefreshToken(f"{url}/token", CLIENT_ID, first, SECRET, cache=MemoryCache())
        for _ in range(THREADS)
    ]
    with pytest.raises(InvalidGrant):
        all_at_once(lambda: each.pop().token())
    assert tokens.reused > 0


def test_authlibs_refusals_are_ours_by_class(authlib: tuple[str, Tokens]) -> None:
    url, _ = authlib
    wrong = ClientCredentials(f"{url}/token", CLIENT_ID, "wrong", cache=MemoryCache())
    with pytest.raises(InvalidClient):
        wrong.token()
    over = RefreshToken(f"{url}/token", CLIENT_ID, "of-nobody", SECRET, cache=MemoryCache())
    with pytest.raises(InvalidGrant):
        over.token()


# ---- oidc-provider ----


@pytest.fixture(scope="module")
def oidc_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from oidc_provider("server.mjs", tmp_path_factory.mktemp("machine"), "opaque")


@pytest.fixture(scope="module")
def oidc_people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from oidc_provider("people.mjs", tmp_path_factory.mktemp("people"))


def oidc_provider(script: str, folder: Path, *words: str) -> Iterator[str]:
    port = free_port()
    command: list[str | Path] = [NODE, OIDC / script, str(port), *words]
    with program(command, port, folder, {"PATH": os.environ["PATH"]}):
        yield f"http://127.0.0.1:{port}"


def test_oidc_provider_one_token_request_for_twenty_threads(oidc_machine: str) -> None:
    later, counted = Later(), Counted()
    auth = ClientCredentials.discover(
        oidc_machine, "bench", OIDC_SECRET, cache=MemoryCache(), transport=counted, clock=later
    )
    for life in (1, 2):
        got = all_at_once(auth.token)
        assert len({each.access_token.reveal() for each in got}) == 1
        assert auth.introspect()["active"] is True
        assert counted.asked == life
        later.ahead += 864000


def test_oidc_provider_refresh_with_rotation_for_twenty_threads(oidc_people: str) -> None:
    given = f"{oidc_people}/bench/refresh-tokens?count=1&client=bench"
    with urllib.request.urlopen(given, timeout=20) as answer:
        (first,) = json.load(answer)
    later, counted = Later(), Counted()
    auth = RefreshToken(
        f"{oidc_people}/token",
        "bench",
        first,
        OIDC_SECRET,
        cache=MemoryCache(),
        transport=counted,
        clock=later,
    )
    for life in (1, 2, 3):
        people = all_at_once(lambda: call(auth, f"{oidc_people}/me"))
        assert {each["sub"] for each in people} == {"sub_bench0123456789abcdef"}
        assert counted.asked == life
        later.ahead += 864000


def test_oidc_providers_refusals_are_ours_by_class(oidc_people: str, oidc_machine: str) -> None:
    wrong = ClientCredentials.discover(oidc_machine, "bench", "wrong", cache=MemoryCache())
    with pytest.raises(InvalidClient):
        wrong.token()
    over = RefreshToken(
        f"{oidc_people}/token", "bench", "of-nobody", OIDC_SECRET, cache=MemoryCache()
    )
    with pytest.raises(OAuthError) as raised:
        over.token()
    assert isinstance(raised.value, InvalidGrant)
