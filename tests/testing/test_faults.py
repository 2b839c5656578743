"""What a test puts in the way of requests, what the clock does, and what was seen."""

import email.utils
import http.client
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from satsuma.testing import SatsumaServer, running
from satsuma.testing.clock import MovedTime
from satsuma_client.protocol.secret import Secret
from tests.oauth.flow import claims_of
from tests.testing.caller import call, call_api, get_token, is_active, post

SECRETS = ("client_secret", "access_token", "refresh_token", "id_token", "authorization")


def test_a_fault_meets_as_many_requests_as_were_said(satsuma_server: SatsumaServer) -> None:
    application = satsuma_server.application()
    satsuma_server.faults.next_token(429, retry_after=7)
    satsuma_server.faults.html_502(times=2)
    seen = [get_token(satsuma_server, application) for _ in range(4)]
    assert [each.status for each in seen] == [429, 502, 502, 200]
    assert seen[0].headers["retry-after"] == "7"
    assert seen[0].json["error"] == "temporarily_unavailable"
    assert seen[1].headers["content-type"] == "text/html" and b"<html>" in seen[1].body
    faults = [each.fault for each in satsuma_server.requests.at("token")]
    assert faults == ["answer 429", "html 502", "html 502", ""]


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ({"code": 53, "message": "busy"}, "application/json", b'{"code": 53, "message": "busy"}'),
        ("", "text/plain; charset=utf-8", b""),
        (b"\x1f\x8b\x00", "application/octet-stream", b"\x1f\x8b\x00"),
    ],
)
def test_an_answer_is_sent_as_the_test_says(
    satsuma_server: SatsumaServer, body: Any, content_type: str, sent: bytes
) -> None:
    satsuma_server.faults.next_token(403, body=body, headers={"X-Told": "by the test"})
    reply = get_token(satsuma_server, satsuma_server.application())
    assert (reply.status, reply.headers["content-type"], reply.body) == (403, content_type, sent)
    assert reply.headers["x-told"] == "by the test"


def test_a_fault_stays_at_its_endpoint(satsuma_server: SatsumaServer) -> None:
    things = satsuma_server.api("things")
    application = satsuma_server.application(apis=[things])
    satsuma_server.faults.answer(500, at="api", times=None)
    satsuma_server.faults.answer(503, at="jwks")
    token = get_token(satsuma_server, application).json["access_token"]
    assert [call_api(things.url, token).status for _ in range(3)] == [500, 500, 500]
    assert [call(satsuma_server.issuer().jwks_url).status for _ in range(2)] == [503, 200]
    satsuma_server.faults.clear()
    assert call_api(things.url, token).status == 200


def test_a_slow_answer_is_done_at_once_and_told_late(satsuma_server: SatsumaServer) -> None:
    application = satsuma_server.application()
    satsuma_server.faults.slow(0.4)
    began = time.monotonic()
    reply = get_token(satsuma_server, application)
    assert time.monotonic() - began >= 0.4
    issued = reply.json["expires_in"]
    assert issued == 3600
    assert get_token(satsuma_server, application).status == 200


