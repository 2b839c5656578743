"""Which header fields pass the gateway: what a caller may not say to an upstream, and an upstream not to a caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from satsuma.gateway.believed_fields import BELIEVED, OVERRIDING, SHOWN, names_and_starts
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
# What else shows that a proxy, a cache or a balancer passed a request on.
_PASSED_ON: Final = frozenset({b"cdn-loop", b"via", b"x-amzn-trace-id", b"x-varnish"})
_LISTED, _LISTED_STARTS = names_and_starts(*(names for _, names in (*BELIEVED, *OVERRIDING)))
_NEVER_INBOUND: Final = HOP_BY_HOP | _OURS_INBOUND | _LISTED
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
OF_AN_ORIGIN: Final = frozenset(
    {
        *(b"accept-ch", b"activate-storage-access", b"alt-svc", b"clear-site-data", b"critical-ch"),
        *(
            b"expect-ct",
            b"nel",
            b"observe-browsing-topics",
            b"origin-agent-cluster",
            b"public-key-pins",
        ),
        *(b"public-key-pins-report-only", b"report-to", b"reporting-endpoints"),
        *(b"service-worker-allowed", b"set-cookie", b"set-cookie2", b"set-login"),
        *(b"speculation-rules", b"strict-transport-security", b"use-as-dictionary"),
    }
)
"""What a browser keeps or does for the whole origin, or the site, that an answer came from: all APIs have one together.

Spec: RFC 6265 §4.1; RFC 6797 §6.1; RFC 7838 §3.
"""
_BEGIN_OUTBOUND: Final = (b"sec-session-", b"x-accel-", b"x-lighttpd-", b"x-satsuma", b"x-sendfile")
"""How fields begin that bind a session to the origin, that a proxy in front obeys, and that are ours to say."""
_OURS_OUTBOUND: Final = OF_AN_ORIGIN | frozenset(
    {
        b"date",
        b"server",
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
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class InboundFields:
    """Which of a caller's fields an upstream may see: none that stands in the table or that the operator adds."""

    def __init__(self, withheld: Iterable[str] = ()) -> None:
        """Withhold these names too; one that ends in `*` means all names that begin so."""
        names, starts = names_and_starts(*withheld)
        self._names = _NEVER_INBOUND | names
        self._starts = (*_LISTED_STARTS, *starts)
        self._shown = SHOWN - names
        self.passes = lru_cache(maxsize=4096)(self.judge)

    def judge(self, name: bytes) -> bool:
        """Say whether an upstream may see a caller's field of this name.

        None with `_` does: a CGI program and its heirs read `A_B` as `A-B`, and `SCRIPT_NAME` as a word of their
        server. Whatever else is no letter or digit counts as `-`, because servers fold such names together.

        Spec: RFC 3875 §4.1.18; RFC 9110 §7.6.1.
        """
        if b"_" in name:
            return False
        folded = _NOT_A_LETTER.sub(b"-", name.lower())
        if folded in self._names:
            return False
        return folded in self._shown or not folded.startswith(self._starts)

    def inbound(self, fields: Iterable[Field]) -> bytes | None:
        """The caller's fields that the upstream may see, as a request holds them; None where one holds a line break.

        Spec: RFC 9110 §5.5, §7.6.1.
        """
        named, passes = named_by_connection(fields), self.passes
        kept = [
            b"%b: %b\r\n" % (name, value)
            for name, value in fields
            if passes(name) and name not in named
        ]
        text = b"".join(kept)
        if text.count(b"\n") != len(kept) or text.count(b"\r") != len(kept) or b"\0" in text:
            return None
        return text

    def reaching(self, fields: Iterable[Field]) -> list[Field]:
        """The caller's fields that a policy may judge: those that the upstream will see, or ours in their place.

        A field that Connection names ends here, so that its sender has not said it to anybody behind.

        Spec: RFC 9110 §7.6.1.
        """
        named, passes = named_by_connection(fields), self.passes
        return [
            (name, value)
            for name, value in fields
            if name in _TOLD or (passes(name) and name not in named)
        ]


def is_of_a_proxy(name: bytes) -> bool:
    """Say whether a field of this name shows that a proxy passed the request on.

    Spec: RFC 9110 §7.6.3; RFC 7239 §4; RFC 8586 §2.
    """
    folded = _NOT_A_LETTER.sub(b"-", name.lower())
    return folded in _PASSED_ON or folded in _LISTED or folded.startswith(_LISTED_STARTS)


@lru_cache(maxsize=4096)
def _passes_outbound(name: bytes) -> bool:
    lowered = name.lower()
    if lowered in HOP_BY_HOP or lowered in _OURS_OUTBOUND:
        return False
    return not _NOT_A_LETTER.sub(b"-", lowered).startswith(_BEGIN_OUTBOUND)


def outbound(fields: Iterable[Field]) -> list[Field]:
    """The upstream's fields that the caller may see.

    Spec: RFC 9110 §7.6.1.
    """
    pairs = [(name, value) for name, value in fields if _passes_outbound(name)]
    named = named_by_connection(fields)
    return [pair for pair in pairs if pair[0].lower() not in named] if named else pairs


def is_sendable(fields: Sequence[Field]) -> bool:
    """Say whether an upstream's fields can be said again: no control character, and no coding of the body but chunked.

    Spec: RFC 9110 §5.5; RFC 9112 §6.1.
    """
    codings = [value for name, value in fields if name.lower() == b"transfer-encoding"]
    if codings and (len(codings) > 1 or codings[0].strip().lower() != b"chunked"):
        return False
    return _CONTROL.search(b"".join(value for _, value in fields)) is None


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
