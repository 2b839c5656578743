"""The token endpoint at the wire: success, and each refusal with its exact words."""

import base64
import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from satsuma.domain.issuers import PRESETS
from tests.wire.raw import connect, exchange, post, read_reply
from tests.wire.server import FORM, Made, Server

GENERIC = "The requested service needs credentials, but the ones provided were invalid."
REQUEST_ID = re.compile(r"[0-9a-f]{24}\Z")


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.fixture
def made(server: Server) -> Made:
    return server.new_application()


@pytest.mark.spec("RFC 6749 §5.1")
@pytest.mark.spec("RFC 6749 §4.4")
@pytest.mark.spec("RFC 6749 §4.4.2")
def test_right_credentials_get_a_token(server: Server, made: Made) -> None:
    reply = server.token(made)
    assert reply.status == 200
    assert list(reply.json) == ["token_type", "access_token", "expires_in"]
    assert reply.json["token_type"] == "Bearer"
    assert reply.json["expires_in"] == 3600
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", reply.json["access_token"])
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Pragma"] == "no-cache"
    assert REQUEST_ID.match(reply.headers["X-OAPI-Request-Id"])


def test_a_new_application_works_at_once(server: Server) -> None:
    assert [server.token(server.new_application()).status for _ in range(3)] == [200, 200, 200]


@pytest.mark.spec("RFC 6749 §2.3.1")
def test_credentials_in_the_body_work(server: Server, made: Made) -> None:
    body = (
        f"grant_type=client_credentials&client_id={made.client_id}"
        f"&client_secret={made.client_secret}"
    )
    assert server.token(body=body).status == 200


@pytest.mark.parametrize("scheme", ["Basic", "bASIC", "BASIC", "basic"])
@pytest.mark.spec("RFC 9110 §11.1")
def test_the_case_of_the_scheme_does_not_matter(server: Server, made: Made, scheme: str) -> None:
    header = scheme + made.authorization[5:]
    assert server.token(Authorization=header).status == 200


@pytest.mark.parametrize(
    "content_type", [FORM + ";charset=UTF-8", FORM + "; charset=utf-8", FORM.upper()]
)
def test_a_charset_is_accepted(server: Server, made: Made, content_type: str) -> None:
    assert server.token(made, Content_Type=content_type).status == 200


@pytest.mark.parametrize(
    "accept",
    ["application/json", "*/*", "application/*", "text/html, application/json;q=0.5", "*/*; q=0.2"],
)
def test_what_lets_json_through_is_accepted(server: Server, made: Made, accept: str) -> None:
    assert server.token(made, Accept=accept).status == 200


@pytest.mark.parametrize(
    "accept", ["", "text/html", "application/json;q=0", "application/xml, text/*"]
)
@pytest.mark.spec("OAuth M2M guide, step 2")
def test_without_json_in_accept_it_is_406(server: Server, made: Made, accept: str) -> None:
    reply = server.token(made, Accept=accept)
    assert reply.status == 406
    assert reply.json == {
        "error": "invalid_request",
        "error_description": "The Accept incoming header does not match any available content-type.",
    }


def test_an_absent_accept_is_406(server: Server, made: Made) -> None:
    request = post(
        server,
        "/oauth/v3/token",
        b"grant_type=client_credentials",
        b"Authorization: " + made.authorization.encode(),
        b"Content-Type: " + FORM.encode(),
    )
    assert exchange(server, request).status == 406


@pytest.mark.spec("OAuth M2M guide, step 2")
@pytest.mark.spec("RFC 6749 §3.2.1")
def test_a_wrong_secret_is_the_guides_401(server: Server, made: Made) -> None:
    reply = server.token(Authorization=basic(made.client_id, "wrong"))
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Authorization Required"'
    assert reply.body == (
        b'{"error":"invalid_client","error_description":"' + GENERIC.encode() + b'"}'
    )
    assert len(reply.body) == 125


def test_an_unknown_client_reads_the_same_as_a_wrong_secret(server: Server, made: Made) -> None:
    wrong = server.token(Authorization=basic(made.client_id, "wrong"))
    unknown = server.token(Authorization=basic("A" * 32, made.client_secret))
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert set(unknown.headers) == set(wrong.headers)


@pytest.mark.parametrize(
    "value",
    ["Basic false", "Basic ====", "Basic", "Basic YWJj", "Basic Basic YTpi", "Basic w6k6YQ=="],
)
def test_basic_that_cannot_be_decoded_says_so(server: Server, value: str) -> None:
    reply = server.token(Authorization=value)
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Authorization Required"'
    assert reply.body == (
        b'{"error":"invalid_client","error_description":"Unable to decode Basic authorization."}'
    )
    assert len(reply.body) == 86


