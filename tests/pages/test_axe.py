"""axe-core finds nothing on any page in its states, in both themes, at both widths, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.browser import AXE
from tests.pages.states import Walk
from tests.wire.server import Server

WIDTHS = (320, 1280)
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


def brief(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    return f"{violation['id']}: {first['html'][:200]} {first.get('failureSummary', '')[:300]}"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.spec("WCAG 2.2")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible(chromium: Browser, server: Server, language: str) -> None:
    found: list[str] = []
    seen: set[str] = set()

    def look(page: Page, name: str) -> None:
        seen.add(name)
        assert page.locator("html").get_attribute("lang") == language, name
        assert page.locator("h1").count() == 1, name
        if name == "form-post":  # without scripts there is no axe
            return
        page.evaluate(AXE.read_text())
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    found.append(f"{name} at {width}: {wide} px wide")
                violations = page.evaluate(RUN)
                found.extend(f"{name} {theme} {width}: {brief(each)}" for each in violations)

    Walk(chromium, server, language, look).all()
    assert not found, "\n".join(found)
    assert len(seen) > 35
