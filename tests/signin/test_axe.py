"""axe-core finds nothing on any page in its states, in both themes, at both widths, in both languages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from satsuma.portal.articles.shelf import OWN_PLACES
from tests.signin.browser import AXE, visit
from tests.signin.routes import page_routes
from tests.signin.states import STATES
from tests.signin.walks import RUN, Walked, brief, too_wide
from tests.web.words import SOURCES
from tests.web.words import templates as templates_of_pages
from tests.wire.server import Server

# These draw no page of their own.
PARTS = {"layout", "parts", "mail"} | {
    f"portal/{part}"
    for part in (
        "layout",
        "parts",
        "pick",
        "places",
        "guide",
        "app",
        "samples",
        "reference_parts",
        "try_it",
        "run_form",
        "run_person",
        "who_you_are",
    )
}


def test_every_template_draws_a_state() -> None:
    folder = SOURCES / "web/templates"
    templates = {str(path.relative_to(folder).with_suffix("")) for path in templates_of_pages()}
    assert set(STATES.values()) == templates - PARTS


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.spec("WCAG 2.2")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible(walked: Callable[[str], Walked], language: str) -> None:
    walk = walked(language)
    assert not walk.faults, "\n".join(walk.faults)
    assert walk.seen == set(STATES)
    left_out = {
        (method, path.pattern)
        for method, path in page_routes()
        if not any(method == how and path.match(where) for how, where in walk.asked)
    }
    assert left_out == {("GET", f"^/{name}$") for name in OWN_PLACES}, "an operator wrote none"


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
