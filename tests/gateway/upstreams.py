"""Upstreams that behave in one way each."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def ok(reader: Reader, writer: Writer) -> None:
    """Answer each request on the connection with its own head, as text."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _content_length(head)
        body = await reader.readexactly(length)
        if b"transfer-encoding: chunked" in head.lower():
            body = await _read_chunks(reader)
        text = head + body
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(text)
        )
        if not head.startswith(b"HEAD"):
            writer.write(text)
        await writer.drain()


async def silent(reader: Reader, writer: Writer) -> None:
    """Read and never answer."""
    while await reader.read(65536):
        pass


async def closing(reader: Reader, writer: Writer) -> None:
    """Read the head and close."""
    await reader.readuntil(b"\r\n\r\n")


async def garbled(reader: Reader, writer: Writer) -> None:
    """Answer something that is no HTTP."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"nonsense\r\n\r\n")
    await writer.drain()


async def switching(reader: Reader, writer: Writer) -> None:
    """Switch protocols without being asked."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    await reader.read(1)


def answering(wire: bytes) -> Any:
    """Answer each connection's first request with these bytes, then close."""

    async def handle(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(wire)
        await writer.drain()

    return handle


@contextlib.asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    """An address where nothing listens: bound, so that nobody else takes the port, and refusing."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0


async def _read_chunks(reader: Reader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
