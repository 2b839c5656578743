"""axe-core finds nothing on any page in its states, in both themes, at both widths, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.signin.browser import AXE, visit
from tests.signin.routes import page_routes
from tests.signin.states import STATES
from tests.signin.troubles import WholeWalk
from tests.web.words import SOURCES
from tests.wire.server import Server

WIDTHS = (320, 1280)
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
# These draw no page of their own.
PARTS = {"layout", "parts", "mail"}


def brief(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    return f"{violation['id']}: {first['html'][:200]} {first.get('failureSummary', '')[:300]}"


def too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth") > width)


def other_language_is_there(page: Page) -> bool:
    """Whether the way to the other language leads to a page and not to an error."""
    to = page.locator(".languages input[name=to]")
    if not to.count():
        return True
    origin = page.evaluate("location.origin")
    return page.request.get(origin + to.input_value(), max_redirects=0).status not in (405, 500)


def test_every_template_draws_a_state() -> None:
    templates = {path.stem for path in (SOURCES / "web/templates").iterdir()}
    assert set(STATES.values()) == templates - PARTS


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.spec("WCAG 2.2")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible(chromium: Browser, server: Server, language: str) -> None:
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        assert page.locator("html").get_attribute("lang") == language, name
        assert page.locator("h1").count() == 1, name
        if not other_language_is_there(page):
            found.append(f"{name}: the other language is not there")
        page.evaluate(AXE.read_text())
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in WIDTHS:
                if too_wide(page, width):
                    found.append(f"{name} is wider than {width}")
                violations = page.evaluate(RUN)
                found.extend(f"{name} {theme} {width}: {brief(each)}" for each in violations)

    walk = WholeWalk(chromium, server, language, look)
    walk.all()
    assert not found, "\n".join(found)
    assert walk.seen == set(STATES)
    left_out = {
        (method, path.pattern)
        for method, path in page_routes()
        if not any(method == how and path.match(where) for how, where in walk.asked)
    }
    assert left_out == set()


@pytest.mark.slow
def test_the_page_of_each_error_is_accessible_and_fits(chromium: Browser, server: Server) -> None:
    with visit(chromium) as page:
        page.goto(f"{server.pages_url}/errors/")
        slugs = page.locator("td a").evaluate_all(
            "all => all.map(each => each.getAttribute('href'))"
        )
        assert len(slugs) > 100
        found = []
        for path in slugs:
            page.goto(server.pages_url + path)
            if too_wide(page, 320):
                found.append(f"{path} is wider than 320")
            page.evaluate(AXE.read_text())
            found += [f"{path}: {brief(each)}" for each in page.evaluate(RUN)]
    assert not found, "\n".join(found)
