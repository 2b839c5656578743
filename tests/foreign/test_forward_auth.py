"""nginx and Caddy before an API, as docs/verify-tokens.md has them, attacked: what the upstream saw is the judge."""

import contextlib
import http.client
import socket
from collections.abc import Iterator

import pytest

from satsuma.domain.errors.row import ErrorRow
from satsuma.gateway import headers
from satsuma.gateway.target import parse_target
from tests.foreign.recorder import Recorder, Seen, folded
from tests.foreign.ways import CALL, Shop, Way, running_shop, running_way
from tests.oauth.flow import get_code, new_person, redeem
from tests.wire.server import run_satsuma

pytestmark = [pytest.mark.slow, pytest.mark.spec("RFC 9110 §7.6.1")]
MARK = "attacker"
OURS = headers.InboundFields()
# What a proxy says itself; that none of it is the caller's is seen by its value.
OWN = {"host", "connection", "content-length", "transfer-encoding", "x-forwarded-for", "via"}
OWN |= {
    "x-forwarded-host",
    "x-forwarded-proto",
    "trailer",
}  # a trailer is announced, and does not come
IDENTITY = {"x-satsuma-client-id", "x-satsuma-application-id", "x-satsuma-scope"}
IDENTITY |= {"x-satsuma-identity"}
OF_A_USER = {"x-satsuma-subject", "x-satsuma-grant-id"}
# What frames a message, or asks for more of it, is attacked by itself.
FRAMING = {b"content-length", b"transfer-encoding", b"expect", b"host", b"connection", b"upgrade"}
FRAMING |= {b"authorization", b"http2-settings", b"te", b"trailer"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("shop"), jwt=False) as running:
        often = ("--spike-per-second", "100000")
        database = ("--database", running.server.database)
        rule = "shop:admin=GET,POST,PUT,DELETE:/admin"
        done = run_satsuma("apis", "change", "shop", "--add-scope", rule, *often, *database)
        assert done.returncode == 0, done.stderr
        yield running


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def way(
    request: pytest.FixtureRequest, shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Way]:
    with running_way(request.param, shop, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def upstream(way: Way) -> Recorder:
    assert way.upstream is not None
    way.upstream.seen.clear()
    return way.upstream


@pytest.fixture(scope="module")
def token(shop: Shop) -> str:
    return shop.token("shop:read shop:write")


@pytest.fixture(scope="module")
def reading(shop: Shop) -> str:
    return shop.token("shop:read")


def send(
    way: Way, token: str | None, *lines: str, first: str = f"GET {CALL}", body: bytes = b""
) -> int:
    """Send these very lines; give the status of the answer."""
    head = [f"{first} HTTP/1.1", f"Host: 127.0.0.1:{way.port}", "Accept: */*"]
    head += [f"Authorization: Bearer {token}"] if token else []
    whole = "\r\n".join([*head, *lines, "", ""]).encode("latin-1") + body
    with socket.create_connection(("127.0.0.1", way.port), timeout=20) as connection:
        connection.sendall(whole)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
        return response.status


def check_seen(seen: Seen, shop: Shop, client_id: str | None = None) -> None:
    """The upstream saw who calls, once and from us, and nothing that our own gateway would not have let pass."""
    assert seen.values("X-Satsuma-Client-Id") == [client_id or shop.client.client_id]
    for name in IDENTITY:
        assert len(seen.values(name)) == 1, (name, seen)
    for name, value in seen.fields + seen.trailers:
        allowed = folded(name) in OWN | IDENTITY | OF_A_USER
        assert allowed or OURS.judge(name.encode("latin-1")), (name, seen)
        assert not allowed or MARK not in value, (name, value)
        assert "_" not in name


def believed() -> list[str]:
    """Each name that our gateway keeps from an upstream, by its own lists."""
    starts = [
        start + (b"user" if start.endswith(b"-") else b"") for start in headers._LISTED_STARTS
    ]
    return [name.decode() for name in sorted({*headers._NEVER_INBOUND, *starts} - FRAMING)]


SPELLINGS = {
    "as it is": lambda name: name,
    "in capitals": lambda name: name.upper(),
    "underscored": lambda name: name.replace("-", "_"),
    "half underscored": lambda name: "-".join(name.rsplit("-", 1)).replace("-", "_", 1),
    "dotted": lambda name: name.replace("-", "."),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_field_that_an_upstream_believes_comes_from_a_caller(
    way: Way, upstream: Recorder, token: str, spelling: str
) -> None:
    names = [*believed(), *sorted(IDENTITY | OF_A_USER), "x-satsuma-other"]
    passed = 0
    for name in names:
        spelled = SPELLINGS[spelling](name)
        upstream.seen.clear()
        if send(way, token, f"{spelled}: {MARK}", f"{spelled}: {MARK}") == 200:
            passed += 1
            check_seen(upstream.seen[-1], way.shop)
            assert not OF_A_USER & upstream.seen[-1].names
        else:
            assert upstream.seen == []
    assert passed > len(names) / 2


@pytest.mark.parametrize(
    "spelling",
    ["X-Original-Method", "X-Forwarded-Method", "X-HTTP-Method", "X-HTTP-Method-Override"],
)
def test_a_method_is_what_it_is(way: Way, upstream: Recorder, reading: str, spelling: str) -> None:
    assert send(way, reading, f"{spelling}: GET", first=f"DELETE {CALL}") == 403
    assert upstream.seen == []


@pytest.mark.parametrize(
    "name", ["X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Rewrite-URL"]
)
def test_a_path_is_what_it_is(way: Way, upstream: Recorder, reading: str, name: str) -> None:
    assert send(way, reading, f"{name}: {CALL}", first="GET /shop/v1/admin/x") == 403
    assert (
        send(
            way,
            reading,
            f"{name}: {CALL}",
            first="GET /shop/v1/admin?api=shop&version=1&path=/things&method=GET",
        )
        == 403
    )
    assert upstream.seen == []


PATHS = [
    "/shop/v1/%61dmin",
    "/shop/v1//admin",
    "//shop/v1/admin",
    "/shop//v1/admin",
    "/shop/v1/;a/admin",
    "/shop/v1/admin;a",
    "/shop/v1/x/../admin",
    "/shop/v1/x/%2e%2e/admin",
    "/shop/v1/x/..%2fadmin",
    "/shop/v1/x/..\\admin",
    "/shop/v1/./admin",
    "/shop/v1/%2fadmin",
    "/shop/v1/%252e%252e/shop/v1/admin",
    "/other/../shop/v1/admin",
    "/shop/v1/../../other/v1/x",
    "/shop/v1/things#/../admin",
    "/shop/v1/x/.%2e/admin",
    "/shop/v1/x/..;/admin",
    "http://127.0.0.1/shop/v1/admin",
    "http://elsewhere.example/shop/v1/admin",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_spelling_of_a_path_opens_it(
    way: Way, upstream: Recorder, reading: str, path: str
) -> None:
    with contextlib.suppress(http.client.HTTPException):
        assert send(way, reading, first=f"GET {path}") != 200 or not upstream.seen
    assert [seen.line for seen in upstream.seen] == []


@pytest.mark.parametrize(
    "path",
    ["/shop/v1/things?a=/../admin&b=%2e%2e", "/shop/v1/caf%C3%A9", "/shop/v1/a//b", "/shop/v1/"],
)
def test_an_ordinary_path_arrives_as_it_was_checked(
    way: Way, upstream: Recorder, shop: Shop, token: str, path: str
) -> None:
    assert send(way, token, first=f"GET {path}") == 200
    method, arrived, _ = upstream.seen[0].line.split()
    assert method == "GET"
    target = parse_target(arrived.partition("?")[0].encode())
    assert not isinstance(target, ErrorRow)
    assert target == parse_target(path.partition("?")[0].encode())
    assert arrived.partition("?")[2] == path.partition("?")[2]


@pytest.mark.parametrize(
    "named", ["x-satsuma-client-id", "x-satsuma-identity", "x-satsuma-scope, close"]
)
def test_connection_takes_no_field_of_ours_away(
    way: Way, upstream: Recorder, token: str, named: str
) -> None:
    for line in (
        f"Connection: {named}",
        f"Connection: keep-alive, {named}",
        f"Proxy-Connection: {named}",
    ):
        if send(way, token, line) == 200:
            check_seen(upstream.seen[-1], way.shop)


@pytest.mark.parametrize("announced", [True, False])
def test_a_trailer_says_nothing_of_a_caller(
    way: Way, upstream: Recorder, token: str, announced: bool
) -> None:
    names = [
        "X-Satsuma-Subject",
        "X-Satsuma-Client-Id",
        "X-Forwarded-For",
        "X_Satsuma_Subject",
        "Authorization",
    ]
    lines = ["Transfer-Encoding: chunked", "TE: trailers"]
    lines += [f"Trailer: {', '.join(names)}"] if announced else []
    body = "2\r\n{}\r\n0\r\n" + "".join(f"{name}: {MARK}\r\n" for name in names) + "\r\n"
    if send(way, token, *lines, first=f"POST {CALL}", body=body.encode()) == 200:
        check_seen(upstream.seen[-1], way.shop)
        assert upstream.seen[-1].trailers == []
        assert not OF_A_USER & upstream.seen[-1].names
        assert "authorization" not in upstream.seen[-1].names


@pytest.mark.parametrize("order", ["valid first", "valid last", "twice valid", "of two"])
def test_a_doubled_authorization_lets_nothing_more_through(
    way: Way, upstream: Recorder, shop: Shop, token: str, order: str
) -> None:
    other = shop.token("shop:read", made=shop.server.new_application("shop"))
    pairs = {
        "valid first": [token, "sat_wrong"],
        "valid last": ["sat_wrong", token],
        "twice valid": [token, token],
        "of two": [other, token],
    }
    lines = [f"Authorization: Bearer {each}" for each in pairs[order]]
    status = send(way, None, *lines, first=f"POST {CALL}")
    for seen in upstream.seen:  # whoever passed is the one whose token allows it
        check_seen(seen, shop)
        assert "authorization" not in seen.names
    assert status in (200, 400, 401, 403)


def test_neither_token_nor_cookie_reaches_the_upstream(
    way: Way, upstream: Recorder, token: str
) -> None:
    lines = [
        "Cookie: a=b",
        "Proxy-Authorization: Basic YTpi",
        f"X-Kept: {MARK}",
        "Content-Type: a/b",
    ]
    assert send(way, token, *lines) == 200
    seen = upstream.seen[0]
    check_seen(seen, way.shop)
    assert not {"authorization", "cookie", "proxy-authorization"} & seen.names
    assert seen.values("Content-Type") == ["a/b"]
    assert token not in str(seen)


def test_a_user_has_a_subject_and_it_is_not_the_callers_word(
    way: Way, upstream: Recorder, shop: Shop
) -> None:
    person, redirect = new_person(shop.server), "https://a.example/b"
    code, _ = get_code(
        shop.server,
        shop.client,
        person,
        "",
        redirect_uri=redirect,
        scope="shop:read",
        resource=shop.address,
    )
    answer = redeem(shop.server, shop.client, code, "", redirect_uri=redirect).json
    assert send(way, answer["access_token"], f"X-Satsuma-Subject: {MARK}") == 200
    check_seen(upstream.seen[0], shop)
    (subject,) = upstream.seen[0].values("X-Satsuma-Subject")
    assert subject not in ("", MARK)


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1:1", ""])
def test_a_host_is_not_the_callers_word(
    way: Way, upstream: Recorder, token: str, host: str
) -> None:
    with socket.create_connection(("127.0.0.1", way.port), timeout=20) as connection:
        request = f"GET {CALL} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        connection.recv(65536)
    for seen in upstream.seen:
        assert host == "" or host not in str(seen)
