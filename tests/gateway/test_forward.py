"""What reaches an upstream, and what of its answer reaches the caller."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from satsuma.demo.poi import Poi
from satsuma.demo.sandbox import sandbox
from tests.gateway import upstreams
from tests.gateway.wire import Reply, ask
from tests.gateway.world import CLIENT_ID, World, a_client, raw_upstream, running


def seen(reply: Reply) -> tuple[str, dict[str, str]]:
    """Read what the echoing upstream saw: its request line, and its fields."""
    line, *rest = reply.body.decode().partition("\r\n\r\n")[0].split("\r\n")
    return line, dict(field.split(": ", 1) for field in rest)


async def test_a_call_with_a_token_sees_the_shops_of_rennes() -> None:
    async with running(Poi()) as port, World(f"http://127.0.0.1:{port}").serving() as world:
        reply = await ask(world.port, "/poi/v1/shops?postalCode=35000&limit=2", world.bearer())
        assert reply.status == 200
        page = reply.json()
        assert page["total"] == 6
        assert [shop["address"]["city"] for shop in page["shops"]] == ["Rennes", "Rennes"]
        assert page["links"]["next"] == (
            "http://api.example/poi/v1/shops?postalCode=35000&limit=2&offset=2"
        )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.spec("OAuth U2M guide, step 4")
async def test_the_sandbox_answers_any_resource_and_method(method: str) -> None:
    async with running(sandbox) as port, World(f"http://127.0.0.1:{port}").serving() as world:
        reply = await ask(world.port, "/poi/v1/any/thing", world.bearer(), method=method)
        assert (reply.status, reply.json()) == (200, {"data": "PROTECTED_RESOURCE_DATA"})


@pytest.mark.spec("RFC 3986 §3.3")
@pytest.mark.parametrize(
    ("asked", "base", "line"),
    [
        ("/poi/v1/a/b", "", "/a/b"),
        ("/poi/v1", "", "/"),
        ("/poi/v1?q=1", "", "/?q=1"),
        ("/poi/v1/", "", "/"),
        ("/poi/v1//a//", "", "//a//"),
        ("/poi/v1/a%2Fb%20c/%E2%82%AC", "", "/a%2Fb%20c/%E2%82%AC"),
        ("/poi/v1/a'(b)!*;c=d,e@f:g", "", "/a'(b)!*;c=d,e@f:g"),
        ("/poi/v1/a?x=%2f&y=a+b&&z", "", "/a?x=%2f&y=a+b&&z"),
        ("/poi/v1/a?access_token=x", "", "/a?access_token=x"),
        ("/poi/v1/a", "/base/path", "/base/path/a"),
        ("/poi/v1/a", "/base/path/", "/base/path/a"),
        ("/poi/v1", "/base", "/base"),
    ],
)
@pytest.mark.spec("RFC 9112 §3.2.1")
async def test_path_and_query_are_forwarded_byte_for_byte(asked: str, base: str, line: str) -> None:
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream + base).serving() as world,
    ):
        reply = await ask(world.port, asked, world.bearer())
        assert seen(reply)[0] == f"GET {line} HTTP/1.1"
        assert seen(reply)[1]["host"] == upstream.removeprefix("http://")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("framing", ["none", "length", "chunks"])
@pytest.mark.spec("RFC 9112 §6.3")
async def test_a_body_keeps_its_framing(method: str, framing: str) -> None:
    body = None if framing == "none" else b"the body"
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(
            world.port,
            "/poi/v1/a",
            world.bearer(),
            method=method,
            body=body,
            chunked=framing == "chunks",
        )
        assert reply.body.partition(b"\r\n\r\n")[2] == (body or b"")
        fields = seen(reply)[1]
        assert fields.get("transfer-encoding") == ("chunked" if framing == "chunks" else None)
        bare = "0" if method in ("POST", "PUT", "PATCH") else None
        assert (
            fields.get("content-length") == {"none": bare, "length": "8", "chunks": None}[framing]
        )


async def test_an_empty_chunked_body_is_no_body() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), body=b"", chunked=True)
        assert "transfer-encoding" not in seen(reply)[1]


@pytest.mark.spec("RFC 9110 §9.3.2")
async def test_head_has_the_length_and_no_body() -> None:
    async with running(Poi()) as port, World(f"http://127.0.0.1:{port}").serving() as world:
        got = await ask(world.port, "/poi/v1/shops/shop-001", world.bearer())
        head = await ask(world.port, "/poi/v1/shops/shop-001", world.bearer(), method="HEAD")
        assert head.status == 200
        assert head.header("content-length") == got.header("content-length") == str(len(got.body))
        assert head.header("etag") == got.header("etag")


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n", 304),
    ],
)
async def test_an_answer_without_a_body_has_none(wire: bytes, status: int) -> None:
    async with (
        raw_upstream(upstreams.answering(wire)) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.status == status
        assert reply.header("content-length") is None


@pytest.mark.parametrize("framing", [b"Content-Length: 5\r\n\r\nhello", b"\r\nhello", b"CHUNKS"])
@pytest.mark.spec("RFC 9110 §15.3.6")
async def test_a_reset_content_loses_the_body_that_it_must_not_have(framing: bytes) -> None:
    if framing == b"CHUNKS":
        framing = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    wire = b"HTTP/1.1 205 Reset Content\r\n" + framing
    async with (
        raw_upstream(upstreams.answering(wire)) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert (reply.status, reply.body, reply.whole) == (205, b"", True)
        assert (reply.header("content-length"), reply.header("transfer-encoding")) == ("0", None)


async def test_interim_answers_are_passed_over() -> None:
    wire = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )
    async with (
        raw_upstream(upstreams.answering(wire)) as upstream,
        World(upstream).serving() as world,
    ):
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).body == b"ok"


async def test_an_upstream_that_switches_protocols_is_a_bad_gateway() -> None:
    async with raw_upstream(upstreams.switching) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 502


async def test_an_answer_until_the_end_of_the_connection_passes_in_chunks() -> None:
    async with (
        raw_upstream(upstreams.answering(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert (reply.body, reply.whole) == (b"until the end", True)


async def test_a_compressed_answer_is_not_touched() -> None:
    packed = gzip.compress(b"text")
    wire = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    ) + packed
    async with (
        raw_upstream(upstreams.answering(wire)) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.body == packed
        assert reply.header("content-encoding") == "gzip"


LOCATIONS = [
    ("/base", "{upstream}/base/b?c", "http://api.example/poi/v1/b?c"),
    ("/base", "{upstream}/base", "http://api.example/poi/v1"),
    ("/base", "/base/b", "http://api.example/poi/v1/b"),
    ("/base", "/other", "/other"),
    ("/base", "{upstream}/basement", "{upstream}/basement"),
    ("/base", "https://elsewhere.example/base/b", "https://elsewhere.example/base/b"),
    ("", "{upstream}/b", "http://api.example/poi/v1/b"),
    ("", "/b", "http://api.example/poi/v1/b"),
    ("", "b", "b"),
    ("", "//elsewhere.example/b", "//elsewhere.example/b"),
]


@pytest.mark.parametrize(("base", "location", "outside"), LOCATIONS)
@pytest.mark.spec("RFC 9110 §10.2.2")
async def test_a_redirection_is_the_callers_to_follow_and_names_the_api(
    base: str, location: str, outside: str
) -> None:
    said = ""

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 302 Found\r\nLocation: {said}\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())

    async with raw_upstream(redirect) as upstream, World(upstream + base).serving() as world:
        said = location.format(upstream=upstream)
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.status == 302
        assert reply.header("location") == outside.format(upstream=upstream)


class Counting:
    """An upstream that counts its connections, and closes each after `life` answers without saying so."""

    def __init__(self, life: int) -> None:
        self.life = life
        self.connections = 0
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        for _ in range(self.life):
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            body = b"" if head.startswith(b"HEAD") else b"ok"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)
            await writer.drain()
        await reader.readuntil(b"\r\n\r\n")  # and then close without an answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_connections_are_used_again(method: str) -> None:
    upstream_of = Counting(life=100)
    async with raw_upstream(upstream_of) as upstream, World(upstream).serving() as world:
        for _ in range(5):
            reply = await ask(world.port, "/poi/v1/a", world.bearer(), method=method)
            assert reply.status == 200
        assert (upstream_of.connections, upstream_of.requests) == (1, 5)


@pytest.mark.spec("RFC 9110 §9.2.2")
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("DELETE", 200), ("POST", 502)])
@pytest.mark.spec("RFC 9112 §9.3.1")
async def test_a_call_on_a_connection_just_closed_is_sent_again_if_that_is_safe(
    method: str, status: int
) -> None:
    upstream_of = Counting(life=1)
    async with raw_upstream(upstream_of) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 200
        reply = await ask(world.port, "/poi/v1/a", world.bearer(), method=method)
        assert reply.status == status


async def test_a_call_is_sent_again_once_at_most() -> None:
    upstream_of = Counting(life=0)
    async with raw_upstream(upstream_of) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 502
        assert upstream_of.connections == 2


async def test_the_request_id_is_ours_and_a_supplied_one_is_echoed_beside_it() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert reply.headers("x-oapi-request-id") == ["satsuma-request-1"]
        assert seen(reply)[1]["x-oapi-request-id"] == "satsuma-request-1"
        for target in ("/poi/v1/a", "/nothing/v1/a"):
            reply = await ask(
                world.port, target, world.bearer(), ("X-OAPI-Request-Id", "theirs-1234")
            )
            assert reply.headers("x-oapi-request-id") == ["theirs-1234"]
            assert reply.headers("x-satsuma-request-id") == ["satsuma-request-1"]


async def test_a_client_outside_the_picture_works_at_once() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        world.replica.clients.drop(CLIENT_ID, 1)
        world.stored[CLIENT_ID] = a_client()
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).status == 200


async def test_tokens_of_both_prefixes_and_jwts_open() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", world.bearer(prefix=b"OFR-"))).status == 200
        key = world.ring.signing_key("EdDSA")
        jwt = key.mint(world.claims(), "rfc9068", ("app_one", "One")).decode()
        reply = await ask(world.port, "/poi/v1/a", ("Authorization", f"Bearer {jwt}"))
        assert reply.status == 200


async def test_an_identity_header_is_no_access_token() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        identity = seen(await ask(world.port, "/poi/v1/a", world.bearer()))[1]["x-satsuma-identity"]
        reply = await ask(world.port, "/poi/v1/a", ("Authorization", f"Bearer {identity}"))
        assert reply.json()["code"] == 41


async def test_an_address_that_is_none_is_a_bad_gateway() -> None:
    async with World("http://").serving() as world:
        reply = await ask(world.port, "/poi/v1/a", world.bearer())
        assert (reply.status, reply.json()["code"]) == (502, 1)


@pytest.mark.spec("RFC 9110 §7.8")
async def test_an_upgrade_that_may_be_ignored_is_ignored() -> None:
    async with raw_upstream(upstreams.ok) as upstream, World(upstream).serving() as world:
        fields = [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]
        fields.append(("Connection", "Upgrade, HTTP2-Settings"))
        assert (await ask(world.port, "/poi/v1/a", world.bearer(), *fields)).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_an_upstream_says_unasked_is_nobodys_answer(method: str) -> None:
    speak = asyncio.Event()

    async def speaks_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest")
        await speak.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        await reader.read(1)

    async with raw_upstream(speaks_twice) as upstream, World(upstream).serving() as world:
        assert (await ask(world.port, "/poi/v1/a", world.bearer())).body == b"honest"
        speak.set()
        await asyncio.sleep(0.05)  # nobody asked for it, so nobody can be asked whether it came
        assert (await ask(world.port, "/poi/v1/a", world.bearer(), method=method)).body == b"honest"
