"""The upstream's side of a forwarded call: one bounded pool of connections, addresses byte for byte."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from aiohttp import (
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from multidict import CIMultiDict, istr
from yarl import URL

from satsuma.protocol.http import Field
from satsuma.rules.facts import Api

# Shorter than the five seconds after which common servers close an idle connection.
_IDLE: Final = 4.0
_CONNECT: Final = 10.0
_NO_DEFAULTS: Final = CIMultiDict({"Content-Type": None})
_REDIRECTS: Final = frozenset({201, 300, 301, 302, 303, 307, 308})

Data = bytes | Any | None


class _PlainRequest(ClientRequest):
    """A request that says what the caller said and adds nothing of its own."""

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        self._skip_auto_headers = _NO_DEFAULTS


class Upstreams:
    """Calls upstreams through one pool for all of them; made anywhere, opened at the first call in an event loop."""

    def __init__(self, connections: int = 1000, tls: ssl.SSLContext | None = None) -> None:
        """Hold at most `connections` at a time; `tls` replaces the system's trust for https upstreams."""
        self._connections = connections
        self._tls = tls
        self._session: ClientSession | None = None

    def _open(self) -> ClientSession:
        connector = TCPConnector(
            limit=self._connections,
            keepalive_timeout=_IDLE,
            ssl=True if self._tls is None else self._tls,
        )
        return ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            request_class=_PlainRequest,
            auto_decompress=False,
            requote_redirect_url=False,
            read_bufsize=2**16,
        )

    async def call(
        self,
        api: Api,
        method: str,
        target: str,
        fields: list[tuple[istr, str]],
        data: Data,
    ) -> ClientResponse:
        """Send a call and give the answer once its head has come; the time allowed is the API's, for each silence."""
        session = self._session
        if session is None:
            session = self._session = self._open()
        return await session.request(
            method,
            URL(target, encoded=True),
            headers=CIMultiDict(fields),
            data=data,
            allow_redirects=False,
            timeout=_timeout(api.timeout),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


@lru_cache(maxsize=64)
def _timeout(seconds: int) -> ClientTimeout:
    connect = min(float(seconds), _CONNECT)
    return ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=seconds)


def address(upstream: str, rest: bytes, query: bytes) -> str:
    """Give the upstream's address for the raw rest of a path and the raw query, both untouched.

    Spec: RFC 3986 §4.2.
    """
    start = _prefix(upstream)
    path = rest.decode("ascii") or ("" if start.count("/") > 2 else "/")
    return f"{start}{path}?{query.decode('ascii')}" if query else start + path


@lru_cache(maxsize=1024)
def _prefix(upstream: str) -> str:
    return upstream.rstrip("/")


def relocate(fields: list[Field], status: int, upstream: str, public: str) -> list[Field]:
    """Let a Location that names the upstream name the API instead, so that callers never see inside.

    Spec: RFC 9110 §10.2.2.
    """
    if status not in _REDIRECTS:
        return fields
    return [
        (name, _public(value, upstream, public))
        if name.lower() in (b"location", b"content-location")
        else (name, value)
        for name, value in fields
    ]


def _public(value: bytes, upstream: str, public: str) -> bytes:
    start = _prefix(upstream)
    root = "/" + start.partition("://")[2].partition("/")[2]
    text = value.decode("latin-1")
    for inside in (start, root.rstrip("/")):
        rest = text[len(inside) :]
        if text.startswith(inside) and not rest.startswith("//") and rest[:1] in ("", "/", "?"):
            return (public + rest).encode("latin-1")
    return value