def test_an_answer_is_cut_off_after_its_work_was_done(satsuma_server: SatsumaServer) -> None:
    callback = "https://client.example/callback"
    application = satsuma_server.application(redirect_uris=[callback])
    user = satsuma_server.user()
    tokens = satsuma_server.login_as(user, application, scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
    satsuma_server.faults.cut()
    with pytest.raises(http.client.IncompleteRead) as broken:
        post(satsuma_server.issuer().token_url, form, application.authorization_header)
    assert satsuma_server.requests[-1].status == 200
    again = post(satsuma_server.issuer().token_url, form, application.authorization_header)
    lost = broken.value.partial
    assert lost and again.body.startswith(lost), "who lost an answer is given that very one again"


@pytest.mark.parametrize("seconds", [90, -90])
def test_a_server_whose_clock_is_askew_says_so_in_date_and_token(
    satsuma_server: SatsumaServer, seconds: int
) -> None:
    callback = "https://client.example/callback"
    application = satsuma_server.application(redirect_uris=[callback])
    satsuma_server.faults.skew(seconds)
    reply = call(satsuma_server.issuer().jwks_url)
    date = email.utils.parsedate_to_datetime(str(reply.headers["date"]))
    assert abs((date - datetime.now(UTC)).total_seconds() - seconds) < 5
    tokens = satsuma_server.login_as(satsuma_server.user(), application)
    claims = claims_of(tokens.id_token)
    assert abs(claims["iat"] - time.time() - seconds) < 5
    assert claims["exp"] > claims["iat"]
    satsuma_server.faults.skew(0)
    again = call(satsuma_server.issuer().jwks_url).headers["date"]
    date = email.utils.parsedate_to_datetime(str(again))
    assert abs((date - datetime.now(UTC)).total_seconds()) < 5


def test_time_passes_for_the_server_alone(satsuma_server: SatsumaServer) -> None:
    application = satsuma_server.application()
    token = get_token(satsuma_server, application).json["access_token"]
    satsuma_server.clock.advance(minutes=59)
    assert is_active(satsuma_server, application, token)
    satsuma_server.clock.advance(minutes=2)
    assert not is_active(satsuma_server, application, token)
    assert call(f"{satsuma_server.url}/readyz").status == 200


def test_what_measures_intervals_never_goes_back() -> None:
    time_ = MovedTime()
    began = time_.monotonic()
    time_.move(timedelta(hours=-1))
    assert began <= time_.monotonic() < began + 60
    time_.move(timedelta(hours=1))
    assert time_.monotonic() >= began + 3600


def test_the_clock_goes_back_and_everything_still_works(satsuma_server: SatsumaServer) -> None:
    things = satsuma_server.api("things")
    application = satsuma_server.application(apis=[things], redirect_uris=["https://c.example/"])
    user = satsuma_server.user()
    satsuma_server.clock.advance(days=-2)
    assert call(f"{satsuma_server.url}/readyz").status == 200
    token = get_token(satsuma_server, application).json["access_token"]
    assert call_api(things.url, token).status == 200
    assert satsuma_server.login_as(user, application).id_token
    satsuma_server.clock.advance(days=2)
    assert call_api(things.url, token).status == 401
    with pytest.raises(ValueError, match="between 1980 and 2200"):
        satsuma_server.clock.advance(days=10**6)
    with pytest.raises(ValueError, match="between 1980 and 2200"):
        satsuma_server.clock.advance(days=10**12)
    with pytest.raises(ValueError, match="between 1980 and 2200"):
        satsuma_server.faults.skew(10**11)


def test_what_was_seen_can_be_asserted_on_and_shows_no_secret(
    satsuma_server: SatsumaServer,
) -> None:
    application = satsuma_server.application(redirect_uris=["https://client.example/cb"])
    tokens = satsuma_server.login_as(satsuma_server.user(), application, scope="openid")
    assert len(satsuma_server.requests) == 0, "what the test prepares is none of its requests"
    form = {"token": tokens.access_token, "client_secret": application.client_secret}
    form |= {"client_id": application.client_id, "token_type_hint": "access_token"}
    post(satsuma_server.issuer().revocation_url, form, Cookie="a=secret-cookie")
    (seen,) = satsuma_server.requests
    assert (seen.method, seen.path, seen.endpoint, seen.status) == (
        "POST",
        "/revoke",
        "revoke",
        200,
    )
    assert seen.form["token_type_hint"] == "access_token"
    assert seen.form["token"] == Secret(tokens.access_token)
    get_token(satsuma_server, application)
    sent = satsuma_server.requests.at("token")[0].headers["authorization"]
    assert isinstance(sent, Secret) and sent.reveal() == application.authorization_header
    everything = repr((satsuma_server, satsuma_server.requests, application, tokens, seen.headers))
    hidden = [application.client_secret, application.authorization_header, "secret-cookie"]
    hidden += [tokens.access_token, tokens.id_token]
    assert not [each for each in hidden if each in everything]
    satsuma_server.requests.clear()
    assert list(satsuma_server.requests) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda faults: faults.next_token(100), "200 to 599"),
        (lambda faults: faults.answer(500, at="tokens"), "at is one of token"),
        (lambda faults: faults.cut(times=0), "times is 1 or more"),
        (lambda faults: faults.slow(-1), "up to an hour"),
        (lambda faults: faults.slow(float("nan")), "up to an hour"),
        (lambda faults: faults.next_token(headers={"X-A": "b\r\nX-C: d"}), "no header field"),
        (lambda faults: faults.next_token(body="x" * 2**21), "a megabyte"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_when_it_is_set(
    satsuma_server: SatsumaServer, wrong: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        wrong(satsuma_server.faults)
    assert get_token(satsuma_server, satsuma_server.application()).status == 200


def test_no_link_of_a_letter_and_no_address_that_a_browser_came_from_is_shown(
    satsuma_server: SatsumaServer,
) -> None:
    link = "lnk_0123456789abcdefghij"
    call(f"{satsuma_server.pages_url}/reset/{link}?r={link}", Referer=f"http://a.example/?{link}")
    (seen,) = satsuma_server.requests
    assert seen.path == "/reset/(hidden)"
    assert link not in repr((seen, seen.headers, seen.query))


@pytest.mark.parametrize("fault", [None, 503])
def test_a_huge_body_is_refused_and_not_kept(
    satsuma_server: SatsumaServer, fault: int | None
) -> None:
    if fault:
        satsuma_server.faults.next_token(fault)
    body = b"grant_type=client_credentials&scope=" + b"x" * 8_000_000
    reply = call(
        satsuma_server.issuer().token_url,
        "POST",
        body,
        Content_Type="application/x-www-form-urlencoded",
    )
    assert reply.status == (fault or 413), reply.body
    (seen,) = satsuma_server.requests
    assert seen.form == {} and len(repr(seen)) < 1000


def test_the_oldest_requests_go_first(satsuma_server: SatsumaServer) -> None:
    from satsuma.testing.requests import KEPT, Requests, begin

    requests = Requests()
    for number in range(KEPT + 5):
        scope = {"method": "GET", "path": f"/{number}", "headers": []}
        requests.add(begin(scope, "api", satsuma_server.clock.now()))
    assert len(requests) == KEPT and requests[0].path == "/5"


def test_two_servers_of_one_test_share_nothing() -> None:
    with running() as one, running() as other:
        application = one.application("Same name")
        other.application("Same name")
        one.faults.answer(500, at="any", times=None)
        one.clock.advance(hours=5)
        assert get_token(one, application).status == 500
        assert get_token(other, application).status == 401, "another server's application"
        one.faults.clear()
        token = get_token(one, application).json["access_token"]
        assert not is_active(other, other.application(), token)
        assert one.issuer().url != other.issuer().url
        assert (one.clock.now() - other.clock.now()).total_seconds() > 4 * 3600
        keys = [
            {key["kid"] for key in call(each.issuer().jwks_url).json["keys"]}
            for each in (one, other)
        ]
        assert not keys[0] & keys[1]
        assert [each.path for each in other.requests if each.endpoint == "token"] == ["/token"]
