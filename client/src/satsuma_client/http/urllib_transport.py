"""The exchange by the standard library."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import urlsplit

from satsuma_client.http.clock import monotonic
from satsuma_client.http.transport import (
    MAX_BYTES,
    TIMEOUT,
    HttpRequest,
    HttpResponse,
    Unreachable,
    check_url,
    response_of,
)

_CHUNK: Final = 64 * 1024


class UrllibTransport:
    """Exchanges by the standard library, through the environment's proxies, but for this machine's own servers."""

    def __init__(self, timeout: float = TIMEOUT, context: ssl.SSLContext | None = None) -> None:
        """Wait `timeout` seconds for a whole exchange; `context` says whom TLS trusts."""
        self._timeout = timeout
        self._context = context
        self._openers: dict[bool, urllib.request.OpenerDirector] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send; raises Unreachable."""
        check_url(request.url)
        opener = self._opener(urlsplit(request.url).scheme == "http")
        sending = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            request.url, request.body, dict(request.headers), method=request.method
        )
        ends = monotonic() + self._timeout
        try:
            answer = opener.open(sending, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            answer = error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unreachable(_why(error)) from None
        try:
            with answer:
                body = _read(answer, ends)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unreachable(_why(error)) from None
        return response_of(answer.status, answer.headers.items(), body)

    def _opener(self, is_here: bool) -> urllib.request.OpenerDirector:
        """What opens; this machine is asked by no proxy, which would read what goes without TLS."""
        if is_here not in self._openers:
            handlers: list[Any] = [
                _Unredirected,
                urllib.request.HTTPSHandler(context=self._context),
            ]
            if is_here:
                handlers.append(urllib.request.ProxyHandler({}))
            self._openers[is_here] = urllib.request.build_opener(*handlers)
        return self._openers[is_here]


class _Unredirected(urllib.request.HTTPRedirectHandler):
    """A token request that is sent elsewhere takes its secret along: no redirect is followed."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


def _read(answer: Any, ends: float) -> bytes:
    parts, size = [], 0
    while part := answer.read1(_CHUNK) if hasattr(answer, "read1") else answer.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise Unreachable(f"the answer is longer than {MAX_BYTES} bytes")
        if monotonic() > ends:
            raise Unreachable("the answer took too long")
    expected = answer.headers.get("Content-Length")
    if expected and expected.isascii() and expected.isdigit() and size < int(expected[:20]):
        raise Unreachable("the answer was cut off")
    return b"".join(parts)


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, http.client.HTTPException | ValueError):
        return f"it is no answer of HTTP ({type(reason).__name__})"  # whose text has what came
    return str(reason) or type(reason).__name__
