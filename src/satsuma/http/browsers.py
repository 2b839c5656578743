"""Browsers that call an endpoint from a page: only origins that the client registered, and preflights for them."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.http.messages import Answer, Block, Endpoint, Field, Later, Request

_VARY: Final[Field] = (b"vary", b"origin")
_REFUSED_PREFLIGHT: Final = Answer(Block(204, _VARY), b"")
_ALLOWED_HEADERS: Final = b"authorization, content-type, accept, x-oapi-request-id"
_EXPOSED: Final = b"x-oapi-request-id, retry-after, www-authenticate"


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
    origins: Callable[[], Container[str]]
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
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", b"600"),
        )
        return Answer(Block(204, _VARY), b"", (*allowed, *fields))

    async def _readable_later(self, later: Later, origin: bytes) -> Answer:
        return self._readable(await later.work, origin)

    def _readable(self, answer: Answer, origin: bytes) -> Answer:
        extra: tuple[Field, ...] = (*answer.extra, _VARY, *self._allowing(origin))
        if len(extra) > len(answer.extra) + 1:
            extra += ((b"access-control-expose-headers", _EXPOSED),)
        return Answer(answer.block, answer.body, extra)

    def _allowing(self, origin: bytes) -> tuple[Field, ...]:
        if origin == b"null" or origin.decode("latin-1") not in self.origins():
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
        )
