"""Which fields pass. The property is tried over a socket: what the upstream read is what counts."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satsuma.domain.apis import RequestPolicy
from satsuma.gateway.believed_fields import BELIEVED, OVERRIDING
from satsuma.gateway.headers import InboundFields
from tests.gateway import upstreams
from tests.gateway.wire import ask
from tests.gateway.world import World, raw_upstream

OURS = {
    "x-satsuma-client-id",
    "x-satsuma-application-id",
    "x-satsuma-scope",
    "x-satsuma-identity",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "forwarded",
    "via",
    "x-oapi-request-id",
}
MARK = "said-by-the-caller"


@pytest.fixture(scope="module")
def port() -> Iterator[tuple[int, str]]:
    """A gateway with an echoing upstream, in a thread of its own; its port and a token."""
    ready = threading.Event()
    said: list[tuple[int, str, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        end = asyncio.Event()
        async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
            said.append((world.port, world.token(), asyncio.get_running_loop(), end))
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    number, token, loop, end = said[0]
    yield number, token
    loop.call_soon_threadsafe(end.set)
    thread.join()


def exchange(port: tuple[int, str], fields: list[tuple[str, str]]) -> tuple[int, list[str]]:
    """Give the answer's status and the lines of the head that the upstream saw."""
    number, token = port
    lines = ["GET /poi/v1/a HTTP/1.1", "Host: api.example", f"Authorization: Bearer {token}"]
    lines += [f"{name}: {value}" for name, value in fields]
    with socket.create_connection(("127.0.0.1", number), 20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            length = 0
            while (line := stream.readline().strip().lower()) != b"":
                name, _, value = line.partition(b":")
                if name == b"content-length":
                    length = int(value)
            return status, stream.read(length).decode("latin-1").split("\r\n")


def _cased(name: str) -> st.SearchStrategy[str]:
    return st.lists(st.booleans(), min_size=len(name), max_size=len(name)).map(
        lambda up: "".join(c.upper() if u else c for c, u in zip(name, up, strict=True))
    )


def _folded(name: str) -> st.SearchStrategy[str]:
    places = name.count("-")
    return st.lists(st.sampled_from("-_."), min_size=places, max_size=places).map(
        lambda joints: "".join(
            part + joint for part, joint in zip(name.split("-"), [*joints, ""], strict=True)
        )
    )


SPOOFS = st.sampled_from(
    [
        "x-satsuma-client-id",
        "x-satsuma-application-id",
        "x-satsuma-identity",
        "x-satsuma-subject",
        "x-satsuma-grant-id",
        "x-satsuma-anything",
        "x-satsuma-request-id",
        "x-forwarded-for",
        "x-forwarded-user",
        "x-real-ip",
        "forwarded",
        "cookie",
        "x-http-method-override",
        "x-method-override",
        "x-original-url",
        "x-original-uri",
        "x-original-method",
        "x-original-host",
        "x-rewrite-url",
        "x-rewrite-uri",
        "x-http-path-override",
        "x-host",
        "proxy",
        "client-ip",
        "true-client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-originating-ip",
        "cf-connecting-ip",
        "fastly-client-ip",
        "forwarded-for",
        "proxy-authorization",
        "keep-alive",
        "te",
        "trailer",
        "http2-settings",
        "proxy-connection",
    ]
)


@given(fields=st.lists(SPOOFS.flatmap(_folded).flatmap(_cased), min_size=1, max_size=6))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.spec("RFC 9110 §7.6.1")
def test_nothing_that_only_we_may_say_reaches_the_upstream(
    port: tuple[int, str], fields: list[str]
) -> None:
    status, lines = exchange(port, [(name, MARK) for name in fields])
    assert status == 200
    assert not any(MARK in line for line in lines)
    names = [line.partition(":")[0] for line in lines[1:] if line]
    assert len(names) == len({re.sub("[^a-z0-9]", "-", name.lower()) for name in names})


_OTHERWISE = """
    Script-Name X-Script-Name Path-Info Request-Uri X-Request-Uri X-OriginalURL X-Original-URL X-Rewrite-URL
    X-Envoy-Original-Path X-Envoy-Original-Method X-Waws-Unencoded-Url X-HTTP-Method X-HTTP-Path-Override
    X-Forwarded-Script-Name X-Accel-Redirect X-Accel-Internal X-Sendfile X-Sendfile-Type
    X-Host Disguised-Host X-Backend-Host X-Scheme Front-End-Https X-Url-Scheme Proxy
    X-Forward-For X-Forwarded-For Remote-Addr X-Remote-Addr X-Real-IP X-Client-IP X-Client-Real-Ip True-Client-IP
    CloudFront-Viewer-Address X-Nf-Client-Connection-Ip X-Vercel-Forwarded-For X-Vercel-Proxied-For Incap-Client-IP
    X-Sucuri-ClientIP Ali-Cdn-Real-Ip Cdn-Src-Ip X-Akamai-Client-Ip Akamai-Client-Ip X-Appengine-Remote-Addr
    X-Appengine-User-IP X-Azure-ClientIP CF-Connecting-IP CF-Access-Jwt-Assertion Fastly-Client-IP
    Fly-Client-IP WL-Proxy-Client-IP X-ProxyUser-Ip X-Envoy-External-Address
    Remote-User X-Remote-User X-Remote-Groups X-Authenticated-User X-Authenticated-Userid X-Auth-Request-User
    X-Goog-Authenticated-User-Email X-Goog-IAP-JWT-Assertion X-MS-Client-Principal X-MS-Client-Principal-Name
    X-MS-Token-AAD-Id-Token X-Amzn-Oidc-Data X-Amzn-Oidc-Identity X-Amzn-Mtls-Clientcert X-Appengine-User-Email
    SSL-Client-Cert SSL-Client-S-DN X-SSL-Client-Cert X-Client-Cert Client-Cert Client-Cert-Chain X-ARR-ClientCert
    X-Endpoint-API-UserInfo X-Apigateway-Api-Userinfo X-Consumer-ID X-Consumer-Username X-Consumer-Custom-ID
    X-Credential-Identifier X-Anonymous-Consumer X-Userinfo X-ID-Token X-authentik-username X-authentik-groups
    X-Vouch-User X-Vouch-Idp-Claims-Name
    iv-user iv-groups iv-creds SM-USER SM-UserDN SMUSER OAM-REMOTE-USER Shib-Session-ID
    Shib-Identity-Provider X-Auth-User X-Auth-Username X-Auth-Email X-Auth-Roles X-Auth-Request-Email X-Proxy-User
    X-Proxy-Roles Teleport-Jwt-Assertion Cf-Access-Authenticated-User-Email X-Goog-Authenticated-User-Id
    X-MS-Client-Principal-Id Impersonate-User Impersonate-Group Impersonate-Extra-Scopes X-Remote-Group
    X-Remote-Extra-Scopes X-Remote-Uid X-Client-DN X-Client-Verify X-SSL-Client-Verify X-SSL-CERT X-TLS-Client-Cert
    MS-ASPNETCORE-CLIENTCERT EO-Client-IP EO-Connecting-IP X-Cdn-Src-Ip Ar-Real-Ip X-Edge-Client-IP X-Ingress-Path
    X-Base-Path X-Replaced-Path X-HTTPS X-Amzn-Request-Context X-Amzn-Lambda-Context X-Amzn-Oidc-Accesstoken
    Remote-Groups Remote-Email Remote-Name OIDC-CLAIM-sub X-Jwt-Payload X-Spiffe-Id Tailscale-User-Login
    X-JWT-Assertion X-Hasura-Role X-Hasura-User-Id X-Hasura-Admin-Secret X-Middleware-Subrequest
    X-Middleware-Subrequest-Id X-Caller-Id
"""
SAYS_OTHERWISE = _OTHERWISE.split()
LISTED = [name for _, names in (*BELIEVED, *OVERRIDING) for name in names.split()]
_MEANT = """
    Accept Content-Type If-Match Idempotency-Key Traceparent X-Request-Id X-Tenant X-Api-Key Origin Referer
    User-Agent Range CDN-Loop X-Client-Version X-Amzn-Trace-Id DPoP
    X-Original-Filename X-Original-Title X-Real-Estate Remote-Control X-Remote-Control X-Auth-Token X-Auth-Key
    X-Backend-Version X-Rewrite-Rules X-Http-Client-Name Client-Certainty X-Client-Id X-Goog-Api-Key X-User-Id
"""
passes = InboundFields().passes


@pytest.mark.parametrize("name", SAYS_OTHERWISE)
def test_nothing_passes_that_says_otherwise_than_was_decided_about(name: str) -> None:
    lowered = name.lower().encode()
    assert not passes(lowered)
    assert not passes(lowered.replace(b"-", b"."))


@pytest.mark.parametrize(
    "form",
    [str, str.upper, lambda name: name.replace("-", "_"), lambda name: name.replace("-", ".")],
    ids=["listed", "upper", "underscored", "dotted"],
)
@pytest.mark.parametrize("names", [LISTED, SAYS_OTHERWISE], ids=["listed", "known"])
@pytest.mark.spec("RFC 9110 §5.1")
async def test_nothing_that_is_listed_reaches_an_upstream_in_any_form(
    names: list[str], form: Callable[[str], str]
) -> None:
    """Each name twice, as a caller may who hopes that only the first or the last is judged."""
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        for at in range(0, len(names), 40):
            named = [form(name.replace("*", "-x")) for name in names[at : at + 40]]
            reply = await ask(
                world.port, "/poi/v1/a", world.bearer(), *((name, MARK) for name in named * 2)
            )
            assert reply.status == 200
            assert MARK.encode() not in reply.body


async def test_what_an_operator_withholds_reaches_no_upstream() -> None:
    said = [(name, MARK) for name in ("X-User-Id", "x_user_id", "X-Tenant-Role", "X-TENANT.x")]
    async with raw_upstream(upstreams.ok) as upstream:
        world = World(upstream, withheld=("x-user-id", "x-tenant-*"))
        async with world.serving():
            reply = await ask(world.port, "/poi/v1/a", world.bearer(), *said, ("X-User-Ids", "7"))
            assert MARK.encode() not in reply.body
            assert b"x-user-ids: 7" in reply.body


def test_no_name_is_listed_twice_or_by_a_beginning_too() -> None:
    assert len(LISTED) == len(set(LISTED))
    starts = tuple(name[:-1] for name in LISTED if name.endswith("*"))
    assert [
        name for name in LISTED if name[:-1].startswith(starts) and name[:-1] not in starts
    ] == []


async def test_nothing_that_says_otherwise_reaches_the_upstream() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        for at in range(0, len(SAYS_OTHERWISE), 40):
            said = [(name, MARK) for name in SAYS_OTHERWISE[at : at + 40]]
            reply = await ask(world.port, "/poi/v1/a", world.bearer(), *said)
            assert reply.status == 200
            assert MARK.encode() not in reply.body


@pytest.mark.parametrize("name", _MEANT.split())
def test_what_callers_mean_for_an_upstream_passes(name: str) -> None:
    assert passes(name.lower().encode())


UNDERSCORED = st.from_regex(r"[A-Za-z][A-Za-z0-9.-]{0,10}_[A-Za-z0-9._-]{0,12}", fullmatch=True)


@given(names=st.lists(UNDERSCORED | st.just("SCRIPT_NAME"), min_size=1, max_size=6))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.spec("RFC 3875 §4.1.18")
def test_no_name_with_an_underscore_reaches_the_upstream(
    port: tuple[int, str], names: list[str]
) -> None:
    """A CGI program and its heirs read `A_B` as `A-B`, or as a variable of the server's own."""
    status, lines = exchange(port, [(name, MARK) for name in names])
    assert status == 200
    assert not any(MARK in line or "_" in line.partition(":")[0] for line in lines[1:])


NAMES = st.from_regex(r"x-[a-z]{1,8}", fullmatch=True)


@given(names=st.lists(NAMES, min_size=1, max_size=4, unique=True), upper=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.spec("RFC 9110 §7.6.1")
def test_what_connection_names_ends_here(
    port: tuple[int, str], names: list[str], upper: bool
) -> None:
    listed = ", ".join(names).upper() if upper else ",".join(names)
    fields = [("Connection", listed), *((name, MARK) for name in names)]
    _, lines = exchange(port, [*fields, ("X-Kept-Because-Nobody-Named-It", "kept")])
    assert not any(MARK in line for line in lines)
    assert "x-kept-because-nobody-named-it: kept" in lines


DEMANDING = RequestPolicy(
    headers=(("X-Tenant", "[a-z]+", True), ("X-Region", "eu|us", False)),
    consumes=("application/json",),
)
TENANT = ("X-Tenant", "acme")
JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("named", "status", "slugs"),
    [
        ("close", 200, []),
        ("close, X-Unasked", 200, []),
        ("close, X-Region", 200, []),
        ("close, Content-Length", 200, []),
        ("close, X-Tenant", 400, ["header-missing"]),
        ("close, x-TENANT , Content-Type", 415, ["media-type-refused"]),
        ("content-type", 415, ["media-type-refused"]),
    ],
)
@pytest.mark.spec("RFC 9110 §7.6.1")
async def test_what_a_policy_demands_reaches_the_upstream(
    named: str, status: int, slugs: list[str]
) -> None:
    """A caller who names a field in Connection has not sent it, to the policy as to the upstream."""
    fields = (("Connection", named), TENANT, JSON, ("X-Region", "eu"))
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream, policy=DEMANDING).serving() as world,
    ):
        reply = await ask(
            world.port, "/poi/v1/a", world.bearer(), *fields, method="POST", body=b"{}"
        )
        assert (reply.status, world.slugs()) == (status, slugs)
        if status == 200:
            assert b"x-tenant: acme\r\n" in reply.body
            assert b"content-type: application/json\r\n" in reply.body


