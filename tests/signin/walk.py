"""What every walk does: who, where, and what looks at a state when it is reached."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

from tests.signin.browser import LOCALES, visit
from tests.wire.server import Server

Look = Callable[[Page, str], None]


@dataclass
class BaseWalk:
    """One walk; `states` are the templates of the states, `seen` those met, `asked` methods and paths of our pages."""

    states: ClassVar[Mapping[str, str]] = {}

    browser: Browser
    server: Server
    language: str
    look: Look
    seen: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    @contextlib.contextmanager
    def visit(self) -> Iterator[Page]:
        """Open a browser that speaks the walk's language."""
        with visit(self.browser, locale=LOCALES[self.language]) as page:
            page.context.on("request", self._note)
            yield page

    def shows(self, page: Page, name: str) -> None:
        """Look at a state, drawn by its template."""
        drawn = page.locator("body").get_attribute("data-page")
        assert drawn == self.states[name], f"{name} at {page.url} is drawn by {drawn}"
        if page.locator("script[src*='/portal.js']").count():  # what it adds is part of the page
            page.wait_for_selector("html.js", state="attached")
        self.seen.add(name)
        self.look(page, name)

    def see(self, page: Page, path: str, name: str, server: str = "") -> None:
        """Open a page and look at it."""
        page.goto(f"{server or self.server.pages_url}{path}")
        self.shows(page, name)

    @staticmethod
    def press(page: Page) -> None:
        """Press the first button of the page's content."""
        page.locator("main button:not([type=button])").first.click()
        page.wait_for_load_state()

    def _note(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.hostname == "localhost":
            self.asked.add((request.method, parts.path))
