"""One auth object in every HTTP library, on real sockets: the token goes along, is renewed, and goes nowhere else."""

import asyncio
import contextlib
import gzip
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests

from satsuma_client import ClientCredentials, MemoryCache
from satsuma_client.client.origins import Origins, TokenWithheld, origin_of
from satsuma_client.http.transport import check_url
from tests.client.token_server import TokenServer, running_token_server

LATE = (401, {}, b'{"code":42,"message":"Expired credentials"}')
LIMIT = (429, {"Retry-After": "0"}, b'{"code":53,"message":"Too many requests"}')


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> Any:
        from satsuma_client.http.clock import Moment, system_clock

        now = system_clock()
        return Moment(now.wall + self.ahead, now.monotonic + self.ahead)


def by_httpx2(auth: Any, url: str, body: bytes) -> int:
    with httpx2.Client(auth=auth, follow_redirects=True) as client:
        return client.post(url, content=body).status_code


def by_httpx(auth: Any, url: str, body: bytes) -> int:
    with httpx.Client(auth=auth, follow_redirects=True) as client:
        return client.post(url, content=body).status_code


def by_httpx2_async(auth: Any, url: str, body: bytes) -> int:
    async def post() -> int:
        async with httpx2.AsyncClient(auth=auth, follow_redirects=True) as client:
            return (await client.post(url, content=body)).status_code

    return asyncio.run(post())


def by_httpx_async(auth: Any, url: str, body: bytes) -> int:
    async def post() -> int:
        async with httpx.AsyncClient(auth=auth, follow_redirects=True) as client:
            return (await client.post(url, content=body)).status_code

    return asyncio.run(post())


def by_requests(auth: Any, url: str, body: bytes) -> int:
    with requests.Session() as session:
        session.auth = auth
        return session.post(url, data=body).status_code


def by_aiohttp(auth: Any, url: str, body: bytes) -> int:
    async def post() -> int:
        async with (
            aiohttp.ClientSession(middlewares=[auth.aiohttp]) as session,
            session.post(url, data=body) as response,
        ):
            return response.status

    return asyncio.run(post())


def by_urllib(auth: Any, url: str, body: bytes) -> int:
    try:
        with auth.opener().open(url, body, timeout=10) as response:
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


HOSTS = [by_httpx2, by_httpx, by_httpx2_async, by_httpx_async, by_requests, by_aiohttp, by_urllib]
Host = Callable[[Any, str, bytes], int]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(server: TokenServer, clock: Clock) -> ClientCredentials:
    return ClientCredentials(
        server.token_url,
        "client",
        "secret",
        api_url=server.api_url,
        cache=MemoryCache(),
        clock=clock,
    )


@pytest.fixture(params=HOSTS, ids=lambda host: host.__name__)
def host(request: pytest.FixtureRequest) -> Host:
    found: Host = request.param
    return found


def test_the_token_goes_along(server: TokenServer, auth: ClientCredentials, host: Host) -> None:
    assert host(auth, server.api_url, b"body") == 200
    assert server.calls[-1]["authorization"] == "Bearer token-1"
    assert server.asked == 1


def test_a_late_token_is_renewed_and_the_body_sent_again(
    server: TokenServer, auth: ClientCredentials, clock: Clock, host: Host
) -> None:
    auth.token()
    clock.ahead = 10
    server.api_scripted += [LATE]
    assert host(auth, server.api_url, b"body") == 200
    assert [each["authorization"] for each in server.calls] == ["Bearer token-1", "Bearer token-2"]
    assert [each["content-length"] for each in server.calls] == ["4", "4"]


def test_a_late_token_is_renewed_once(
    server: TokenServer, auth: ClientCredentials, clock: Clock, host: Host
) -> None:
    auth.token()
    clock.ahead = 10
    server.api_scripted += [LATE] * 5
    assert host(auth, server.api_url, b"body") == 401
    assert len(server.calls) == 2


