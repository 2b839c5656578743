"""How a client is made: the guides' header, the issuer's metadata, secrets that change; and what is never shown."""

import base64
import copy
import json
import logging
import os
import pickle
import subprocess
import traceback
from pathlib import Path
from typing import Any

import pytest

from satsuma_client import ClientCredentials, FileCache, MemoryCache, RefreshToken
from satsuma_client.http.discovery import addresses_of
from satsuma_client.http.errors import InvalidClient, NotOAuth, OAuthError
from satsuma_client.http.events import Event
from tests.client.token_server import TokenServer, refusal

HEADER = base64.b64encode(b"client:secret").decode()
JSON = {"Content-Type": "application/json"}


@pytest.mark.spec("OAuth M2M guide, step 1")
@pytest.mark.parametrize(
    "given", [HEADER, f"Basic {HEADER}", f"basic {HEADER}\n", f"  Basic Basic {HEADER} "]
)
def test_the_guides_header_is_taken_as_it_is_copied(server: TokenServer, given: str) -> None:
    auth = ClientCredentials.orange(given, base_url=server.url)
    assert auth._grants.endpoint.url == f"{server.url}/oauth/v3/token"
    auth._grants.endpoint.url = server.token_url
    assert auth.token().access_token.reveal() == "token-1"
    assert server.requests[0]["authorization"] == f"Basic {HEADER}"


@pytest.mark.parametrize("given", ["", "Basic", "Bearer abc", "Zm9v", "Basic ...", "é", HEADER[:7]])
def test_what_is_no_header_is_said(given: str) -> None:
    with pytest.raises(ValueError, match="copy it whole"):
        ClientCredentials.orange(given)


def test_the_guides_service_gets_the_token_alone() -> None:
    auth = ClientCredentials.orange(HEADER)
    with pytest.raises(ValueError, match="does not go there"):
        auth.held_for("https://elsewhere.example/")


@pytest.mark.spec("RFC 8414 §3.1", "RFC 8414 §5", "OIDC Discovery §4.1")
def test_where_the_metadata_stands() -> None:
    assert addresses_of("https://server.example/tenant/") == (
        "https://server.example/.well-known/oauth-authorization-server/tenant",
        "https://server.example/tenant/.well-known/openid-configuration",
    )


@pytest.mark.spec("RFC 8414 §3", "RFC 8414 §3.3", "OIDC Discovery §4")
def test_the_issuer_is_asked_by_either_address(server: TokenServer) -> None:
    told = {"issuer": f"{server.url}/tenant", "token_endpoint": server.token_url}
    post = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    paths = (
        "/.well-known/oauth-authorization-server/tenant",
        "/tenant/.well-known/openid-configuration",
    )
    for path in paths:
        server.documents = dict.fromkeys(paths, (404, {}, b"not here"))
        server.documents[path] = 200, JSON, json.dumps(told | post).encode()
        auth = ClientCredentials.discover(f"{server.url}/tenant", "client", "secret")
        auth.token()
        assert server.requests[-1]["client_secret"] == "secret"
    other = {**told, "issuer": f"{server.url}/another"}
    server.documents = dict.fromkeys(paths, (200, JSON, json.dumps(other).encode()))
    with pytest.raises(NotOAuth, match="names another issuer"):
        ClientCredentials.discover(f"{server.url}/tenant", "client", "secret")


def test_the_next_secret_is_tried_and_told(server: TokenServer) -> None:
    events: list[Event] = []
    auth = ClientCredentials(
        server.token_url, "client", ["old", "secret"], cache=MemoryCache(), on_event=events.append
    )
    auth.token()
    assert [each.detail for each in events if each.name == "secret_worked"] == [{"position": 1}]


