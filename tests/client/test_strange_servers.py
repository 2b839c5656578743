"""What a client does not take from a server, a cache or an environment that is not as it should be."""

import json
import os
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from satsuma_client import ClientCredentials, FileCache, MemoryCache, OAuthError, RefreshToken
from satsuma_client.cli.working import told
from satsuma_client.http import errors
from tests.client.token_server import TokenServer, refusal, running_token_server


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with running_token_server() as running:
        yield running


def client(server: TokenServer, **more: Any) -> ClientCredentials:
    more.setdefault("cache", MemoryCache())
    return ClientCredentials(server.token_url, "client", "secret", api_url=server.api_url, **more)


@pytest.mark.spec("RFC 6749 §7.1")
@pytest.mark.parametrize("kind", ["DPoP", "mac", "N_A"])
def test_a_token_that_is_no_bearers_is_not_used_as_one(server: TokenServer, kind: str) -> None:
    body = json.dumps(
        {"access_token": "proof-of-possession", "token_type": kind, "expires_in": 60}
    ).encode()
    server.scripted.append((200, {"Content-Type": "application/json"}, body))
    with pytest.raises(errors.UnsupportedTokenType, match=kind) as refused:
        client(server).token()
    assert "proof-of-possession" not in str(refused.value)
    assert refused.value.curl.startswith("curl ")


def test_a_bearer_is_one_in_whichever_case(server: TokenServer) -> None:
    body = json.dumps({"access_token": "good", "token_type": "bearer", "expires_in": 60}).encode()
    server.scripted.append((200, {"Content-Type": "application/json"}, body))
    assert client(server).token().access_token.reveal() == "good"


def test_each_who_waits_gets_an_error_of_its_own(server: TokenServer) -> None:
    server.scripted.extend([refusal(400, "invalid_scope")] * 9)
    auth, barrier, found = client(server), threading.Barrier(8), list[OAuthError]()

    def ask() -> None:
        barrier.wait()
        try:
            auth.token()
        except OAuthError as error:
            found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(error) for error in found}) == 8
    assert {(type(error), error.error, error.status) for error in found} == {
        (errors.InvalidScope, "invalid_scope", 400)
    }
    assert all(len(traceback.extract_tb(error.__traceback__)) < 5 for error in found)
    found[0].hint = "changed"
    assert found[1].hint != "changed"


def test_this_machine_is_asked_through_no_proxy(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert client(server).token().access_token.reveal() == "token-1"


def test_a_directory_in_a_files_place_leaves_no_descriptor_open(tmp_path: Path) -> None:
    cache = FileCache(tmp_path)
    cache.swap("key", None, b"{}")
    (file,) = tmp_path.glob("*.json")
    file.unlink()
    file.mkdir(mode=0o700)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with pytest.raises(OSError, match="directory"):
            cache.load("key")
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_a_server_says_moves_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    with pytest.raises(click.ClickException) as shown, told():
        raise errors.InvalidScope("invalid_scope", "\x1b[2Jnothing\x07 here")
    assert "\x1b" not in shown.value.message
    assert "\\x1b[2Jnothing\\x07 here" in shown.value.message


class Redirecting(BaseHTTPRequestHandler):
    """Sends every call to another origin."""

    elsewhere = ""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_another_origins_401_after_a_redirect_costs_no_token(
    server: TokenServer, library: str
) -> None:
    http: Any = import_module(library)
    ahead = 0.0

    def clock() -> Any:
        from satsuma_client.http.clock import Moment, system_clock

        now = system_clock()
        return Moment(now.wall + ahead, now.monotonic + ahead)

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as first:
        handler = type("Handler", (Redirecting,), {"elsewhere": f"{server.url}/api/x"})
        first.RequestHandlerClass = handler
        threading.Thread(target=first.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{first.server_port}"
        auth = ClientCredentials(
            server.token_url, "client", "secret", api_url=origin, cache=MemoryCache(), clock=clock
        )
        auth.token()
        ahead = 10.0
        with http.Client(auth=auth, follow_redirects=True) as calling:
            assert calling.get(f"{origin}/x").status_code == 401
        first.shutdown()
    assert server.asked == 1
    assert all("authorization" not in call for call in server.calls)


def test_an_api_with_a_name_in_letters_of_another_script_gets_its_token() -> None:
    auth = ClientCredentials(
        "https://server.example/token", "client", "secret", api_url="https://Bücher.example"
    )
    auth.check_origin("https://xn--bcher-kva.example/shops")
    auth.check_origin("https://bücher.example/shops")
    with pytest.raises(ValueError, match="does not go there"):
        auth.check_origin("https://bucher.example/shops")
    sharp = ClientCredentials(
        "https://server.example/token", "client", "secret", api_url="https://straße.example"
    )
    with pytest.raises(ValueError, match="does not go there"):
        sharp.check_origin("https://strasse.example/shops")


def test_a_refresh_token_needs_the_issuer_alone(server: TokenServer) -> None:
    told_ = {"issuer": server.url, "token_endpoint": server.token_url}
    server.documents["/.well-known/oauth-authorization-server"] = (
        200, {"Content-Type": "application/json"}, json.dumps(told_).encode(),
    )  # fmt: skip
    auth = RefreshToken.discover(
        server.url, "client", "first-refresh", "secret", cache=MemoryCache()
    )
    assert auth.token().access_token.reveal() == "token-1"
    assert auth.metadata is not None
    assert auth.metadata.issuer == server.url


def test_an_apis_answer_becomes_the_typed_error(server: TokenServer) -> None:
    import urllib.error
    import urllib.request

    import httpx2
    import requests

    url = server.api_url
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=10)
    for response in (httpx2.get(url), requests.get(url, timeout=10), refused.value):
        error = OAuthError.of_response(response)
        assert isinstance(error, errors.ExpiredCredentials)
        assert error.code == 42
    server.good.add("good")
    fine = requests.get(url, headers={"Authorization": "Bearer good"}, timeout=10)
    assert OAuthError.of_response(fine) is None


def test_each_numbered_error_has_a_class_that_is_imported_by_its_name() -> None:
    for number, name in {1: "InternalError", 20: "InvalidUrlParameter", 69: "Conflict"}.items():
        assert errors.class_for(None, number, 400) is getattr(errors, name)
    assert issubclass(errors.InternalError, errors.ServerError)
    assert issubclass(errors.MissingBody, errors.ApiError)
