"""A client that says exactly which bytes it sends, and reads what comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Reply:
    """An answer; `whole` says that it ended as its framing promised."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes
    whole: bool

    def header(self, name: str) -> str | None:
        return next((value for field, value in self.fields if field == name), None)

    def headers(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]

    def json(self) -> Any:
        return json.loads(self.body)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection, and close it whatever happens."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(
    port: int,
    target: str,
    *fields: tuple[str, str],
    method: str = "GET",
    body: bytes | None = None,
    chunked: bool = False,
) -> Reply:
    """Send one request on a connection of its own."""
    async with connected(port) as (reader, writer):
        head = [f"{method} {target} HTTP/1.1", "Host: api.example"]
        head += [f"{name}: {value}" for name, value in fields]
        payload = body or b""
        if chunked:
            head.append("Transfer-Encoding: chunked")
            payload = (b"%x\r\n%s\r\n" % (len(payload), payload) if payload else b"") + b"0\r\n\r\n"
        elif body is not None:
            head.append(f"Content-Length: {len(body)}")
        text = "\r\n".join([*head, "Connection: close", "", ""])
        writer.write(text.encode("latin-1") + payload)
        return await read_reply(reader, method)


async def read_reply(reader: asyncio.StreamReader, method: str = "GET") -> Reply:
    status, fields = await read_reply_head(reader)
    named = dict(fields)
    if method == "HEAD" or status in (204, 304):
        return Reply(status, fields, b"", True)
    try:
        if named.get("transfer-encoding") == "chunked":
            body, whole = await _read_chunks(reader)
        elif "content-length" in named:
            body = await reader.read(-1)
            whole = len(body) == int(named["content-length"])
        else:
            body, whole = await reader.read(-1), True
    except ConnectionError:
        body, whole = b"", False
    return Reply(status, fields, body, whole)


async def read_reply_head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.rstrip().split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in rest)]
    return int(line.split()[1]), fields


async def _read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    body = b""
    try:
        while True:
            chunk = await read_chunk(reader)
            if not chunk:
                return body, True
            body += chunk
    except asyncio.IncompleteReadError:
        return body, False


async def read_chunk(reader: asyncio.StreamReader) -> bytes:
    size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
    chunk = await reader.readexactly(size + 2)
    return chunk[:-2]
