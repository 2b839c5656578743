"""The pages of what a person cannot go on with."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.errors.row import ErrorRow
from satsuma.web.pages import page


def expired(request: Request) -> Response:
    """Say that a page has expired, and what to do."""
    return page("expired.html", 400, request=request, request_id=request.state.request_id)


def refused(request: Request, row: ErrorRow) -> Response:
    """Say why an authorization request goes no further, where its client may not be told."""
    request_id = request.state.request_id
    return page("refused.html", row.status, request=request, row=row, request_id=request_id)
