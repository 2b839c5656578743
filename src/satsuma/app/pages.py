"""The pages' application: which page stands at which path of the pages surface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from satsuma.app.platform import Platform, sealed_requests
from satsuma.app.signin import (
    account_routes,
    apis_of,
    asked_of,
    build_frame,
    build_signin,
    wished_languages,
)
from satsuma.portal.articles.reading import own_words
from satsuma.portal.articles.shelf import Shelf
from satsuma.portal.desk import Desk
from satsuma.portal.front_page import Pages
from satsuma.portal.markdown import MarkdownToo
from satsuma.portal.routes import portal_routes
from satsuma.store.port import Unavailable
from satsuma.web.frame import Frame
from satsuma.web.languages import InLanguage


def build_shelf(platform: Platform) -> Shelf:
    """The articles, ours and the operator's."""
    settings = platform.settings
    folder = None if settings.content is None else Path(settings.content)
    words = own_words(settings.api_url, settings.pages_url, settings.policies())
    return Shelf(folder, words, platform.clock.monotonic, platform.log)


def build_desk(platform: Platform, frame: Frame) -> Desk:
    """What the portal's pages work with."""
    return Desk(
        frame=frame,
        management=platform.management,
        apis=apis_of(platform),
        issuers=tuple(shared.issuer.policy for shared in platform.issuers),
        api_url=platform.settings.api_url,
        pages_url=platform.settings.pages_url,
        clock=platform.clock.now,
        monotonic=platform.clock.monotonic,
        shelf=build_shelf(platform),
        keeps_secrets=platform.settings.secrets == "show",
        shows_mail=platform.inbox is not None,
        sandbox=platform.settings.sandbox,
    )


def build_pages(platform: Platform) -> Any:
    """Every page of the pages surface, in the visitor's language, with what is said where one is missing or fails."""
    signin = build_signin(platform)
    frame = build_frame(platform, signin)
    desk = build_desk(platform, frame)
    pages = Pages(desk, platform.log)
    routes = [
        *portal_routes(desk, pages, lambda: platform.application, sealed_requests(platform.vault)),
        *signin.routes(),
        *account_routes(platform, frame),
    ]
    routes += platform.more_pages()
    handlers: dict[Any, Any] = {
        HTTPException: pages.missing,
        Unavailable: pages.unavailable,
        ClientDisconnect: pages.left,
        Exception: pages.failed,
    }
    pages_of_all = Starlette(routes=routes, exception_handlers=handlers)
    return MarkdownToo(InLanguage(pages_of_all, wished_languages(asked_of(platform))))
