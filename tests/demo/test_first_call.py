"""From an empty browser to a call that works: no account, no typing, six clicks at most.

How long it takes is the machine's: some seconds, most of them a browser's start.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.demo.test_demo import Demo, demo_command, running_demo
from tests.servers.process import free_port
from tests.signin.browser import running_chromium, visit

MOST_CLICKS = 6
# What a newcomer who reads nothing presses: the one button of the page that stands out.
STEPS = (
    ("Try it now", "**/guides/oauth-m2m/1"),
    ("Step 2: Request a token", "**/guides/oauth-m2m/2*"),
    ("Run it", "**/guides/oauth-m2m/2*"),
    ("Step 3: Call the API", "**/guides/oauth-m2m/3*"),
    ("Run it", "**/guides/oauth-m2m/3*"),
)


def press(page: Page, name: str, lands: str) -> None:
    button = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name))
    button.first.click()
    page.wait_for_url(lands)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("scripts", [True, False])
def test_an_empty_browser_sees_shops(tmp_path: Path, scripts: bool) -> None:
    with running_demo(tmp_path, demo_command(tmp_path, free_port())) as demo:
        first_call(demo, scripts)
    assert len(STEPS) <= MOST_CLICKS


def first_call(demo: Demo, scripts: bool) -> None:
    with running_chromium() as browser, visit(browser, java_script_enabled=scripts) as page:
        page.goto(f"{demo.pages_url}/")
        for name, lands in STEPS:
            press(page, name, lands)
        page.locator(".wire.answer").first.wait_for()
        assert "200 OK" in page.content()
        assert "Rennes" in page.content()
