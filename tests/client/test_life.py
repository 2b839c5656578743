"""How long a token is used: what servers say of it, clocks that are wrong, and what an API answers."""

import gc
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from satsuma_client import ClientCredentials, MemoryCache, RefreshToken
from satsuma_client.client.token_answer import read_token_answer
from satsuma_client.http.clock import Moment, skew_of, system_clock
from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import ApiAccessDenied, NotOAuth, OAuthError, TooManyRequests
from satsuma_client.http.transport import HttpResponse
from tests.client.token_server import TokenServer, refusal

EXPIRED = (401, {}, b'{"code":42,"message":"Expired credentials"}')


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = self.monotonic = 0.0

    def __call__(self) -> Moment:
        now = system_clock()
        return Moment(now.wall + self.wall, now.monotonic + self.monotonic)

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(server: TokenServer, clock: Clock) -> ClientCredentials:
    server.date = lambda: time.time() + clock.monotonic
    return ClientCredentials(server.token_url, "client", "secret", cache=MemoryCache(), clock=clock)


def call(auth: Any, server: TokenServer, **more: Any) -> int:
    import httpx2

    with httpx2.Client(auth=auth) as client:
        return client.post(server.api_url, **more).status_code


@pytest.mark.spec("RFC 6749 §5.1")
@pytest.mark.parametrize(
    ("said", "life"),
    [
        (3600, 3600),
        ("3600", 3600),
        (3599.5, 3599.5),
        ("3599.5", 3599.5),
        (10**9, 86400),
        (0, None),
        (-5, None),
        (None, None),
        ("soon", None),
        (True, None),
        ([60], None),
        ("NaN", None),
        ("", None),
        (1e400, None),
    ],
)
def test_how_long_a_token_is_kept(said: Any, life: float | None) -> None:
    text = "1e400" if said == 1e400 else json.dumps(said)
    body = f'{{"access_token":"a","token_type":"Bearer","expires_in":{text}}}'.encode()
    assert read_token_answer(body).life == life


@pytest.mark.parametrize("life", [..., None, 0, -1, "soon"])
def test_a_token_without_a_life_is_used_and_not_kept(
    server: TokenServer, auth: ClientCredentials, life: Any
) -> None:
    server.life = life
    assert call(auth, server) == 200
    assert call(auth, server) == 200
    assert server.asked == 2
    assert auth.token().expires_at is None


def test_got_again_when_its_time_is_over(
    server: TokenServer, auth: ClientCredentials, clock: Clock
) -> None:
    first = auth.token()
    clock.pass_time(3500)
    assert auth.token() == first
    clock.pass_time(101)
    assert auth.token().access_token.reveal() == "token-2"


def test_a_machine_that_slept_does_not_trust_its_monotonic_clock(
    server: TokenServer, auth: ClientCredentials, clock: Clock
) -> None:
    auth.token()
    clock.wall += 3 * 3600
    server.date = lambda: time.time() + 3 * 3600
    assert auth.token().access_token.reveal() == "token-2"
    assert auth.token().access_token.reveal() == "token-2"


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
@pytest.mark.parametrize("slept", [0, 3 * 3600])
def test_a_clock_a_day_off_costs_one_401_at_most(
    server: TokenServer, clock: Clock, off: timedelta, slept: int
) -> None:
    shared = MemoryCache()
    told = server.token_url, "client", "secret"
    right = ClientCredentials(*told, cache=shared)
    right.token()
    server.date = lambda: time.time() + slept
    if slept:
        server.good.clear()
    clock.wall = off.total_seconds() + slept
    wrong = ClientCredentials(*told, cache=shared, clock=clock)
    assert [call(wrong, server) for _ in range(4)] == [200] * 4
    assert server.statuses[401] <= 1
    assert server.asked <= 2


@pytest.mark.spec("RFC 9110 §6.6.1")
def test_the_date_tells_the_skew_and_no_date_none() -> None:
    at = 1795867200 - 3600
    assert skew_of("Sat, 28 Nov 2026 12:00:00 GMT", at, at) == pytest.approx(3600)
    assert skew_of("Fri, 31 Dec 9999 23:59:59 GMT", at, at) == 0
    assert skew_of("Sat, 28 Nov 2026 12:00:00 GMT", 1795867200.4, 1795867201.0) == 0
    for nothing in (None, "", "yesterday", "Sat, 99 Nov 2026 12:00:00 GMT"):
        assert skew_of(nothing, 5, 6) == 0


@pytest.mark.spec("RFC 6750 §3.1")
def test_a_refused_token_is_renewed_once_and_the_call_sent_again(
    server: TokenServer, auth: ClientCredentials, clock: Clock
) -> None:
    auth.token()
    clock.pass_time(10)
    server.good.clear()
    assert call(auth, server, content=b"body") == 200
    assert server.asked == 2
    assert [each["authorization"] for each in server.calls] == ["Bearer token-1", "Bearer token-2"]