@pytest.mark.spec("RFC 7617 §2")
def test_a_secret_with_a_colon_is_split_on_the_first(server: Server, made: Made) -> None:
    reply = server.token(Authorization=basic(made.client_id, "a:b:c"))
    assert (reply.status, reply.json["error_description"]) == (401, GENERIC)


def test_no_credentials_at_all_is_401(server: Server) -> None:
    reply = server.token()
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Authorization Required"'


@pytest.mark.parametrize("value", ["Bearer abc", "Digest a=b", "justoneword"])
def test_another_scheme_is_401(server: Server, value: str) -> None:
    assert server.token(Authorization=value).status == 401


@pytest.mark.spec("OAuth M2M guide, step 2")
def test_header_and_body_credentials_together_are_duplicate(server: Server, made: Made) -> None:
    body = f"grant_type=client_credentials&client_id={made.client_id}&client_secret=x"
    reply = server.token(made, body=body)
    assert reply.status == 400
    assert reply.json == {
        "error": "invalid_request",
        "error_description": "Duplicate credentials",
    }


def test_an_equal_lone_client_id_beside_the_header_is_accepted(server: Server, made: Made) -> None:
    same = f"grant_type=client_credentials&client_id={made.client_id}"
    assert server.token(made, body=same).status == 200
    other = "grant_type=client_credentials&client_id=somebody"
    assert server.token(made, body=other).json["error_description"] == "Duplicate credentials"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", FORM),
        ("scope=x", FORM),
        ("grant_type=", FORM),
        (json.dumps({"grant_type": "client_credentials"}), "application/json"),
        ("grant_type=client_credentials", ""),
    ],
)
def test_a_missing_grant_type_comes_before_credentials(
    server: Server, body: str, content_type: str
) -> None:
    reply = server.token(body=body, Content_Type=content_type)
    assert reply.status == 400
    assert reply.body == (
        b'{"error":"invalid_request","error_description":"Missing grant_type in body"}'
    )


@pytest.mark.parametrize(
    "grant_type", ["password", "authorization_code", "CLIENT_CREDENTIALS", "x"]
)
@pytest.mark.spec("RFC 6749 §5.2")
def test_another_grant_is_unsupported(server: Server, made: Made, grant_type: str) -> None:
    reply = server.token(made, body=f"grant_type={grant_type}")
    assert (reply.status, reply.json["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.spec("RFC 6749 §3.2")
def test_another_method_is_405(server: Server, method: str) -> None:
    reply = server.request(method, "/oauth/v3/token", headers={"Accept": "application/json"})
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert reply.json["error_description"] == "The URI does not support the requested method."


@pytest.mark.spec("RFC 8707 §2")
def test_a_token_is_for_one_resource_alone(server: Server) -> None:
    for name in ("maps", "tiles"):
        server.new_api(name)
    made = server.new_application("maps", "tiles")
    each = [
        f"resource={quote(f'{server.api_url}/{name}/v1', safe='')}" for name in ("maps", "tiles")
    ]
    grant = "grant_type=client_credentials"
    assert [server.token(made, f"{grant}&{one}").status for one in each] == [200, 200]
    reply = server.token(made, f"{grant}&{each[0]}&{each[1]}")
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert "more than once" in reply.json["error_description"]


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v2/token", "/oauth/token"])
def test_old_versions_are_404(server: Server, made: Made, path: str) -> None:
    reply = server.form(path, made, "grant_type=client_credentials")
    assert (reply.status, reply.json["code"]) == (404, 60)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"grant_type=client_credentials&grant_type=client_credentials", "more than once"),
        (b"grant_type=client_credentials&scope=a&scope=b", "more than once"),
        (b"grant_type=client_credentials&x=%zz", "percent escape"),
        (b"grant_type=client_credentials&x=%4", "percent escape"),
        (b"grant_type=client_credentials&x=%ff%fe", "not UTF-8"),
        (b"grant_type=client_credentials&x=\xff\xfe", "not UTF-8"),
        (b"grant_type=client_credentials&x=%00", "NUL"),
        (b"grant_type=client_credentials&x=\x00", "NUL"),
        (b"&".join(b"p%d=1" % n for n in range(60)), "too many"),
    ],
)
@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.spec("RFC 6749 App. B")
def test_a_malformed_form_is_invalid_request(
    server: Server, made: Made, body: bytes, why: str
) -> None:
    reply = server.token(made, body=body)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert why in reply.json["error_description"]


