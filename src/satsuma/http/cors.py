"""Pages that call us: a preflight is answered for every registered origin, a call for the origins of its own client.

The endpoints of the authorization server are wrapped in `Cors`; the gateway, which streams, adds the fields itself.

Spec: Fetch Standard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.http.messages import Answer, Block, Endpoint, Field, Later, Request

VARY: Final[Field] = (b"vary", b"origin")
_CREDENTIALS: Final[Field] = (b"access-control-allow-credentials", b"true")
_MAX_AGE: Final[Field] = (b"access-control-max-age", b"600")
_REFUSED_PREFLIGHT: Final = Answer(Block(204, VARY), b"")
# What a page may send to an endpoint and read of its answer.
_ENDPOINT_ALLOWED: Final = b"authorization, content-type, accept, x-oapi-request-id"
_ENDPOINT_EXPOSED: Final[Field] = (
    b"access-control-expose-headers",
    b"x-oapi-request-id, retry-after, www-authenticate",
)
# The same of a call that is forwarded, where an API says more.
_API_ALLOWED: Final = b"authorization, content-type"
_API_EXPOSED: Final[Field] = (
    b"access-control-expose-headers",
    b"x-oapi-request-id, x-satsuma-request-id, www-authenticate, retry-after, ratelimit, ratelimit-policy, "
    b"etag, location, link",
)
_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_NAMES = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z, \t-]{0,2048}\Z")

Origins = Callable[[], Container[str]]


def check_origin(request: Request, origins: Container[str]) -> None:
    """Refuse a browser's request whose origin its very client did not register, before anything is issued.

    Spec: RFC 9700 §4.17.
    """
    origin = request.fields.get(b"origin")
    if origin is None:
        return
    if origin.decode("latin-1") not in origins:
        raise Refused(
            Refusal(errors.ORIGIN_UNREGISTERED, {"origin": origin.decode("latin-1")[:200]})
        )


@dataclass(frozen=True, slots=True)
class Cors:
    """An endpoint that browsers may call: answers preflights, and lets registered origins read the answers.

    A preflight carries no client, so it is answered for the union of registered origins.

    Spec: Fetch Standard.
    """

    endpoint: Endpoint
    origins: Origins
    methods: bytes = b"POST"

    def __call__(self, request: Request) -> Answer | Later:
        """Answer as the endpoint does, readable by the origin where that is registered."""
        origin = request.fields.get(b"origin")
        if origin is None:
            return self.endpoint(request)
        if request.method == b"OPTIONS" and b"access-control-request-method" in request.fields:
            return self._preflight(origin)
        answer = self.endpoint(request)
        if isinstance(answer, Later):
            return Later(self._readable_later(answer, origin))
        return self._readable(answer, origin)

    def _preflight(self, origin: bytes) -> Answer:
        allowed = self._allowing(origin)
        if not allowed:
            return _REFUSED_PREFLIGHT
        fields = (
            (b"access-control-allow-methods", self.methods),
            (b"access-control-allow-headers", _ENDPOINT_ALLOWED),
            _MAX_AGE,
        )
        return Answer(Block(204, VARY), b"", (*allowed, *fields))

    async def _readable_later(self, later: Later, origin: bytes) -> Answer:
        return self._readable(await later.work, origin)

    def _readable(self, answer: Answer, origin: bytes) -> Answer:
        extra: tuple[Field, ...] = (*answer.extra, VARY, *self._allowing(origin))
        if len(extra) > len(answer.extra) + 1:
            extra += (_ENDPOINT_EXPOSED,)
        return Answer(answer.block, answer.body, extra)

    def _allowing(self, origin: bytes) -> tuple[Field, ...]:
        if origin == b"null" or origin.decode("latin-1") not in self.origins():
            return ()
        return ((b"access-control-allow-origin", origin), _CREDENTIALS)


def is_preflight(method: str, origin: bytes | None, asked_method: bytes | None) -> bool:
    """Say whether a request asks for permission rather than for a resource.

    Spec: Fetch Standard.
    """
    return method == "OPTIONS" and origin is not None and asked_method is not None


def preflight_fields(origin: bytes, asked_headers: bytes | None) -> tuple[Field, ...]:
    """The permission for an origin that some client has registered; the call itself is checked for its client.

    Spec: Fetch Standard.
    """
    allowed = _API_ALLOWED
    if asked_headers is not None and _NAMES.match(asked_headers):
        allowed = asked_headers
    return (
        (b"access-control-allow-origin", origin),
        _CREDENTIALS,
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", allowed),
        _MAX_AGE,
        (b"vary", b"origin, access-control-request-method, access-control-request-headers"),
    )


def call_fields(origin: bytes | None, origins: Origins) -> tuple[Field, ...]:
    """What lets a registered origin read the answer, a refusal too, so that its developer sees the cause.

    Spec: Fetch Standard.
    """
    if origin is None or origin.decode("latin-1") not in origins():
        return (VARY,)
    return ((b"access-control-allow-origin", origin), _CREDENTIALS, _API_EXPOSED, VARY)
