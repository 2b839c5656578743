"""Bodies go both ways as they come, and a broken answer never looks whole. Conditions, no sleeps."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from satsuma.domain.apis import RequestPolicy
from tests.gateway import upstreams
from tests.gateway.wire import ask, connected, read_chunk, read_reply, read_reply_head
from tests.gateway.world import World, raw_upstream

LONG = 20.0


def head(world: World, method: str, *fields: str, target: str = "/poi/v1/x") -> bytes:
    name, value = world.bearer()
    lines = [f"{method} {target} HTTP/1.1", "Host: api.example", f"{name}: {value}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_the_first_part_of_an_answer_comes_before_the_last_part_of_the_request() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while part := await read_chunk(reader):
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with (
        raw_upstream(echo) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        writer.write(head(world, "POST", "Transfer-Encoding: chunked") + b"5\r\nfirst\r\n")
        status, _ = await read_reply_head(reader)
        assert status == 200
        assert await read_chunk(reader) == b"first"
        writer.write(b"6\r\nsecond\r\n")
        assert await read_chunk(reader) == b"second"
        writer.write(b"0\r\n\r\n")
        assert await read_chunk(reader) == b""


async def test_an_answer_of_64_mib_passes_whole_and_is_never_held_in_memory() -> None:
    part = b"0123456789abcdef" * 4096
    count = 1024
    sent = 0

    async def large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(part) * count))
        for _ in range(count):
            writer.write(part)
            await writer.drain()
            sent += 1

    async with (
        raw_upstream(large) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        writer.write(head(world, "GET"))
        await read_reply_head(reader)
        digest = hashlib.sha256()
        first = await reader.readexactly(len(part))
        digest.update(first)
        # Nobody reads: the upstream must come to a stop long before the end. A stop is seen over time only.
        stopped = -1
        while stopped != sent:
            stopped = sent
            await asyncio.sleep(0.1)
        assert sent < count // 2
        for _ in range(count - 1):
            digest.update(await reader.readexactly(len(part)))
        assert digest.digest() == hashlib.sha256(part * count).digest()


async def test_a_request_of_32_mib_stops_where_its_upstream_stops_reading() -> None:
    part = b"0123456789abcdef" * 4096
    count = 512
    go_on = asyncio.Event()
    digest = hashlib.sha256()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await go_on.wait()
        for _ in range(count):
            digest.update(await reader.readexactly(len(part)))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with (
        raw_upstream(slow) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        world.change_api(policy=_no_bound(len(part) * count))
        writer.write(head(world, "PUT", f"Content-Length: {len(part) * count}"))
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(count):
                writer.write(part)
                await writer.drain()
                sent += 1

        sending = asyncio.create_task(send())
        stopped = -1
        while stopped != sent:
            stopped = sent
            await asyncio.sleep(0.1)
        assert sent < count // 2
        go_on.set()
        await sending
        assert (await read_reply(reader)).status == 204
        assert digest.digest() == hashlib.sha256(part * count).digest()


def _no_bound(size: int) -> RequestPolicy:
    return RequestPolicy(max_body=size)


async def test_a_caller_who_leaves_ends_the_upstream_call() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        began.set()
        assert await reader.read(1) == b""
        ended.set()

    async with raw_upstream(hold) as upstream, World(upstream).serving() as world:
        async with connected(world.port) as (_, writer):
            writer.write(head(world, "GET"))
            await asyncio.wait_for(began.wait(), LONG)
        await asyncio.wait_for(ended.wait(), LONG)
        assert world.slugs() == []


async def test_a_caller_who_leaves_during_the_answer_ends_the_upstream_call() -> None:
    ended = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        assert await reader.read(1) == b""
        ended.set()

    async with raw_upstream(endless) as upstream, World(upstream).serving() as world:
        async with connected(world.port) as (reader, writer):
            writer.write(head(world, "GET"))
            await read_reply_head(reader)
            assert await read_chunk(reader) == b"a"
        await asyncio.wait_for(ended.wait(), LONG)


async def test_a_caller_who_leaves_during_the_request_leaves_no_whole_body() -> None:
    read = asyncio.get_running_loop().create_future()
    began = asyncio.Event()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        began.set()
        read.set_result(await reader.read(-1))

    async with raw_upstream(collect) as upstream, World(upstream).serving() as world:
        async with connected(world.port) as (_, writer):
            writer.write(head(world, "POST", "Transfer-Encoding: chunked") + b"4\r\nhalf\r\n")
            await writer.drain()
            await asyncio.wait_for(began.wait(), LONG)
        body = await asyncio.wait_for(read, LONG)
        assert not body.endswith(b"0\r\n\r\n")


BROKEN = {
    "by its length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "by its chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "by a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n",
}


@pytest.mark.parametrize("wire", BROKEN.values(), ids=BROKEN)
@pytest.mark.spec("RFC 9112 §8")
async def test_an_answer_that_breaks_off_never_looks_whole(
    wire: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        raw_upstream(upstreams.answering(wire)) as upstream,
        World(upstream).serving() as world,
    ):
        reply = await ask(world.port, "/poi/v1/x", world.bearer())
        assert not (reply.status == 200 and reply.whole)
        assert world.slugs() == ["upstream-broken"]
        assert "Exception in ASGI application" not in caplog.text


async def test_an_answer_that_stops_half_way_is_cut_after_the_apis_timeout() -> None:
    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await reader.read(1)

    async with raw_upstream(stop) as upstream, World(upstream).serving() as world:
        world.change_api(timeout=1)
        reply = await ask(world.port, "/poi/v1/x", world.bearer())
        assert (reply.status, reply.body, reply.whole) == (200, b"half", False)
        assert world.slugs() == ["upstream-slow"]


async def test_a_body_that_grows_too_large_on_its_way_is_refused_and_not_ended() -> None:
    read = asyncio.get_running_loop().create_future()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        first = await reader.readuntil(b"half\r\n")
        go_on.set()
        read.set_result(first + await reader.read(-1))

    go_on = asyncio.Event()
    async with (
        raw_upstream(collect) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        world.change_api(policy=_no_bound(6))
        writer.write(head(world, "POST", "Transfer-Encoding: chunked") + b"4\r\nhalf\r\n")
        await asyncio.wait_for(go_on.wait(), LONG)
        writer.write(b"4\r\nmore\r\n")
        reply = await read_reply_of_open_connection(reader)
        assert reply == 413
        assert not (await asyncio.wait_for(read, LONG)).endswith(b"0\r\n\r\n")
        assert world.slugs() == ["call-body-too-large"]


async def read_reply_of_open_connection(reader: asyncio.StreamReader) -> int:
    status, _ = await asyncio.wait_for(read_reply_head(reader), LONG)
    return status


async def test_an_upstream_that_stops_reading_is_given_up_after_the_apis_timeout() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    part = b"0" * 65536
    count = 512
    async with (
        raw_upstream(deaf) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        world.change_api(timeout=1, policy=_no_bound(len(part) * count))
        writer.write(head(world, "PUT", f"Content-Length: {len(part) * count}"))
        for _ in range(count):
            writer.write(part)
        assert await read_reply_of_open_connection(reader) == 504
        assert world.slugs() == ["upstream-slow"]


async def test_an_answer_before_the_end_of_the_request_is_given_at_once() -> None:
    connections = 0

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await reader.read(-1)

    async with (
        raw_upstream(early) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        writer.write(head(world, "POST", "Transfer-Encoding: chunked") + b"4\r\nhalf\r\n")
        status, _ = await asyncio.wait_for(read_reply_head(reader), LONG)
        assert status == 413
        assert await reader.readexactly(2) == b"no"
        # A connection that holds half a request carries no other one.
        assert (await ask(world.port, "/poi/v1/x", world.bearer())).status == 413
        assert connections == 2


async def test_expect_100_continue_is_answered_before_the_body_is_sent() -> None:
    async with (
        raw_upstream(upstreams.ok) as upstream,
        World(upstream).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        writer.write(head(world, "POST", "Expect: 100-continue", "Content-Length: 4"))
        status, _ = await asyncio.wait_for(read_reply_head(reader), LONG)
        assert status == 100
        writer.write(b"body")
        reply_status, fields = await asyncio.wait_for(read_reply_head(reader), LONG)
        body = await reader.readexactly(int(dict(fields)["content-length"]))
        assert reply_status == 200
        assert body.endswith(b"\r\n\r\nbody")
        assert b"expect" not in body.lower()


async def test_a_refused_call_is_asked_for_no_body() -> None:
    async with World().serving() as world, connected(world.port) as (reader, writer):
        writer.write(
            b"POST /poi/v1/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        status, _ = await asyncio.wait_for(read_reply_head(reader), LONG)
        assert status == 401


async def test_a_caller_who_reads_nothing_lets_go_of_the_upstream() -> None:
    ended = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"0" * 65536 + b"\r\n")
                await writer.drain()
        finally:
            ended.set()

    async with (
        raw_upstream(endless) as upstream,
        World(upstream, body_patience=0.3).serving() as world,
        connected(world.port) as (reader, writer),
    ):
        writer.write(head(world, "GET"))
        await read_reply_head(reader)
        await asyncio.wait_for(ended.wait(), LONG)
