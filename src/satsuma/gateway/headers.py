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
# What proxies and their upstreams agreed to believe of a caller: its address, certificate and name are ours to tell.
_BELIEVED: Final = frozenset(
    {
        b"cdn-src-ip",
        b"client-ip",
        b"disguised-host",
        b"do-connecting-ip",
        b"front-end-https",
        b"http-client-ip",
        b"proxy-client-ip",
        b"wl-proxy-client-ip",
        b"x-client-ip",
        b"x-client-real-ip",
        b"x-cluster-client-ip",
        b"x-host",
        b"x-originating-ip",
        b"x-proxyuser-ip",
        b"x-scheme",
        b"x-true-client-ip",
    }
)
_BELIEVED_STARTS: Final = (
    b"akamai-",
    b"ali-cdn-",
    b"cf-",
    b"client-cert",
    b"cloudfront-",
    b"fastly-",
    b"fly-",
    b"forwarded",
    b"incap-",
    b"remote-",
    b"ssl-client-",
    b"tailscale-",
    b"true-client-",
    b"x-akamai-",
    b"x-amzn-mtls-",
    b"x-amzn-oidc-",
    b"x-appengine-",
    b"x-arr-",
    b"x-auth-request-",
    b"x-authenticated-",
    b"x-azure-",
    b"x-backend-",
    b"x-client-cert",
    b"x-envoy-",
    b"x-forward",
    b"x-goog-authenticated-",
    b"x-goog-iap-",
    b"x-ms-client-principal",
    b"x-ms-token-",
    b"x-nf-",
    b"x-original",
    b"x-pomerium-",
    b"x-real-",
    b"x-remote-",
    b"x-ssl-",
    b"x-sucuri-",
    b"x-vercel-",
    b"x-waws-",
    b"x-webauth-",
)
# What else shows that a proxy, a cache or a balancer passed a request on.
_PASSED_ON: Final = frozenset({b"cdn-loop", b"via", b"x-amzn-trace-id", b"x-varnish"})
# Another method, path or proxy than was decided about; `Proxy` becomes a CGI program's HTTP_PROXY.
_OVERRIDES: Final = frozenset(
    {
        b"path-info",
        b"proxy",
        b"request-uri",
        b"script-name",
        b"x-method-override",
        b"x-path-info",
        b"x-path-override",
        b"x-request-uri",
        b"x-script-name",
        b"x-url-override",
        b"x-url-scheme",
    }
)
_NEVER_INBOUND: Final = HOP_BY_HOP | _OURS_INBOUND | _BELIEVED | _OVERRIDES
_NEVER_INBOUND_STARTS: Final = (
    *_BELIEVED_STARTS,
    b"x-accel-",
    b"x-http-",
    b"x-rewrite",
    b"x-satsuma",
    b"x-sendfile",
)
_TOLD: Final = frozenset(
    {
        b"authorization",
        b"content-length",
        b"forwarded",
        b"host",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-oapi-request-id",
    }
)
"""What the gateway tells an upstream in the caller's place."""
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

    None with `_` does: a CGI program and its heirs read `A_B` as `A-B`, and `SCRIPT_NAME` as a word of their server.
    Whatever else is no letter or digit counts as `-`, because servers fold such names together.

    Spec: RFC 3875 §4.1.18; RFC 9110 §7.6.1.
    """
    if b"_" in name:
        return False
    folded = _NOT_A_LETTER.sub(b"-", name.lower())
    return folded not in _NEVER_INBOUND and not folded.startswith(_NEVER_INBOUND_STARTS)


def is_of_a_proxy(name: bytes) -> bool:
    """Say whether a field of this name shows that a proxy passed the request on.

    Spec: RFC 9110 §7.6.3; RFC 7239 §4; RFC 8586 §2.
    """
    folded = _NOT_A_LETTER.sub(b"-", name.lower())
    return folded in _PASSED_ON or folded in _BELIEVED or folded.startswith(_BELIEVED_STARTS)


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


def reaching(fields: Iterable[Field]) -> list[Field]:
    """The caller's fields that a policy may judge: those that the upstream will see, or ours in their place.

    A field that Connection names ends here, so that its sender has not said it to anybody behind.

    Spec: RFC 9110 §7.6.1.
    """
    named = named_by_connection(fields)
    return [
        (name, value)
        for name, value in fields
        if name in _TOLD or (passes_inbound(name) and name not in named)
    ]


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