def test_a_fresh_token_that_is_refused_is_the_answer_at_once(
    server: TokenServer, auth: ClientCredentials
) -> None:
    server.api_scripted += [EXPIRED]
    assert call(auth, server) == 401
    assert server.asked == 1


def test_never_more_than_once(server: TokenServer, auth: ClientCredentials, clock: Clock) -> None:
    auth.token()
    clock.pass_time(10)
    server.api_scripted += [EXPIRED, EXPIRED, EXPIRED]
    assert call(auth, server) == 401
    assert server.asked == 2
    assert len(server.calls) == 2


def test_a_body_that_streams_is_not_sent_again(
    server: TokenServer, auth: ClientCredentials, clock: Clock
) -> None:
    auth.token()
    clock.pass_time(10)
    server.api_scripted += [EXPIRED]
    assert call(auth, server, content=iter([b"gone"]), headers={"Content-Length": "4"}) == 401
    assert len(server.calls) == 1


@pytest.mark.parametrize("code", [40, 50, 51, 52, 60])
def test_other_refusals_are_the_answer_at_once(
    server: TokenServer, auth: ClientCredentials, clock: Clock, code: int
) -> None:
    auth.token()
    clock.pass_time(10)
    status = 401 if code == 40 else 403
    server.api_scripted += [(status, {}, json.dumps({"code": code, "message": "no"}).encode())]
    assert call(auth, server) == status
    assert server.asked == 1


@pytest.mark.spec("RFC 9110 §10.2.3", "RFC 6585 §4")
@pytest.mark.parametrize("status", [429, 403])
def test_a_limit_is_waited_for_once(
    server: TokenServer, auth: ClientCredentials, status: int
) -> None:
    body = b'{"code":53,"message":"Too many requests"}'
    server.api_scripted += [(status, {"Retry-After": "1"}, body)]
    began = time.monotonic()
    assert call(auth, server) == 200
    assert time.monotonic() - began >= 1
    server.api_scripted += [(status, {"Retry-After": "60"}, body)]
    assert call(auth, server) == status
    server.api_scripted += [(status, {"Retry-After": "0"}, body)] * 2
    assert call(auth, server) == status


def test_a_token_endpoint_that_wants_to_be_left_alone_is(
    server: TokenServer, auth: ClientCredentials, clock: Clock
) -> None:
    server.scripted += [refusal(429, "slow_down", **{"Retry-After": "30"})]
    with pytest.raises(TooManyRequests) as first:
        auth.token()
    assert first.value.retry_after == 30
    with pytest.raises(TooManyRequests) as second:
        auth.token()
    assert 29 <= (second.value.retry_after or 0) <= 30
    assert server.asked == 1
    clock.pass_time(31)
    assert auth.token().access_token.reveal() == "token-1"


