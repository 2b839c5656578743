"""How a request's head says whose it is, where its body ends and what it offers: read in one way, or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import httptools

from satsuma.domain.errors.connection import BAD_REQUEST, CODING_UNKNOWN, HOST_MALFORMED
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.messages import Field

_VERSIONS: Final = ("1.1", "1.0")
_REQUEST_LINE: Final = re.compile(
    rb"(?:\r?\n)*([A-Za-z0-9!#$%&'*+.^_`|~-]+) [!-~]+ HTTP/1\.[01]\r?\n"
)
_OFFERED: Final = (b"upgrade", b"http2-settings")
_HOST: Final = re.compile(
    rb"(?:\[(?:[0-9A-Fa-f:.]+|[Vv][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
    rb"|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?\Z"
)


def check_framing(
    version: str, headers: Sequence[Field], fields: dict[bytes, bytes]
) -> ErrorRow | None:
    """The row of a head whose body two readers could end at two places, None where there is one reading.

    Only `chunked` alone is a transfer coding that we read, and HTTP/1.0 has none.

    Spec: RFC 9112 §6.1.
    """
    if version not in _VERSIONS:
        return BAD_REQUEST
    coding = fields.get(b"transfer-encoding")
    if coding is None:
        return None
    if version == "1.0" or sum(name == b"transfer-encoding" for name, _ in headers) > 1:
        return BAD_REQUEST
    return None if coding.strip().lower() == b"chunked" else CODING_UNKNOWN


def names_unknown_method(head: bytes) -> bool:
    """Say whether a head that the parser refused has a good first line, of a method that the parser does not know.

    Spec: RFC 9110 §9.1.
    """
    line = _REQUEST_LINE.match(head)
    if line is None or line[1] == b"CONNECT":
        return False
    try:
        httptools.HttpRequestParser(object()).feed_data(line[1] + b" / HTTP/1.1\r\nHost: x\r\n\r\n")
    except httptools.HttpParserError:
        return True
    return False


def check_host(version: str, headers: Sequence[Field]) -> ErrorRow | None:
    """The row of a head that two readers could send to two hosts, or to none; only HTTP/1.0 may leave Host out.

    Spec: RFC 9112 §3.2; RFC 3986 §3.2.2.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return HOST_MALFORMED
    if hosts and not _HOST.match(hosts[0]):
        return HOST_MALFORMED
    return None


def is_handshake(method: bytes, version: str, headers: Sequence[Field]) -> bool:
    """Say whether a request with `Connection: Upgrade` opens a WebSocket.

    Spec: RFC 6455 §4.2.1.
    """
    return (
        method == b"GET"
        and version == "1.1"
        and any(name == b"upgrade" and b"websocket" in _listed(value) for name, value in headers)
    )


def without_offer(method: bytes, target: bytes, version: str, headers: Sequence[Field]) -> bytes:
    """The head of a request as if it had not offered another protocol: an offer may be ignored.

    Spec: RFC 9110 §7.8.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    for name, value in headers:
        if name == b"connection":
            kept = [each for each in _listed(value) if each not in _OFFERED]
            lines.append(b"connection: " + b", ".join(kept))
        elif name not in _OFFERED:
            lines.append(b"%b: %b" % (name, value))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _listed(value: bytes) -> list[bytes]:
    return [each.strip().lower() for each in value.split(b",")]