def test_a_limit_is_waited_for(server: TokenServer, auth: ClientCredentials, host: Host) -> None:
    server.api_scripted += [LIMIT]
    assert host(auth, server.api_url, b"body") == 200
    server.api_scripted += [LIMIT] * 3
    assert host(auth, server.api_url, b"body") == 429
    assert len(server.calls) == 4


def test_a_compressed_refusal_is_read(
    server: TokenServer, auth: ClientCredentials, clock: Clock, host: Host
) -> None:
    auth.token()
    clock.ahead = 10
    zipped = gzip.compress(LATE[2])
    server.api_scripted += [(401, {"Content-Encoding": "gzip"}, zipped)]
    assert host(auth, server.api_url, b"body") == 200


@pytest.fixture
def other() -> Iterator[TokenServer]:
    with running_token_server() as running:
        yield running


@pytest.mark.spec("RFC 9700 §2.6")
def test_a_redirect_to_another_origin_does_not_take_the_token_along(
    server: TokenServer, other: TokenServer, auth: ClientCredentials, host: Host
) -> None:
    elsewhere = other.api_url.replace("127.0.0.1", "localhost")
    for status in (302, 307):
        server.api_scripted += [(status, {"Location": elsewhere}, b"")]
        try:
            host(auth, server.api_url, b"")
        except (TokenWithheld, urllib.error.HTTPError):
            continue
    assert all("authorization" not in call for call in other.calls)
    assert len(other.calls) + len(server.calls) >= 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_no_token_along_where_no_origin_is_named(
    server: TokenServer, other: TokenServer, host: Host, status: int
) -> None:
    free = ClientCredentials(server.token_url, "client", "secret", cache=MemoryCache())
    server.api_scripted += [(status, {"Location": other.api_url}, b"")]
    with contextlib.suppress(TokenWithheld, urllib.error.HTTPError):
        host(free, server.api_url, b"")
    assert all("authorization" not in call for call in other.calls)


def test_another_origin_gets_no_request(
    server: TokenServer, other: TokenServer, auth: ClientCredentials, host: Host
) -> None:
    with pytest.raises(TokenWithheld, match="does not go there"):
        host(auth, other.api_url, b"")
    assert other.calls == []
    assert server.asked == 0


@pytest.mark.spec("RFC 6749 §3.2", "RFC 9700 §2.6")
@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/",
        "http://127.0.0.1.example/",
        "http://user@api.example/",
        "ftp://127.0.0.1/",
        "https:///path",
        "//api.example/",
        "api.example",
        "",
    ],
)
def test_no_secret_goes_where_nothing_protects_it(url: str) -> None:
    with pytest.raises(ValueError, match="neither https nor this machine"):
        check_url(url)
    with pytest.raises(TokenWithheld):
        Origins(()).check(url)


@pytest.mark.spec("RFC 6454 §4")
@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://API.example/a?b", "https://api.example:443"),
        ("https://api.example:443", "https://api.example:443"),
        ("https://api.example:8443/", "https://api.example:8443"),
        ("http://[::1]/", "http://::1:80"),
        ("https://good.example@evil.example/", "https://evil.example:443"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_bases_that_each_library_looks_for(auth: ClientCredentials) -> None:
    assert isinstance(auth, httpx2.Auth)
    assert isinstance(auth, httpx.Auth)
    assert isinstance(auth, requests.auth.AuthBase)
    assert isinstance(auth, ClientCredentials)
    assert type(auth) is ClientCredentials


def test_no_library_is_imported_before_it_is_used() -> None:
    program = (
        "import sys, satsuma_client as s;"
        "a = s.ClientCredentials('https://server.example/token', 'client', 'secret');"
        "isinstance(a, dict);"
        "heavy = {'asyncio', 'httpx', 'httpx2', 'requests', 'aiohttp', 'redis', 'keyring', 'filelock',"
        " 'platformdirs', 'cryptography', 'joserfc', 'urllib.request', 'ssl', 'http.client'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stdout + done.stderr
