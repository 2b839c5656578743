"""The endpoint below `/satsuma/v1`: the token proven, the person counted, the operation done on their client spaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import msgspec

from satsuma.counters.port import CounterAway
from satsuma.developer import applications, requests, usage
from satsuma.developer.openapi import document
from satsuma.developer.operations import ROOT, Asked, BadParameter, Operation
from satsuma.domain.built_in_client import OWN_APPLICATIONS
from satsuma.domain.errors import developer as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused, too_often
from satsuma.domain.usage_report import lasts_an_hour
from satsuma.http.messages import PRIVATE_JSON, Answer, Block, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.person_endpoint import Demands, PersonEndpoint
from satsuma.store.port import Reader
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

DOCUMENT: Final = f"{ROOT}/openapi.json"
OPERATIONS: Final = (*requests.OPERATIONS, *applications.OPERATIONS, *usage.OPERATIONS)
_MOST: Final = 60
_WINDOW: Final = 60.0
_METHODS: Final = (b"GET", b"HEAD")
_DEMANDS: Final = Demands("developer", _METHODS, errors.METHOD_NOT_ALLOWED, errors.SCOPE_MISSING)
_OPEN: Final = Block(
    200,
    (b"content-type", b"application/json"),
    (b"cache-control", b"public, max-age=3600"),
    (b"access-control-allow-origin", b"*"),
)
_encode = msgspec.json.Encoder().encode


class DeveloperEndpoint(PersonEndpoint):
    """Every operation of the table, for a person's token of the standard issuer with `satsuma:applications`.

    What is not this person's is answered as what is not there.
    """

    def __init__(self, context: IssuerContext, *, opens_sandboxes: bool) -> None:
        super().__init__(context, _DEMANDS)
        self._opens_sandboxes = opens_sandboxes
        self._lists = {ROOT + each.path: each for each in OPERATIONS if not each.has_item}
        self._items = {ROOT + each.path: each for each in OPERATIONS if each.has_item}
        self._document: Answer | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are fixed."""
        return (DOCUMENT, *self._lists)

    def __call__(self, request: Request) -> Answer | Later:
        """Answer one request."""
        if request.method not in _METHODS:
            return self.refuse(request, Refusal(errors.METHOD_NOT_ALLOWED), None)
        path = request.path.decode("latin-1")
        if path == DOCUMENT:
            return self._described()
        operation, item = self._lists.get(path), ""
        if operation is None:
            parent, _, item = path.rpartition("/")
            operation = self._items.get(f"{parent}/") if item else None
        if operation is None:
            return self.refuse(request, Refusal(errors.NOT_THERE), None)
        return self.answer(request, OWN_APPLICATIONS, partial(self._do, request, operation, item))

    def _described(self) -> Answer:
        """The document, made when it is first asked for."""
        if self._document is None:
            issuer = self._context.issuer
            described = document(issuer.api_url, issuer.url, OPERATIONS, self._opens_sandboxes)
            self._document = Answer(_OPEN, _encode(described))
        return self._document

    async def _do(
        self, request: Request, operation: Operation, item: str, claims: AccessTokenClaims
    ) -> Answer:
        await self._count(claims.sub or "")
        values = _values(request, operation)

        def work(reader: Reader) -> msgspec.Struct | None:
            account_id = reader.find_account_of_subject(claims.sub or "")
            found = () if account_id is None else reader.list_memberships(account_id)
            spaces = tuple(space.space_id for _, space in found)
            lasts = lasts_an_hour([self._context.issuer.policy])
            asked = Asked(spaces, self._context.clock.now(), item, values, lasts)
            return operation.do(reader, asked)

        try:
            found = await self._context.store.read(work)
        except BadParameter as bad:
            raise Refused(Refusal(errors.PARAMETER_BAD, {"parameter": str(bad)})) from None
        if found is None:
            raise Refused(Refusal(errors.NOT_THERE))
        return Answer(PRIVATE_JSON, _encode(found))

    async def _count(self, subject: str) -> None:
        """Count a call of this person, for all processes where they count together; raises Refused."""
        context, key = self._context, f"developer:{subject}"
        wait = None
        if context.shared_counter is not None:
            try:
                wait = await context.shared_counter.hit(key, _MOST, _WINDOW)
            except CounterAway:
                wait = None
        if wait is None:
            wait = context.counter.hit(key, _MOST, _WINDOW, context.clock.monotonic())
        if wait:
            raise Refused(too_often(errors.TOO_MANY_CALLS, wait))


def _pairs(query: bytes) -> Iterator[tuple[str, str, str]]:
    """Each pair of a query as it stands: what is read drops those without a value."""
    for pair in query.decode("latin-1").split("&"):
        yield pair.partition("=")


def _values(request: Request, operation: Operation) -> dict[str, Any]:
    """What the query says, each parameter known and within its bounds; raises Refused."""
    try:
        given = parse_form(request.query)
    except Malformed as problem:
        raise refusal_of(problem) from None
    empty = [name for name, _, value in _pairs(request.query) if name and not value]
    if empty:
        raise Refused(Refusal(errors.PARAMETER_BAD, {"parameter": empty[0][:40]}))
    values: dict[str, Any] = {}
    for each in operation.parameters:
        text = given.pop(each.name, None)
        try:
            values[each.name] = each.default if text is None else each.read(text)
        except ValueError:
            raise Refused(Refusal(errors.PARAMETER_BAD, {"parameter": each.name})) from None
    if given:
        raise Refused(Refusal(errors.PARAMETER_BAD, {"parameter": next(iter(given))[:40]}))
    return values