def test_a_secret_in_a_file_is_read_again(server: TokenServer, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("wrong\n")
    auth = ClientCredentials(server.token_url, "client", file, cache=MemoryCache())
    for _ in range(2):
        with pytest.raises(InvalidClient):
            auth.token()
    assert server.asked == 1
    file.write_text("secret\n")
    assert auth.token().access_token.reveal() == "token-1"


def test_a_refused_secret_is_tried_again_after_a_minute_alone(server: TokenServer) -> None:
    shared = MemoryCache()
    for secret, error in (("wrong", True), ("secret", False)):
        auth = ClientCredentials(server.token_url, "client", secret, cache=shared)
        if error:
            with pytest.raises(InvalidClient):
                auth.token()
            with pytest.raises(InvalidClient, match="a moment ago"):
                auth.token()
        else:
            auth.token()
    assert server.asked == 2


def test_a_line_end_around_the_secret_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="white space"):
        ClientCredentials("https://server.example/token", "client", "secret\n")


@pytest.mark.spec("RFC 6749 §2.3.1")
def test_reserved_characters_are_encoded_and_told(server: TokenServer) -> None:
    server.secret = "a+b%c:d é"
    auth = ClientCredentials(server.token_url, "client", server.secret, cache=MemoryCache())
    assert auth.token().access_token.reveal() == "token-1"
    wrong = ClientCredentials(server.token_url, "client", "a+b", cache=MemoryCache())
    with pytest.raises(InvalidClient, match="form-encodes"):
        wrong.token()


def test_in_one_process_another_secret_gets_no_token_that_is_kept(server: TokenServer) -> None:
    ClientCredentials(server.token_url, "client", "secret").token()
    with pytest.raises(InvalidClient):
        ClientCredentials(server.token_url, "client", "wrong").token()


def test_nothing_secret_is_shown(
    server: TokenServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []
    cache = FileCache(tmp_path)
    good = ClientCredentials(
        server.token_url, "client", "secret", cache=cache, on_event=events.append
    )
    shown = [repr(good), repr(good.token()), repr(good._slot.held), repr(cache), repr(vars(good))]
    server.secret = "another"
    bad = RefreshToken(server.token_url, "client", "first-refresh", "secret", cache=MemoryCache())
    try:
        bad.token()
    except OAuthError as error:
        shown += [str(error), repr(error), error.curl, *traceback.format_exception(error)]
    shown += [repr(events), caplog.text]
    for hidden in ("token-1", "first-refresh", HEADER, "secret'", '"secret"'):
        assert all(hidden not in each for each in shown), hidden
    for each in (good, good.token()):
        with pytest.raises(TypeError):
            pickle.dumps(each)
        with pytest.raises(TypeError):
            copy.deepcopy(each)


def test_the_curl_command_makes_the_same_error_again(server: TokenServer) -> None:
    wrong = RefreshToken(server.token_url, "client", "it's $HOME", "secret", cache=MemoryCache())
    with pytest.raises(OAuthError, match="invalid_grant") as raised:
        wrong.token()
    environment = {
        **os.environ,
        "AUTHORIZATION": f"Basic {HEADER}",
        "REFRESH_TOKEN": "it's $HOME",
    }
    command = ["bash", "-c", raised.value.curl]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert '{"error": "invalid_grant"}' in done.stdout, done.stderr
    assert server.requests[0] == server.requests[1]


def test_a_watcher_that_throws_ends_nothing(server: TokenServer) -> None:
    def watch(_: Any) -> None:
        raise RuntimeError("watcher")

    auth = ClientCredentials(
        server.token_url, "client", "secret", cache=MemoryCache(), on_event=watch
    )
    assert auth.token().access_token.reveal() == "token-1"


def test_the_servers_own_page_on_an_error_is_named(server: TokenServer) -> None:
    page = "https://server.example/errors/scope"
    body = json.dumps({"error": "invalid_scope", "error_uri": page}).encode()
    server.scripted += [(400, {**JSON, "X-Request-Id": "req-1"}, body)]
    auth = ClientCredentials(server.token_url, "client", "secret", cache=MemoryCache())
    with pytest.raises(OAuthError) as raised:
        auth.token()
    assert raised.value.doc_url == page
    assert raised.value.request_id == "req-1"
    assert f"See {page}" in str(raised.value)
    assert refusal(400, "invalid_scope")[2] == b'{"error": "invalid_scope"}'
