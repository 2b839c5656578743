"""Which header fields pass the gateway: what a caller may not say to an upstream, and an upstream not to a caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from satsuma.http.messages import Field

# Fields of one connection, and those that upgraded or proxied connections add.
HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)
# What the gateway says itself, or has said already.
_OURS_INBOUND: Final = frozenset(
    {
        b"authorization",
        b"cookie",
        b"cookie2",
        b"host",
        b"content-length",
        b"expect",
        b"forwarded",
        b"via",
        b"x-oapi-request-id",
    }
)
# Who calls, by names that proxies and their upstreams agreed on: of the caller's address only ours is told.
_ADDRESSES: Final = frozenset(
    {
        b"cf-connecting-ip",
        b"cf-connecting-ipv6",
        b"cf-pseudo-ipv4",
        b"client-ip",
        b"do-connecting-ip",
        b"fastly-client-ip",
        b"fly-client-ip",
        b"http-client-ip",
        b"proxy-client-ip",
        b"remote-addr",
        b"remote-host",
        b"true-client-ip",
        b"wl-proxy-client-ip",
        b"x-appengine-user-ip",
        b"x-azure-clientip",
        b"x-azure-socketip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-originating-ip",
        b"x-proxyuser-ip",
        b"x-real-ip",
        b"x-real-port",
        b"x-remote-addr",
        b"x-remote-ip",
        b"x-true-client-ip",
    }
)
# Another method, path, host or proxy than was decided about; `Proxy` becomes a CGI program's HTTP_PROXY.
_OVERRIDES: Final = frozenset(
    {
        b"proxy",
        b"x-host",
        b"x-http-destinationurl",
        b"x-http-host-override",
        b"x-http-method",
        b"x-http-method-override",
        b"x-http-path-override",
        b"x-method-override",
        b"x-path-override",
        b"x-url-override",
        b"x-url-scheme",
    }
)
_NEVER_INBOUND: Final = HOP_BY_HOP | _OURS_INBOUND | _ADDRESSES | _OVERRIDES
_NEVER_INBOUND_STARTS: Final = (
    b"x-satsuma",
    b"x-forwarded",
    b"forwarded",
    b"x-original-",
    b"x-rewrite-",
)
_OURS_OUTBOUND: Final = frozenset(
    {
        b"alt-svc",
        b"date",
        b"server",
        b"set-cookie",
        b"set-cookie2",
        b"x-oapi-request-id",
        b"x-satsuma-request-id",
        b"access-control-allow-credentials",
        b"access-control-allow-headers",
        b"access-control-allow-methods",
        b"access-control-allow-origin",
        b"access-control-max-age",
    }
)
_NOT_A_LETTER = re.compile(rb"[^a-z0-9]")


@lru_cache(maxsize=4096)
def passes_inbound(name: bytes) -> bool:
    """Say whether an upstream may see a caller's field of this name.

    Whatever is no letter or digit counts as `-`, because servers fold such names together.

    Spec: RFC 9110 §7.6.1.
    """
    folded = _NOT_A_LETTER.sub(b"-", name.lower())
    return folded not in _NEVER_INBOUND and not folded.startswith(_NEVER_INBOUND_STARTS)


@lru_cache(maxsize=4096)
def _passes_outbound(name: bytes) -> bool:
    lowered = name.lower()
    return lowered not in HOP_BY_HOP and lowered not in _OURS_OUTBOUND


def inbound(fields: Iterable[Field]) -> bytes | None:
    """The caller's fields that the upstream may see, as a request holds them; None where one holds a line break.

    Spec: RFC 9110 §5.5, §7.6.1.
    """
    named = named_by_connection(fields)
    kept = [
        b"%b: %b\r\n" % (name, value)
        for name, value in fields
        if passes_inbound(name) and name not in named
    ]
    text = b"".join(kept)
    if text.count(b"\n") != len(kept) or text.count(b"\r") != len(kept) or b"\0" in text:
        return None
    return text


def outbound(fields: Iterable[Field]) -> list[Field]:
    """The upstream's fields that the caller may see.

    Spec: RFC 9110 §7.6.1.
    """
    pairs = [(name, value) for name, value in fields if _passes_outbound(name)]
    named = named_by_connection(fields)
    return [pair for pair in pairs if pair[0].lower() not in named] if named else pairs


def named_by_connection(fields: Iterable[Field]) -> frozenset[bytes]:
    """The lower-case names that Connection fields list.

    Spec: RFC 9110 §7.6.1.
    """
    named: frozenset[bytes] = frozenset()
    for name, value in fields:
        if len(name) == 10 and name.lower() == b"connection":
            named |= _listed(value)
    return named


@lru_cache(maxsize=256)
def _listed(value: bytes) -> frozenset[bytes]:
    options = {option.strip().lower() for option in value.split(b",")}
    return frozenset(options - {b"", b"close", b"keep-alive", b"content-length"})


def find(fields: Sequence[Field], name: bytes) -> bytes | None:
    """The first field of a lower-case name."""
    for field, value in fields:
        if field == name:
            return value
    return None
