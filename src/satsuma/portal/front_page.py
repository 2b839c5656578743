"""The front page, the page of each error, and what is said when a page is not there or fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from satsuma.domain.apis import Api
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import GROUPS, ROWS
from satsuma.telemetry.metrics import LEFT
from satsuma.web.languages import N_
from satsuma.web.pages import page, static_file


def general_routes(pages: Pages) -> list[Route]:
    """The routes that need no login."""
    return [
        Route("/", pages.home),
        Route("/errors/", pages.errors),
        Route("/errors/{slug}", pages.error),
        Route("/static/{digest}/{name}", pages.static),
    ]


class Pages:
    """The pages that need no login."""

    def __init__(
        self, apis: Callable[[], Iterable[Api]], api_url: str, shows_mail: bool, log: Any
    ) -> None:
        self._apis = apis
        self._api_url = api_url
        self._shows_mail = shows_mail
        self._log = log

    async def home(self, request: Request) -> Response:
        """Show what this is, and the two commands."""
        apis = list(self._apis())
        shown = [api for api in apis if api.life_cycle != "retired"]
        example = "/API/v1/RESOURCE"
        if any((api.name, api.version) == ("poi", 1) for api in shown):
            example = "/poi/v1/shops?postalCode=35000"
        return page(
            "home.html",
            request=request,
            api_url=self._api_url,
            apis=shown,
            example=example,
            shows_mail=self._shows_mail,
        )

    async def errors(self, request: Request) -> Response:
        """List every cause of refusal."""
        return page("errors.html", request=request, groups=GROUPS)

    async def error(self, request: Request) -> Response:
        """Show one cause and its cure."""
        row = ROWS.get(request.path_params["slug"])
        if row is None:
            raise HTTPException(404)
        return page("error.html", request=request, row=row, shown=_shown_as(row), wire=_wire(row))

    async def static(self, request: Request) -> Response:
        """A static file."""
        found = static_file(request.path_params["digest"], request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return found

    async def missing(self, request: Request, problem: Exception) -> Response:
        """Say that a page is not there, or not with this method.

        Spec: RFC 9110 §15.5.6.
        """
        status = problem.status_code if isinstance(problem, HTTPException) else 500
        title = {404: N_("There is no such page"), 405: N_("This page is only read")}.get(
            status, N_("This did not work")
        )
        if status == 405 and request.method in ("GET", "HEAD"):  # what a form alone is sent to
            title = N_("There is no such page")
        what = N_("The address may be mistyped, or the page has moved.")
        response = _problem(request, status, title, what)
        if status == 405:
            response.headers["allow"] = ", ".join(sorted(_methods_of(request)))
        return response

    async def unavailable(self, request: Request, problem: Exception) -> Response:
        """Say that the database cannot be reached at the moment."""
        title = N_("Not available at the moment")
        what = N_("The service cannot reach its data. Please try again in a minute.")
        return _problem(request, 503, title, what)

    async def left(self, request: Request, problem: Exception) -> Response:
        """End a request whose form broke off: nobody waits for this answer, so it is only counted."""
        return Response(status_code=LEFT)

    async def failed(self, request: Request, problem: Exception) -> Response:
        """Say that a page failed, with the id under which the log has the cause."""
        self._log.error("page_failed", request_id=request.state.request_id, exc_info=problem)
        what = N_("The operator finds the cause under the request id below.")
        return _problem(request, 500, N_("Something went wrong here"), what)


def _methods_of(request: Request) -> set[str]:
    """The methods of a page, over all the routes at its path."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods


def _problem(request: Request, status: int, title: str, what: str) -> Response:
    return page(
        "missing.html",
        status,
        request,
        status=status,
        title=title,
        what=what,
        request_id=request.state.request_id,
    )


def _shown_as(row: ErrorRow) -> str | None:
    return row.shown_as if row.shown_as != row.slug else None


def _wire(row: ErrorRow) -> str:
    if row.code:
        return json.dumps({"code": row.code, "message": row.message, "description": row.says})
    return json.dumps({"error": row.error, "error_description": row.says})
