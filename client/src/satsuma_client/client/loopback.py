"""Where the browser comes back to on this machine: a free port of 127.0.0.1 and ::1, for one login."""

from __future__ import annotations

import contextlib
import html
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Final
from urllib.parse import urlsplit

PATH: Final = "/callback"
_DONE: Final = "/done"
_MOST: Final = 16 * 1024
_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Page = tuple[int, str]
Answer = tuple[int, dict[str, str], bytes]
_ELSEWHERE: Final[Answer] = (421, {}, b"")


class Loopback:
    """Listens on both addresses of this machine, on one port, until the browser has brought an answer and seen a page.

    Spec: RFC 8252 §7.3, §8.3.
    """

    def __init__(self, finish: Callable[[str], Page]) -> None:
        """`finish` is given the query that came and makes the page, with its status; raises OSError."""
        self._finish = finish
        self._page: Page | None = None
        self._lock = threading.Lock()
        self._seen = threading.Event()
        self._servers = _listening(self)
        self._threads = [
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
            for each in self._servers
        ]
        for thread in self._threads:
            thread.start()

    @property
    def redirect_uri(self) -> str:
        """The address to register with a port that floats, and to send to."""
        return f"http://127.0.0.1:{self._servers[0].server_port}{PATH}"

    def wait(self, seconds: float) -> bool:
        """Wait until the browser has seen its page; say whether it came."""
        return self._seen.wait(seconds)

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, target: str) -> Answer:
        """Answer a request: the first answer of the server counts, and the address bar is left without its code."""
        parts = urlsplit(target)
        if parts.path == PATH and parts.query and len(parts.query) <= _MOST:
            with self._lock:
                self._seen.clear()
                self._page = self._finish(parts.query)
            return 303, {"Location": _DONE}, b""
        if parts.path == _DONE and self._page is not None:
            status, page = self._page
            self._seen.set()
            return status, {}, page.encode()
        return (
            404,
            {},
            page_of(
                "Nothing here", "This address waits for a login that began in a program."
            ).encode(),
        )


def page_of(title: str, text: str, rows: dict[str, str] | None = None, kind: str = "note") -> str:
    """The page that the browser ends at; what is put in is escaped."""
    template = resources.files(__package__).joinpath("login_page.html").read_text("utf-8")
    listed = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
        for name, value in (rows or {}).items()
    )
    parts = {
        "title": html.escape(title),
        "text": html.escape(text),
        "rows": f"<dl>{listed}</dl>" if listed else "",
        "kind": html.escape(kind),
    }
    return re.sub(r"\{(title|text|rows|kind)\}", lambda found: parts[found[1]], template)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        """Answer the browser; a request for another name than this machine's is none of ours."""
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        except ValueError:
            host = None
        if host not in ("127.0.0.1", "::1", "localhost"):
            status, headers, body = _ELSEWHERE
        else:
            status, headers, body = self.server.loopback.answer(self.path)
        self.send_response_only(status)
        for name, value in {**_HEADERS, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the path has the code in it."""


class _Server(ThreadingHTTPServer):
    loopback: Loopback
    allow_reuse_address = False
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def _listening(loopback: Loopback) -> list[_Server]:
    """Both addresses on one free port, or 127.0.0.1 alone where there is no IPv6."""
    for _ in range(20):
        four = _Server(("127.0.0.1", 0), _Handler)
        try:
            six = [_Server6(("::1", four.server_port), _Handler)]
        except OSError:
            if _has_ipv6():
                four.server_close()
                continue
            six = []
        for each in (four, *six):
            each.loopback = loopback
        return [four, *six]
    raise OSError("no port is free on 127.0.0.1 and ::1")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
