"""The pages' application: which page stands at which path of the pages surface."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from satsuma.app.platform import Platform
from satsuma.app.signin import (
    account_routes,
    apis_of,
    asked_of,
    build_frame,
    build_signin,
    wished_languages,
)
from satsuma.portal.front_page import Pages, general_routes
from satsuma.store.port import Unavailable
from satsuma.web.languages import InLanguage


def build_pages(platform: Platform) -> Any:
    """Every page of the pages surface, in the visitor's language, with what is said where one is missing or fails."""
    pages = Pages(
        apis_of(platform),
        platform.settings.api_url,
        platform.inbox is not None,
        platform.log,
    )
    signin = build_signin(platform)
    frame = build_frame(platform, signin)
    routes = [*general_routes(pages), *signin.routes(), *account_routes(platform, frame)]
    routes += platform.more_pages()
    handlers: dict[Any, Any] = {
        HTTPException: pages.missing,
        Unavailable: pages.unavailable,
        ClientDisconnect: pages.left,
        Exception: pages.failed,
    }
    return InLanguage(
        Starlette(routes=routes, exception_handlers=handlers), wished_languages(asked_of(platform))
    )