@pytest.mark.parametrize("name", ["X_Tenant", "Cookie", "X-Real-IP", "Remote-User"])
async def test_a_demanded_field_that_never_passes_is_missing(name: str) -> None:
    policy = RequestPolicy(headers=((name, ".+", True),))
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream, policy=policy).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), (name, "one"))
        assert (reply.status, world.slugs()) == (400, ["header-missing"])


@pytest.mark.parametrize("name", ["X-OAPI-Request-Id", "Authorization", "Host", "X-Forwarded-For"])
async def test_a_demanded_field_that_the_gateway_says_itself_is_the_callers_to_send(
    name: str,
) -> None:
    policy = RequestPolicy(headers=((name, ".+", True),))
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream, policy=policy).serving() as world,
    ):
        said = [(name, "said-so-12")] if name.startswith("X-") else []
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), *said)
        assert reply.status == 200


async def test_a_caller_cannot_name_our_own_fields_away() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        named = ", ".join(["close", *sorted(OURS)])
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), ("Connection", named))
        head = reply.body.decode().lower()
        assert all(f"\n{name}: " in head for name in OURS)


@pytest.mark.spec("RFC 9110 §5.5")
async def test_other_fields_pass_byte_for_byte_and_in_order() -> None:
    values = ["plain", "caf\xe9", '"quoted, list"', "second"]
    fields = [("X-Value", value) for value in values]
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), *fields)
        lines = reply.body.split(b"\r\n")
        found = [line for line in lines if line.startswith(b"x-value")]
        assert found == [b"x-value: " + value.encode("latin-1") for value in values]


