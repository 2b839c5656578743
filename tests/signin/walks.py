"""One walk through every page in a language, on which everything that tests look at is looked at."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from tests.signin.appearance import keeping
from tests.signin.browser import AXE
from tests.signin.troubles import WholeWalk
from tests.wire.server import Server

WIDTHS = (320, 1280)
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@dataclass
class Walked:
    """What was met: `faults` of accessibility, `texts` of appearance by the name of their file."""

    seen: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


def walked_through(browser: Browser, server: Server, language: str) -> Walked:
    """Go everywhere, and look at each state first as it was met, then in both themes at both widths."""
    walked = Walked()
    keep = keeping(walked.texts, language)

    def look(page: Page, name: str) -> None:
        keep(page, name)
        walked.faults.extend(faults_of(page, name, language))

    walk = WholeWalk(browser, server, language, look)
    walk.all()
    walked.seen, walked.asked = walk.seen, walk.asked
    return walked


def faults_of(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with a page for whoever does not see it as its author did."""
    assert page.locator("html").get_attribute("lang") == language, name
    assert page.locator("h1").count() == 1, name
    found = []
    if not other_language_is_there(page):
        found.append(f"{name}: the other language is not there")
    page.evaluate(AXE.read_text())
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            if too_wide(page, width):
                found.append(f"{name} is wider than {width}")
            found += [f"{name} {theme} {width}: {brief(each)}" for each in page.evaluate(RUN)]
    return found


def brief(violation: dict[str, Any]) -> str:
    first = violation["nodes"][0]
    return f"{violation['id']}: {first['html'][:200]} {first.get('failureSummary', '')[:300]}"


def too_wide(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 800})
    return bool(page.evaluate("document.documentElement.scrollWidth") > width)


def other_language_is_there(page: Page) -> bool:
    """Whether the way to the other language leads to a page and not to an error."""
    to = page.locator("form[action='/language'] input[name=to]")
    if not to.count():
        return True
    origin = page.evaluate("location.origin")
    return page.request.get(origin + to.input_value(), max_redirects=0).status not in (405, 500)
