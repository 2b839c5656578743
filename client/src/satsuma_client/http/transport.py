"""One HTTP exchange with an authorization server: bounded, never redirected, over TLS or to this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from satsuma_client.protocol.loopback import NAMES

MAX_BYTES: Final = 1024 * 1024
"""Bytes of an answer that are read, compressed and then not."""
TIMEOUT: Final = 10.0
"""Seconds for a whole exchange."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent; its `repr` shows neither fields nor body."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came; the names of the fields are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The field of a name in lower case, several of it joined; None where it is absent."""
        found = [value for each, value in self.headers if each == name]
        return ", ".join(found) if found else None


Transport = Callable[[HttpRequest], HttpResponse]


class Unreachable(Exception):
    """No answer came: the name, the connection, TLS or the time did not allow it."""


class ByUrllib:
    """The exchange of the standard library, imported at the first use."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        """Wait `timeout` seconds for a whole exchange."""
        self._timeout = timeout
        self._transport: Transport | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send; raises Unreachable."""
        if self._transport is None:
            from satsuma_client.http.urllib_transport import UrllibTransport

            self._transport = UrllibTransport(self._timeout)
        return self._transport(request)


def check_url(url: str) -> None:
    """Refuse a URL that a secret must not go to: neither https nor this machine; raises ValueError.

    Spec: RFC 6749 §3.2; RFC 9700 §2.6.
    """
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in NAMES
    if not is_here and not (parts.scheme == "https" and parts.hostname):
        shown = f"{parts.scheme}://{parts.hostname}"
        raise ValueError(
            f"{shown} is neither https nor this machine: no secret and no token goes there"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a name or a password in it: whoever logs URLs would have them")


def response_of(status: int, headers: Any, body: bytes) -> HttpResponse:
    """A response with its names in lower case and its body uncompressed; raises Unreachable where it is not whole."""
    fields = tuple((str(name).lower(), str(value)) for name, value in headers)
    answer = HttpResponse(status, fields, body)
    if (answer.header("content-encoding") or "").strip().lower() == "gzip":
        return HttpResponse(status, fields, _unzipped(body))
    return answer


def _unzipped(body: bytes) -> bytes:
    import gzip
    import io
    import zlib

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            text = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, ValueError, zlib.error):
        return body  # said to be compressed, and is not: what came is shown as it came
    if len(text) > MAX_BYTES:
        raise Unreachable(f"the answer is longer than {MAX_BYTES} bytes")
    return text