async def test_no_field_is_added_that_the_caller_did_not_say() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        names = {line.partition(b":")[0].decode() for line in reply.body.split(b"\r\n")[1:] if line}
        assert names == OURS | {"host"}


async def test_the_token_reaches_only_an_upstream_that_asked_for_it() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        bearer = world.bearer()
        assert b"authorization" not in (await ask(world.port, "/poi/v1/a", bearer)).body
        world.change_api(forward_authorization=True)
        told = (await ask(world.port, "/poi/v1/a", bearer)).body
        assert f"authorization: {bearer[1]}\r\n".encode() in told


@pytest.mark.spec("RFC 7239 §4")
@pytest.mark.spec("RFC 7239 §6")
async def test_the_callers_address_is_the_one_that_the_front_trusts() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        spoof = ("X-Forwarded-For", "203.0.113.9")
        body = (await ask(world.port, "/poi/v1/a", world.bearer(), spoof)).body.decode()
        assert "x-forwarded-for: 127.0.0.1\r\n" in body
        assert 'forwarded: for=127.0.0.1;host="api.example";proto=http\r\n' in body
        assert "203.0.113.9" not in body


@pytest.mark.spec("RFC 9110 §7.6.3")
async def test_via_tells_of_this_hop_after_earlier_ones() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        body = (await ask(world.port, "/poi/v1/a", world.bearer(), ("Via", "1.0 x"))).body
        assert b"via: 1.0 x, 1.1 satsuma\r\n" in body