def test_what_stands_between_may_fail_once(server: TokenServer, auth: ClientCredentials) -> None:
    server.scripted += [(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")]
    assert auth.token().access_token.reveal() == "token-1"
    assert server.asked == 2


@pytest.mark.spec("RFC 6749 §6")
def test_the_old_refresh_token_is_kept_when_none_comes(server: TokenServer, clock: Clock) -> None:
    server.date = lambda: time.time() + clock.monotonic
    auth = RefreshToken(
        server.token_url, "client", "first-refresh", "secret", cache=MemoryCache(), clock=clock
    )
    for rotates in (False, True, False, False):
        server.rotates = rotates
        auth.token()
        clock.pass_time(3601)
    assert [each["refresh_token"] for each in server.requests] == [
        "first-refresh",
        "first-refresh",
        "refresh-1",
        "refresh-1",
    ]


def test_a_refresh_token_that_is_over_is_not_sent_again(server: TokenServer) -> None:
    auth = RefreshToken(server.token_url, "client", "another", "secret", cache=MemoryCache())
    for _ in range(3):
        with pytest.raises(OAuthError, match="invalid_grant"):
            auth.token()
    assert server.asked == 1


def test_another_login_in_the_same_cache_begins_anew(server: TokenServer) -> None:
    shared = MemoryCache()
    told = server.token_url, "client"
    old = RefreshToken(*told, "another", "secret", cache=shared, subject="ada")
    with pytest.raises(OAuthError):
        old.token()
    new = RefreshToken(*told, "first-refresh", "secret", cache=shared, subject="ada")
    assert new.token().access_token.reveal() == "token-1"


EXPIRED_OF_OLD = 'error="invalid_token", error_description="The Access Token expired"'
ENVELOPES = [
    (400, {}, b'{"error":"invalid_scope","error_description":"no"}', "InvalidScope", None),
    (
        401,
        {},
        b'{"code":42,"message":"Expired credentials","description":"late"}',
        "ExpiredCredentials",
        42,
    ),
    (403, {}, b'{"code":50,"message":"Access denied"}', "ApiAccessDenied", 50),
    (400, {}, b'{"code":25,"message":"...","description":"Missing header"}', "MissingHeader", 25),
    (
        401,
        {"WWW-Authenticate": EXPIRED_OF_OLD},
        b"",
        "InvalidToken",
        None,
    ),
    (401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, b"", "InvalidToken", None),
    (
        403,
        {},
        b'{"error":"insufficient_scope","error_description":"No user info"}',
        "InsufficientScope",
        None,
    ),
    (401, {}, b'{"status":401,"code":"UNAUTHENTICATED","message":"no"}', "OAuthError", None),
    (502, {"Content-Type": "text/html"}, b"<html>bad gateway</html>", "ServerError", None),
    (404, {"Content-Type": "text/html"}, b"<html>no</html>", "NotOAuth", None),
    (400, {}, b"", "NotOAuth", None),
    (400, {}, b'{"error":"inva', "NotOAuth", None),
    (400, {}, b"[" * 100_000, "NotOAuth", None),
    (400, {}, b'{"error":{"deep":1}}', "OAuthError", None),
    (400, {}, b'{"error":"new_word"}', "OAuthError", None),
    (429, {"Retry-After": "7"}, b"slow", "TooManyRequests", 53),
]


@pytest.mark.spec("RFC 6749 §5.2", "RFC 6750 §3", "OAuth M2M guide, step 2")
@pytest.mark.parametrize(("status", "headers", "body", "kind", "code"), ENVELOPES)
def test_each_envelope_is_a_typed_error(
    status: int, headers: dict[str, str], body: bytes, kind: str, code: int | None
) -> None:
    fields = tuple((name.lower(), value) for name, value in headers.items())
    error = error_of(HttpResponse(status, fields, body))
    assert type(error).__name__ == kind
    assert error.code == code
    assert error.status == status
    assert error.body == body[: 64 * 1024]


def test_what_is_no_token_answer_is_said(server: TokenServer, auth: ClientCredentials) -> None:
    for body in (b"", b"<html>", b'{"access_token":', b'{"token_type":"Bearer"}', b"[]", b"null"):
        server.scripted += [(200, {}, body)]
        with pytest.raises(NotOAuth):
            auth.token()


@pytest.mark.spec("RFC 8259 §4", "RFC 8259 §8.1")
def test_what_can_be_read_in_two_ways_is_read_in_none(
    server: TokenServer, auth: ClientCredentials
) -> None:
    twice = b'{"access_token":"a","access_token":"b","token_type":"Bearer","expires_in":60}'
    once = b'{"access_token":"a","token_type":"Bearer","expires_in":60}'
    for body in (twice, once.decode().encode("utf-16"), once.replace(b'"a"', b'"a\\nb"')):
        server.scripted += [(200, {}, body)]
        with pytest.raises(NotOAuth):
            auth.token()


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "gzip"},
        {"Content-Length": "\xb2"},
        {"Content-Length": "9" * 5000},
        {"Location": "http://[bad"},
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_hostile_answer_is_a_typed_error(
    server: TokenServer, auth: ClientCredentials, status: int, headers: dict[str, str]
) -> None:
    corrupt = b"\x1f\x8b\x08\x00" + b"\xff" * 40
    answer = 302 if "Location" in headers else status
    server.scripted += [(answer, headers, corrupt)] * 2
    with pytest.raises(OAuthError):
        auth.token()
    gc.collect()  # the standard library leaves the socket of a nonsense answer to be collected


def test_what_a_server_says_again_of_a_request_is_not_shown(server: TokenServer) -> None:
    auth = RefreshToken(
        server.token_url, "client", "a refresh+token", "sec&ret", cache=MemoryCache()
    )
    from base64 import b64encode

    header = b64encode(b"client:sec%26ret")
    echo = (
        b'{"error":"invalid_request","error_description":"refresh_token=a+refresh%2Btoken '
        + header
        + b'"}'
    )
    server.scripted += [(400, {}, echo)]
    with pytest.raises(OAuthError) as raised:
        auth.token()
    shown = str(raised.value) + repr(raised.value.body)
    for secret in ("a refresh+token", "a+refresh%2Btoken", header.decode()):
        assert secret not in shown


def test_a_known_number_has_its_class() -> None:
    error = error_of(HttpResponse(403, (), b'{"code":50,"message":"Access denied"}'))
    assert isinstance(error, ApiAccessDenied)
    assert "Subscribe" in error.fix
