"""Problems."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from satsuma.web.pages import page


def expired(request: Request) -> Response:
    """Say that a page has expired, and what to do."""
    return page("expired.html", 400, request=request, request_id=request.state.request_id)