STRIPPED = ["Set-Cookie", "Server", "Alt-Svc", "X-OAPI-Request-Id", "Keep-Alive", "Upgrade"]
STRIPPED += ["Access-Control-Allow-Origin", "Proxy-Authenticate", "X-Named"]


@pytest.mark.spec("RFC 9110 §7.6.1")
async def test_an_upstream_cannot_speak_for_this_origin() -> None:
    said = "".join(f"{name}: theirs\r\n" for name in STRIPPED)
    wire = (
        f"HTTP/1.1 200 OK\r\n{said}Connection: close, X-Named\r\nX-Kept: theirs\r\n"
        "Vary: Accept\r\nContent-Length: 2\r\n\r\nok"
    )
    async with (
        raw_upstream(upstreams.answering(wire.encode())) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert [name for name, value in reply.fields if value == "theirs"] == ["x-kept"]
        assert reply.headers("vary") == ["Accept", "origin"]


@pytest.mark.spec("RFC 9110 §5.5")
@pytest.mark.parametrize("value", [b"a\r\nx: y", b"a\nx: y", b"a\rx", b"a\0x"])
def test_a_field_that_could_become_two_is_not_forwarded(value: bytes) -> None:
    assert InboundFields().inbound([(b"x-one", b"fine"), (b"x-value", value)]) is None
