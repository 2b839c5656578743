"""A HAR as browsers export it says what the command that they copy says."""

import json
from typing import Any

import pytest

from satsuma.samples import Unreadable, read_curl, read_har
from satsuma.samples.request import Basic, Env

PASTED = "hunter2-Zx9"


def har(*requests: dict[str, Any]) -> str:
    entries = [
        {"startedDateTime": "2026-11-29T10:00:00.000Z", "time": 12.5, "request": request}
        for request in requests
    ]
    log = {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": entries}
    return json.dumps({"log": log})


def named(**headers: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]


CHROME = {
    "method": "POST",
    "url": "https://api.shop.example/login?a=1%202",
    "httpVersion": "http/2.0",
    "headers": [
        {"name": ":authority", "value": "api.shop.example"},
        {"name": ":method", "value": "POST"},
        *named(accept="application/json", accept_encoding="gzip, br", content_length="34"),
        *named(content_type="application/json", cookie=f"sid={PASTED}", user_agent="Mozilla/5.0"),
    ],
    "queryString": [{"name": "a", "value": "1%202"}],
    "cookies": [{"name": "sid", "value": PASTED, "httpOnly": True}],
    "headersSize": -1,
    "bodySize": 34,
    "postData": {"mimeType": "application/json", "text": f'{{"password":"{PASTED}","b":"é"}}'},
}
AS_CURL = f"""\
curl 'https://api.shop.example/login?a=1%202' -H 'accept: application/json' \\
  -H 'content-type: application/json' -b 'sid={PASTED}' -H 'user-agent: Mozilla/5.0' \\
  --data-raw '{{"password":"{PASTED}","b":"é"}}'
"""
FIREFOX = {
    "bodySize": 20,
    "method": "POST",
    "url": "http://localhost:8080/form",
    "httpVersion": "HTTP/1.1",
    "headers": named(
        Host="localhost:8080",
        Accept="*/*",
        Content_Type="application/x-www-form-urlencoded",
        Connection="keep-alive",
    ),
    "cookies": [],
    "queryString": [],
    "headersSize": 500,
    "postData": {
        "mimeType": "application/x-www-form-urlencoded",
        "params": [{"name": "a", "value": "x+y%21"}, {"name": "code", "value": PASTED}],
        "text": f"a=x+y%21&code={PASTED}",
    },
}


def test_chrome_says_what_it_copies_as_curl() -> None:
    (said,) = read_har(har(CHROME)).requests
    (copied,) = read_curl(AS_CURL).requests
    assert (said.method, said.url, said.body) == (copied.method, copied.url, copied.body)
    one, other = ({n.lower(): v for n, v in each.headers} for each in (said, copied))
    assert one == other
    assert PASTED not in repr(read_har(har(CHROME)))


def test_firefox_says_its_form_as_text_and_as_parameters() -> None:
    reading = read_har(har(FIREFOX))
    request = reading.requests[0]
    assert [name for name, _ in request.headers] == ["Accept"]
    assert request.pairs[0] == ("a", "x y!")
    assert isinstance(request.pairs[1][1], Env)
    data = {**FIREFOX["postData"], "text": ""}  # type: ignore[dict-item]
    assert read_har(har({**FIREFOX, "postData": data})).requests == reading.requests


@pytest.mark.spec("RFC 7578 §4")
def test_a_form_of_parts_becomes_a_body() -> None:
    parts = [
        {"name": "note", "value": "hello"},
        {"name": "f", "fileName": "a.txt", "contentType": "text/plain", "value": "text"},
    ]
    data = {"mimeType": "multipart/form-data; boundary=x", "params": parts, "text": ""}
    request = read_har(har({**FIREFOX, "headers": [], "postData": data})).requests[0]
    assert request.body is not None and 'filename="a.txt"\r\nContent-Type: text/plain' in str(
        request.body
    )


def test_one_entry_and_one_request_are_read_too_and_several_in_their_order() -> None:
    assert read_har(json.dumps({"request": CHROME})) == read_har(json.dumps(CHROME))
    both = read_har(har(CHROME, FIREFOX))
    assert [each.method for each in both.requests] == ["POST", "POST"]
    assert both.requests[0] == read_har(har(CHROME)).requests[0]


def test_a_password_in_the_address_is_who_asks() -> None:
    request = read_har(har({"method": "GET", "url": f"http://bob:{PASTED}@a.example/"})).requests[0]
    assert isinstance(request.authorization, Basic)
    assert request.authorization.client_id == "bob"
    assert request.url == "http://a.example/"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        "[]",
        "{}",
        '{"log": {}}',
        '{"log": {"entries": [3]}}',
        '{"method": "GET", "url": "ftp://a.example/"}',
        '{"method": "G T", "url": "http://a.example/"}',
        '{"method": "GET", "url": "http://a.example/", "headers": {"a": "b"}}',
        '{"method": "GET", "url": "http://a.example/", "headers": [{"name": 1, "value": "b"}]}',
        '{"method": "GET", "url": "http://a.example/\\ufdd0HOME\\ufdd1"}',
        har(*[CHROME] * 51),
    ],
)
def test_what_is_no_har_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_har(text)
    assert str(refused.value)
