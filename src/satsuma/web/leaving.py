"""Leaving our origin after a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from satsuma.web.pages import page

Show = Callable[[Request], Awaitable[Response]]


def by_a_page(show: Show) -> Show:
    """Let a step that follows a form leave our origin by a page that moves on.

    `form-action 'self'` holds for every redirect that a form's POST leads to, so the browser stops one to a client.

    Spec: CSP Level 3.
    """

    async def shown(request: Request) -> Response:
        response = await show(request)
        location = response.headers.get("location", "/")
        if "after" not in request.query_params or location.startswith("/"):
            return response
        return page("move_on.html", request=request, location=location)

    return shown
