"""The front page, static files, and what is said when a page is not there or fails."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from satsuma.portal.desk import Desk
from satsuma.portal.guide_steps import GUIDES
from satsuma.portal.guides import example_path, rank
from satsuma.portal.markdown import as_text
from satsuma.telemetry.metrics import LEFT
from satsuma.web.languages import N_
from satsuma.web.pages import NO_STORE, page, static_file, with_own_scripts


class Pages:
    """The front page, static files, and what is said when a page is not there or fails."""

    def __init__(self, desk: Desk, log: Any) -> None:
        self._desk = desk
        self._log = log

    async def home(self, request: Request) -> Response:
        """Show what one can do here: the two commands, the APIs, the guides."""
        desk = self._desk
        here = await desk.here(request)
        apis = desk.shown_apis()
        first = min(apis, key=rank, default=None)
        issuer = desk.issuer("orange-m2m") or desk.issuer("standard")
        return desk.show(
            request,
            "home.html",
            here,
            token_url=f"{desk.api_url}{issuer.path if issuer else ''}/token",
            apis=sorted(apis, key=rank),
            example=example_path(first) if first else "/API/v1/RESOURCE",
            guides=GUIDES.values(),
            shows_mail=desk.shows_mail,
            form=desk.sandbox and here.visitor is None,
        )

    async def for_readers(self, request: Request) -> Response:
        """Name the pages that programs read, each as Markdown."""
        desk = self._desk
        lines = ["# OAuth 2.0", "", "Get a token, call a protected API, know why it failed.", ""]
        lines += ["## Guides", ""]
        for guide in GUIDES.values():
            for number, step in enumerate(guide.steps, 1):
                where = f"{desk.pages_url}/guides/{guide.slug}/{number}.md"
                lines.append(f"- [{guide.title}, step {number}: {step.name}]({where})")
        await desk.shelf.renew()
        for article in desk.shelf.listed("en"):
            where = f"{desk.pages_url}/guides/{article.name}.md"
            lines.append(f"- [{as_text(article.title)}]({where})")
        lines += ["", "## APIs", ""]
        for api in desk.shown_apis():
            title = as_text(api.title)
            lines.append(f"- [{title}]({desk.pages_url}/apis/{api.name}/v{api.version}.md)")
        lines += ["", "## Errors", "", f"- [All of them]({desk.pages_url}/errors/index.md)"]
        return Response("\n".join(lines) + "\n", 200, NO_STORE, "text/plain; charset=utf-8")

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
        title = {404: N_("There is no such page"), 405: N_("This page cannot be sent to")}.get(
            status, N_("Something did not work")
        )
        if status == 405 and request.method in ("GET", "HEAD"):  # what a form alone is sent to
            title = N_("There is no such page")
        what = N_("The address may be mistyped, or the page may have moved.")
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
    response = page(
        "portal/missing.html",
        status,
        request,
        status=status,
        title=title,
        what=what,
        request_id=request.state.request_id,
    )
    return with_own_scripts(response)
