"""`GET /auth/check`: the same decision for other gateways, such as nginx's auth_request and Traefik's ForwardAuth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.usage_counts import api_series
from satsuma.gateway.access import Call, LookUp, Pass, parse_bearer
from satsuma.gateway.error_response import Refusals
from satsuma.gateway.gate import Asked, Gate
from satsuma.gateway.identity import CallerIdentity
from satsuma.gateway.limits import Limiter, Outcome
from satsuma.gateway.target import parse_target
from satsuma.http.known import Known
from satsuma.http.messages import Answer, Block, Later, Request, is_token
from satsuma.http.rate_limit import rate_limit_fields
from satsuma.keys.ring import NoKey

ENDPOINT: Final = "auth_check"
_PASSED: Final = Block(204, (b"cache-control", b"no-store"))
_URIS: Final = frozenset({b"x-original-uri", b"x-original-url", b"x-forwarded-uri"})
_METHODS: Final = frozenset({b"x-original-method", b"x-forwarded-method"})
_KNOWN: Final = 4096
# The statuses that nginx hands on; every other one it makes a 500.
_HANDED_ON: Final = frozenset({401, 403})
_AS_THEY_ARE: Final = _HANDED_ON | {500, 503}

Question = tuple[bytes | None, ...]
"""All of a request that the decision reads."""


class AuthCheck:
    """Answers 204 with the identity headers, or 401 or 403 with the challenge and the envelope.

    Any caller may ask, since it must present a valid access token and learns nothing that the token does not allow.
    Which API is asked stands in X-Original-URI, X-Original-URL or X-Forwarded-Uri, of which exactly one may come; or in
    the query as `api`, `version` and, where known, `method` and `path`. Both together are refused, for a caller could
    have sent one of them. What nobody says is demanded: without a method or a path, every scope of the API.
    A method that is no token is refused: no rule of an API names it, though whoever asks may serve it as one of them.
    Bodies, parameters and media types are the asking gateway's own affair.
    """

    def __init__(
        self,
        gate: Gate,
        limiter: Limiter,
        identities: CallerIdentity,
        refusals: Refusals,
    ) -> None:
        """Answer by `gate`; count each call that may pass, together with the gateway's own."""
        self._gate = gate
        self._limiter = limiter
        self._identities = identities
        self._refusals = refusals
        self._passed: Known[Question, tuple[bytes, Pass, str]] = Known(_KNOWN)

    def __call__(self, request: Request) -> Answer | Later:
        """Answer, or say that a look-up or the shared counter must be awaited.

        What passed before passes again without being read anew, for as long as every fact behind it stands.

        Spec: RFC 6750 §3.1.
        """
        question = _read_question(request)
        known = None if question is None else self._passed.get(question)
        if known is not None and self._gate.stands(known[1], known[0]):
            request.series = known[2]
            return self._count(request, known[1])
        asked = read_asked(request)
        if not isinstance(asked, Asked):
            return self._refuse(request, Refusal(asked))
        if self._gate.knows(asked.name, asked.version):
            request.series = api_series(asked.name, asked.version)
        decided = self._gate.examine(asked)
        if isinstance(decided, LookUp):
            return Later(self._after_look_up(request, asked, decided.client_id))
        if isinstance(decided, Refusal):
            return self._refuse(request, decided)
        if question is not None:
            self._keep(question, asked, decided, request.series)
        return self._count(request, decided)

    def _keep(self, question: Question, asked: Asked, passed: Pass, series: str) -> None:
        token = parse_bearer(asked.authorization)
        assert isinstance(token, bytes)  # noqa: S101 - it passed
        self._passed.keep(question, (token, passed, series))

    def _count(self, request: Request, decided: Pass) -> Answer | Later:
        counted = self._limiter.count(decided)
        if counted is None:
            return Later(self._after_count(request, decided))
        return self._answer(request, decided, counted)

    async def _after_look_up(self, request: Request, asked: Asked, client_id: str) -> Answer:
        decided = await self._gate.examine_later(asked, client_id)
        if isinstance(decided, Refusal):
            return self._refuse(request, decided)
        return await self._after_count(request, decided)

    async def _after_count(self, request: Request, passed: Pass) -> Answer:
        return self._answer(request, passed, await self._limiter.count_later(passed))

    def _answer(self, request: Request, passed: Pass, counted: Outcome) -> Answer:
        if isinstance(counted, Refusal):
            return self._refuse(request, counted)
        request.client_id = passed.client.client_id
        try:
            fields = self._identities.of(passed).fields
            return Answer(
                _PASSED, b"", (*fields, *rate_limit_fields(counted)) if counted else fields
            )
        except NoKey:
            return self._refuse(request, Refusal(errors.SIGNING_KEY_MISSING))

    def _refuse(self, request: Request, refusal: Refusal) -> Answer:
        status = refusal.row.status
        if status not in _AS_THEY_ARE:
            status = 403
        return self._refusals.answer_as(request, ENDPOINT, refusal, status)


def _read_question(request: Request) -> Question | None:
    """All that the decision reads; None where a header stands twice."""
    fields = request.fields
    if len(fields) != len(request.headers):
        return None
    find = fields.get
    return (
        find(b"authorization"),
        find(b"x-original-uri"),
        find(b"x-original-url"),
        find(b"x-forwarded-uri"),
        find(b"x-original-method"),
        find(b"x-forwarded-method"),
        request.query,
    )


def read_asked(request: Request) -> Asked | ErrorRow:
    """Read which call is asked about; the refusing row where nobody says, or two say differently."""
    uri = method = None
    authorization: list[bytes] = []
    for name, value in request.headers:
        if name == b"authorization":
            authorization.append(value)
        elif name in _URIS:
            if uri is not None and uri != value:
                return errors.ADDRESS_AMBIGUOUS
            uri = value
        elif name in _METHODS:
            if method is not None and method != value:
                return errors.ADDRESS_AMBIGUOUS
            if not is_token(value):
                return errors.HEADER_INVALID
            method = value
    if request.query and b"api=" in request.query:
        if uri is not None or method is not None:
            return errors.ADDRESS_AMBIGUOUS
        return _read_query(request.query, authorization)
    if uri is None:
        return errors.ADDRESS_MISSING
    target = parse_target(_path_of(uri))
    if isinstance(target, ErrorRow):
        return target
    call = Call(None if method is None else method.decode("latin-1").upper(), target.path)
    return Asked(target.name, target.version, call, authorization)


def _path_of(uri: bytes) -> bytes:
    uri = uri.partition(b"?")[0]
    if uri.startswith(b"/"):
        return uri
    _, _, rest = uri.partition(b"://")
    return b"/" + rest.partition(b"/")[2]


def _read_query(query: bytes, authorization: list[bytes]) -> Asked | ErrorRow:
    try:
        said = _single(query.decode("ascii").split("&"))
    except ValueError:
        return errors.QUERY_INVALID
    if "api" not in said or "version" not in said:
        return errors.ADDRESS_MISSING
    version = said["version"].removeprefix("v")
    target = parse_target(f"/{said['api']}/v{version}{said.get('path', '')}".encode())
    if isinstance(target, ErrorRow):
        return target
    if (target.name, str(target.version)) != (said["api"], version):
        return errors.API_UNKNOWN
    path = target.path if "path" in said else None
    method = said.get("method")
    if method is not None and not is_token(method.encode()):
        return errors.QUERY_INVALID
    call = Call(None if method is None else method.upper(), path)
    return Asked(target.name, target.version, call, authorization)


def _single(parts: Iterable[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name in said:
            raise ValueError("a parameter stands twice")
        said[name] = unquote(value, errors="strict")
    return said