def test_a_body_of_ten_megabytes_is_413(server: Server, made: Made) -> None:
    reply = server.token(made, body=b"grant_type=client_credentials&x=" + b"a" * 10_000_000)
    assert reply.status == 413
    assert REQUEST_ID.match(reply.headers["X-OAPI-Request-Id"])


def test_a_chunked_body_works(server: Server, made: Made) -> None:
    head = (
        f"POST /oauth/v3/token HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: {made.authorization}\r\nAccept: application/json\r\n"
        f"Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"b\r\ngrant_type=\r\n12\r\nclient_credentials\r\n0\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(head.encode())
        connection.sendall(chunks)
        assert read_reply(connection).status == 200


def test_pipelined_requests_are_answered_in_order(server: Server, made: Made) -> None:
    def token(body: bytes) -> bytes:
        return post(
            server,
            "/oauth/v3/token",
            body,
            b"Authorization: " + made.authorization.encode(),
            b"Accept: */*",
            b"Content-Type: " + FORM.encode(),
        )

    good = token(b"grant_type=client_credentials")
    with connect(server) as connection:
        connection.settimeout(10)
        connection.sendall(good + token(b"grant_type=none") + good)
        statuses = read_statuses(connection, 3)
    assert statuses == [200, 400, 200]


def read_statuses(connection: socket.socket, count: int) -> list[int]:
    data = b""
    while data.count(b"HTTP/1.1 ") < count or not data.endswith(b"}"):
        data += connection.recv(65536)
    return [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]


def test_repeated_authorization_headers_are_refused(server: Server, made: Made) -> None:
    request = post(
        server,
        "/oauth/v3/token",
        b"grant_type=client_credentials",
        b"Authorization: " + made.authorization.encode(),
        b"Authorization: Basic YTpi",
        b"Accept: */*",
        b"Content-Type: " + FORM.encode(),
    )
    reply = exchange(server, request)
    assert reply.status == 400
    assert b"more than once" in reply.body


def test_a_supplied_request_id_is_echoed_beside_ours(server: Server, made: Made) -> None:
    reply = server.token(made, X_OAPI_Request_Id="my-own_id.42")
    assert reply.headers["X-OAPI-Request-Id"] == "my-own_id.42"
    assert REQUEST_ID.match(reply.headers["X-Satsuma-Request-Id"])
    for wrong in ("short", "x" * 65, "has spaces in it", "bad;chars-in-it"):
        reply = server.token(made, X_OAPI_Request_Id=wrong)
        assert REQUEST_ID.match(reply.headers["X-OAPI-Request-Id"])


def secrets_of_ours(made: Made) -> Iterator[str]:
    """What a caller may have put into the wrong field: each kind that has a beginning of its own."""
    yield made.client_secret
    yield from (f"{policy.token_prefix}abcdefgh" for policy in PRESETS.values())
    yield from ("stc_abcdefgh", "srt_abcdefgh", "eyJhbGciOiJub25lIn0.e30.x")


def test_a_supplied_request_id_that_looks_like_a_secret_is_neither_shown_nor_logged(
    server: Server, made: Made
) -> None:
    for secret in secrets_of_ours(made):
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", secret), "its form alone would do"
        reply = server.token(made, "grant_type=nothing", X_OAPI_Request_Id=secret)
        assert REQUEST_ID.match(reply.headers["X-OAPI-Request-Id"])
        assert secret not in server.log.read_text()


def test_an_answer_without_a_scope_has_no_member_for_one(server: Server) -> None:
    """`scope = 1*( scope-token )`: an empty one is none. Spec: RFC 6749 §3.3, §5.1."""
    bare = server.new_application()
    for issuer in ("/oauth/v3", ""):
        reply = server.token(bare, issuer=issuer)
        assert reply.status == 200
        assert reply.json.get("scope") != ""
        told = server.form(f"{issuer}/introspect", bare, f"token={reply.json['access_token']}")
        assert told.json["active"] is True
        assert told.json.get("scope") != ""


def test_a_pending_application_reads_as_the_generic_401(server: Server) -> None:
    made = server.new_application(state="pending")
    reply = server.token(made)
    assert (reply.status, reply.json["error_description"]) == (401, GENERIC)


@pytest.mark.parametrize(("scope", "status"), [('"', 400), ("a  b", 400), ("nobody:has-this", 400)])
@pytest.mark.spec("RFC 6749 §3.3")
def test_a_scope_that_cannot_be_given_is_invalid_scope(
    server: Server, made: Made, scope: str, status: int
) -> None:
    reply = server.token(made, body=f"grant_type=client_credentials&scope={scope}")
    assert (reply.status, reply.json["error"]) == (status, "invalid_scope")
