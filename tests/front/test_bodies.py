"""Bodies over a bound, fields in several lines, nested text: each endpoint answers in its own form, on both fronts."""

import json

import pytest

from satsuma.domain.errors import token as token_errors
from satsuma_client.protocol.base64url import b64
from tests.app.test_status import counted
from tests.front.edge import Edge
from tests.front.judge import connected, exchanged, read_answers
from tests.oauth.flow import authorize_url, new_client
from tests.wire.server import FORM, wait_until

ORIGIN = "https://page.example"
FORMS = ["token", "revoke", "introspect"]
TOO_LONG = b"token=" + b"x" * 16_400
DEPTHS = [33, 980, 5000]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.spec("RFC 9110 §15.5.14")
def test_a_body_over_the_bound_is_refused_in_the_endpoints_own_form(
    edge: Edge, path: str, framing: str
) -> None:
    field, body = b"Content-Length: %d" % len(TOO_LONG), TOO_LONG
    if framing == "chunks":
        field, body = b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = edge.form(field, path=b"/oauth/v3/" + path.encode())
    (answer,) = exchanged(edge.port, head + b"\r\n" + body, b"POST").answers
    expected = token_errors.BODY_TOO_LARGE
    assert answer.status == expected.status == 413
    told = json.loads(answer.body)
    assert (told.get("error"), told.get("error_description")) == (expected.error, expected.says)
    assert answer.field(b"cache-control") == b"no-store"


@pytest.mark.parametrize("path", ["token", "revoke"])
def test_a_page_can_read_that_its_body_was_too_large(edge: Edge, path: str) -> None:
    new_client(edge.server, web_origins=(ORIGIN,))
    head = edge.form(
        b"Content-Length: %d" % len(TOO_LONG),
        b"Origin: " + ORIGIN.encode(),
        path=b"/oauth/v3/" + path.encode(),
    )

    def is_readable() -> bool:
        (answer,) = exchanged(edge.port, head + b"\r\n" + TOO_LONG, b"POST").answers
        assert answer.status == 413
        return answer.field(b"access-control-allow-origin") == ORIGIN.encode()

    wait_until(is_readable, 5)


def test_another_endpoint_answers_with_the_envelope(edge: Edge) -> None:
    head = edge.call(b"Content-Length: %d" % len(TOO_LONG), method=b"POST", path=b"/oauth/v3/jwks")
    (answer,) = exchanged(edge.port, head + b"\r\n" + TOO_LONG, b"POST").answers
    assert (answer.status, json.loads(answer.body)["code"]) == (413, 66)


ACCEPTS = [
    (b"Accept: text/html", b"Accept: application/json"),
    (b"Accept: application/json", b"Accept: text/html"),
    (b"Accept: text/html", b"Accept: */*;q=0.1", b"Accept: image/png"),
]


@pytest.mark.parametrize("accepts", ACCEPTS)
@pytest.mark.spec("RFC 9110 §5.3")
def test_a_list_may_stand_in_several_lines(edge: Edge, accepts: tuple[bytes, ...]) -> None:
    body = b"grant_type=client_credentials"
    head = edge.form(b"Content-Length: %d" % len(body), *accepts)
    head = head.replace(b"Accept: application/json\r\n", b"", 1)
    for path in (b"/oauth/v3/token", b"/token", b"/openidconnect/fr/v1/token"):
        request = head.replace(b"/oauth/v3/token", path, 1) + b"\r\n" + body
        (answer,) = exchanged(edge.port, request, b"POST").answers
        assert answer.status != 406 and b"once" not in answer.body, (path, answer.body)


@pytest.mark.parametrize("languages", [(b"de", b"fr"), (b"fr", b"de"), (b"en;q=0.1", b"fr;q=0.9")])
@pytest.mark.spec("RFC 9110 §5.3")
def test_the_languages_of_a_page_may_stand_in_several_lines(
    edge: Edge, languages: tuple[bytes, ...]
) -> None:
    head = edge.page(*(b"Accept-Language: " + each for each in languages))
    (answer,) = exchanged(edge.port, head + b"\r\n").answers
    assert b'<html lang="fr">' in answer.body


@pytest.mark.parametrize("name", [b"Origin", b"Content-Type"])
@pytest.mark.spec("RFC 9110 §5.3")
def test_a_call_says_once_what_may_be_said_once(edge: Edge, name: bytes) -> None:
    edge.recorder.seen.clear()
    head = edge.call(name + b": text/plain", name + b": application/json", method=b"PUT")
    assert exchanged(edge.port, head + b"\r\n", b"PUT").statuses == [400]
    assert edge.recorder.seen == []


@pytest.mark.parametrize("field", [b"Authorization: Basic eDp5", b"Content-Type: " + FORM.encode()])
@pytest.mark.spec("RFC 9110 §5.3")
def test_what_may_stand_once_stands_once(edge: Edge, field: bytes) -> None:
    body = b"grant_type=client_credentials"
    head = edge.form(b"Content-Length: %d" % len(body), field)
    (answer,) = exchanged(edge.port, head + b"\r\n" + body, b"POST").answers
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request")


def nested(depth: int) -> str:
    return '{"userinfo": {"email": ' + "[" * depth + "]" * depth + "}}"


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.spec("RFC 8259 §9")
def test_claims_are_bounded_in_depth(edge: Edge, depth: int) -> None:
    made = new_client(edge.server)
    url = authorize_url(edge.server, made, claims=nested(min(depth, 980)))

    def told() -> str:
        reply = edge.server.request("GET", url.removeprefix(edge.server.api_url))
        assert reply.status < 500
        return reply.headers.get("Location", "")

    wait_until(lambda: "error=invalid_request" in told(), 5)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("part", [0, 1])
def test_a_nested_token_is_no_token(edge: Edge, depth: int, part: int) -> None:
    text = (
        '{"alg": "ES256", "a": ' + "[" * min(depth, 2800) + "]" * min(depth, 2800) + "}"
    ).encode()
    parts = [b64(b'{"alg":"ES256"}'), b64(b"{}"), b"eA"]
    parts[part] = b64(text)
    bearer = b"Authorization: Bearer " + b".".join(parts)
    lines = [b"GET /edge/v1/x HTTP/1.1", edge.host, bearer]
    assert exchanged(edge.port, b"\r\n".join(lines) + b"\r\n\r\n").statuses == [401]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_breaks_off_is_counted_and_says_nothing(edge: Edge, path: str) -> None:
    label, before = f"orange-m2m/{path}", edge.server.log.stat().st_size
    already = counted(edge.server, label, 499)
    head = edge.form(b"Content-Length: 9", path=b"/oauth/v3/" + path.encode())
    with connected(edge.port) as connection:
        connection.sendall(head + b"\r\ntoken=")
    wait_until(lambda: counted(edge.server, label, 499) == already + 1, 5)
    assert edge.said_since(before) == []


def test_a_body_that_comes_in_time_is_taken_however_it_is_cut(edge: Edge) -> None:
    body = b"grant_type=client_credentials"
    with connected(edge.port) as connection:
        connection.sendall(edge.form(b"Content-Length: %d" % len(body)) + b"\r\n")
        for at in range(len(body)):
            connection.sendall(body[at : at + 1])
        assert read_answers(connection, b"POST").statuses == [200]
