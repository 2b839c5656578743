"""The pages' application: which page stands at which path of the pages surface."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from satsuma.app.wiring import Platform


def build_pages(platform: Platform) -> Any:
    """Build the pages' application."""

    async def home(request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Satsuma</title><h1>Satsuma</h1>")

    return Starlette(routes=[Route("/", home)])
