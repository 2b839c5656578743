"""The pages of an API's reference, and the document that they are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from satsuma.domain.apis import Api
from satsuma.gateway.access import Call, missing_scopes
from satsuma.portal.catalogue import asked_api, states_of
from satsuma.portal.desk import Desk, Here, to_login
from satsuma.portal.own_token import OwnRequests
from satsuma.portal.reference.document import Document, Operation
from satsuma.portal.reference.documents import Documents
from satsuma.portal.reference.inputs import Values
from satsuma.portal.reference.parts import cut, operation_panels, schema_panels
from satsuma.portal.reference.served import served
from satsuma.portal.reference.texts import described, line, plain
from satsuma.portal.reference.try_it import Exchange, TryIt
from satsuma.web.languages import say
from satsuma.web.pages import NO_STORE, SECURITY_HEADERS
from satsuma.web.wording import STALE

_API: Final = "/apis/{name:path}/v{version}"
_OPERATION: Final = f"{_API}/operations/{{operation}}"
_BESIDE_A_RUN: Final = 12_000
"""How much of the reference stands beside what was run; the page itself has all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The API of a page, its document, and who looks at it."""

    here: Here
    states: Mapping[str, str]
    api: Api
    document: Document

    @property
    def path(self) -> str:
        """The address of the API's own page."""
        return f"/apis/{self.api.name}/v{self.api.version}"


@dataclass(frozen=True, slots=True)
class ReferencePages:
    """Shows the operations and schemas of a document to whom the API is shown; `own` sends what *Try it* makes."""

    desk: Desk
    documents: Documents
    own: OwnRequests

    def routes(self) -> list[Route]:
        """The routes of the reference, which stand before that of the API itself."""
        return [
            Route(f"{_API}/openapi.json", self.document),
            Route(f"{_API}/tags/{{tag}}", self.tag),
            Route(f"{_API}/schemas/{{schema}}", self.schema),
            Route(_OPERATION, self.operation, methods=["GET"]),
            Route(_OPERATION, self.sent, methods=["POST"]),
        ]

    async def document(self, request: Request) -> Response:
        """Give the document as JSON, with the gateway as its server: the upstream's address is nobody's matter."""
        place = await self._place(request)
        document = place.document
        server = f"{self.desk.api_url}/{place.api.name}/v{place.api.version}"
        if server not in document.served:
            document.served[server] = await asyncio.to_thread(served, document.given, server)
        headers = {**SECURITY_HEADERS, **NO_STORE, "content-type": "application/json"}
        return Response(document.served[server], headers=headers)

    async def tag(self, request: Request) -> Response:
        """List the operations of a tag."""
        place = await self._place(request)
        tag = place.document.tags.get(request.path_params["tag"])
        if tag is None:
            raise HTTPException(404)
        pages = tag.pages()
        number = _part(request, len(pages))
        return self._show(
            request,
            place,
            "reference_tag.html",
            tag=tag,
            operations=pages[number - 1],
            part=number,
            parts=len(pages),
        )

    async def schema(self, request: Request) -> Response:
        """Show a named schema."""
        place = await self._place(request)
        name = place.document.schemas.get(request.path_params["schema"])
        if name is None:
            raise HTTPException(404)
        parts = cut(schema_panels(place.document, name))
        number = _part(request, len(parts))
        return self._show(
            request,
            place,
            "reference_schema.html",
            named=plain(name, 120),
            panels=parts[number - 1],
            part=number,
            parts=len(parts),
        )

    async def operation(self, request: Request) -> Response:
        """Show an operation."""
        place = await self._place(request)
        operation = _asked(place, request)
        trying = await self._trying(place, operation)
        return self._operation(request, place, operation, trying)

    async def sent(self, request: Request) -> Response:
        """Send the request of an operation as the reader's application, and show what went over the wire."""
        place = await self._place(request)
        operation = _asked(place, request)
        form = await self.desk.frame.form(request)
        if place.here.visitor is None:
            return to_login(request)
        trying = await self._trying(place, operation, form)
        if form is None:
            problem = say(request, STALE)
            return self._operation(request, place, operation, trying, 400, problem)
        if trying.reason or trying.is_wrong:
            return self._operation(request, place, operation, trying, 400)
        exchange = await trying.send(request)
        return self._operation(request, place, operation, trying, exchange=exchange)

    async def _trying(
        self, place: Place, operation: Operation, form: Values | None = None
    ) -> TryIt:
        return await TryIt.of(
            self.own, place.here, place.states, place.api, place.document, operation, form
        )

    def _operation(
        self,
        request: Request,
        place: Place,
        operation: Operation,
        trying: TryIt,
        status: int = 200,
        problem: str = "",
        exchange: Exchange | None = None,
    ) -> Response:
        panels = operation_panels(place.document, operation)
        parts = cut(panels, trying.room)
        if request.method == "POST":
            parts = cut(panels, _BESIDE_A_RUN, _BESIDE_A_RUN)
        number = _part(request, len(parts))
        scopes = missing_scopes(place.api.scopes, Call(operation.method, operation.path), "")
        return self._show(
            request,
            place,
            "reference_operation.html",
            status,
            form=trying.is_offered,
            operation=operation,
            tag=place.document.tags[operation.tag],
            scopes=scopes.split(),
            panels=parts[number - 1],
            part=number,
            parts=len(parts),
            trying=trying,
            problem=problem,
            exchange=exchange,
        )

    def _show(
        self, request: Request, place: Place, template: str, status: int = 200, **values: Any
    ) -> Response:
        values |= {"api": place.api, "root": place.path, "described": described, "line": line}
        return self.desk.show(request, template, place.here, status, **values)

    async def _place(self, request: Request) -> Place:
        """The API of a path with its document; raises HTTPException 404 where the reader sees none."""
        here = await self.desk.here(request)
        states = await states_of(self.desk, here)
        api = asked_api(self.desk, request, states)
        document = await self.documents.find(api)
        if document is None:
            raise HTTPException(404)
        return Place(here, states, api, document)


def _asked(place: Place, request: Request) -> Operation:
    operation = place.document.operations.get(request.path_params["operation"])
    if operation is None:
        raise HTTPException(404)
    return operation


def _part(request: Request, count: int) -> int:
    """The part of a page that is asked for; the first where it is none."""
    asked = request.query_params.get("part", "1")
    found = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return found if 1 <= found <= count else 1
