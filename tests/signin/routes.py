"""The routes of the pages, as a demo has them: read from the application itself."""

import asyncio
import re
import tempfile
from pathlib import Path

import structlog
from starlette.routing import Route

from satsuma.app.pages import build_pages
from satsuma.app.serving import opened_platform
from satsuma.app.settings import load_settings
from satsuma.app.signin import build_signin
from satsuma.demo.client_pages import DemoClient
from satsuma_client.protocol.secret import Secret
from tests.signin.browser import beside


def page_routes() -> set[tuple[str, re.Pattern[str]]]:
    """Give the method and the path of each route."""
    with tempfile.TemporaryDirectory() as folder:
        routes: list[Route] = beside(asyncio.run, _routes(Path(folder)))
    return {
        (method, route.path_regex)
        for route in routes
        for method in route.methods or ()
        if method != "HEAD"
    }


async def _routes(folder: Path) -> list[Route]:
    chosen = {"database": f"sqlite:///{folder / 'routes.db'}", "mode": "demo"}
    settings = load_settings(None, {}, chosen)
    async with opened_platform(settings, structlog.get_logger(), None) as platform:
        forms = build_signin(platform).forms
        demo = DemoClient("http://127.0.0.1", "http://localhost", "none", Secret("none"), forms)
        platform.more_pages = demo.routes
        routes: list[Route] = build_pages(platform).app.app.routes
        return routes
