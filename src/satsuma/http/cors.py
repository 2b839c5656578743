"""Browsers: a preflight is answered for every registered origin, a call for the origins of its own client.

Spec: Fetch Standard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import Final

from satsuma.http.messages import Field

VARY: Final[Field] = (b"vary", b"origin")
_EXPOSED: Final[Field] = (
    b"access-control-expose-headers",
    b"x-oapi-request-id, x-satsuma-request-id, www-authenticate, retry-after, etag, location, link",
)
_CREDENTIALS: Final[Field] = (b"access-control-allow-credentials", b"true")
_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_NAMES = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z, \t-]{0,2048}\Z")

Origins = Callable[[], Container[str]]


def is_preflight(method: str, origin: bytes | None, asked_method: bytes | None) -> bool:
    """Say whether a request asks for permission rather than for a resource.

    Spec: Fetch Standard.
    """
    return method == "OPTIONS" and origin is not None and asked_method is not None


def preflight_fields(origin: bytes, asked_headers: bytes | None) -> tuple[Field, ...]:
    """The permission for an origin that some client has registered; the call itself is checked for its client.

    Spec: Fetch Standard.
    """
    allowed = b"authorization, content-type"
    if asked_headers is not None and _NAMES.match(asked_headers):
        allowed = asked_headers
    return (
        (b"access-control-allow-origin", origin),
        _CREDENTIALS,
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"600"),
        (b"vary", b"origin, access-control-request-method, access-control-request-headers"),
    )


def call_fields(origin: bytes | None, origins: Origins) -> tuple[Field, ...]:
    """What lets a registered origin read the answer, a refusal too, so that its developer sees the cause.

    Spec: Fetch Standard.
    """
    if origin is None or origin.decode("latin-1") not in origins():
        return (VARY,)
    return ((b"access-control-allow-origin", origin), _CREDENTIALS, _EXPOSED, VARY)
