"""The pages run in a real browser: what is typed into their fields is sent, and what came is shown."""

import contextlib
import functools
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from satsuma.samples import Level, Sample, Step, show, targets
from tests.samples.front import Front
from tests.samples.platform import ANSWER, Platform, running_platform
from tests.samples.proofs import proves
from tests.samples.test_matrix import Cell, problems_of_request
from tests.samples.toolchains import NODE_MODULES
from tests.signin.browser import running_chromium, visit

PAGES = [row for row in targets() if row.in_browser]
STEPS: tuple[Step, ...] = ("token-header", "token-body", "exchange", "refresh", "call", "revoke")
FIELDS = {
    "SATSUMA_CLIENT_SECRET": "client_secret",
    "SATSUMA_CLIENT_CODE": "code",
    "SATSUMA_CLIENT_TOKEN": "token",
    "SATSUMA_CLIENT_VERIFIER": "code_verifier",
}


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Nothing is told."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_address[1]}"
        site.shutdown()


@dataclass
class Page:
    """A page's address, and what the matrix asks of a program."""

    url: str
    cell: Cell


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Page]]:
    """Every page, with its client and its secrets, made before the browser takes this thread."""
    folder = tmp_path_factory.mktemp("pages")
    with running_platform(tmp_path_factory.mktemp("samples")) as platform, _site(folder) as site:
        (folder / "node_modules").symlink_to(NODE_MODULES)
        found = []
        for public in (False, True):
            made = platform.new_client(public=public, web_origins=(site,))
            for row in PAGES:
                for level in ("one-request", "robust"):
                    for step in STEPS:
                        if not public or step in ("exchange", "refresh"):
                            name = f"{row.slug}-{level}-{step}-{public}.html"
                            cell = _cell(platform, row.slug, (step, level), made, public)
                            (folder / name).write_text(cell.sample.text)
                            found.append(Page(f"{site}/{name}", cell))
        yield found


def _cell(
    platform: Platform, slug: str, where: tuple[Step, Level], made: object, public: bool
) -> Cell:
    step, level = where
    front: Front = platform.open()
    values = platform.values(front, step, level, made, public)  # type: ignore[arg-type]
    sample = show(step, slug, level, values)
    assert isinstance(sample, Sample)
    assert ("SATSUMA_CLIENT_SECRET" in sample.environment) == (sample.warning is not None)
    assert not public or sample.warning is None
    secrets = platform.secrets(step, level, made, public)  # type: ignore[arg-type]
    place = Path(f"{step}-{level}-{public}")
    return Cell(step, level, made, values, sample, place, front, secrets)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def browser(pages: list[Page]) -> Iterator[Browser]:
    with running_chromium() as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_page_sends_what_its_step_says_and_shows_what_came(
    pages: list[Page], browser: Browser
) -> None:
    problems = []
    with visit(browser, ignore_https_errors=True) as page:
        for each in pages:
            page.goto(each.url)
            for name, value in each.cell.secrets.items():
                page.locator(f"[name={FIELDS[name]}]").fill(value)
            with page.expect_response(lambda response: response.request.method != "OPTIONS"):
                page.get_by_role("button").click()
            if each.cell.step != "revoke":
                page.wait_for_function("document.getElementById('answer').textContent !== ''")
            shown = page.locator("#answer").inner_text()
            problems += [f"{each.url}: {text}" for text in _problems(each.cell, shown)]
    assert problems == []
    for row in PAGES:
        proves(row.slug, {(each.cell.level, each.cell.step) for each in pages})


def _problems(cell: Cell, shown: str) -> list[str]:
    text = shown.removeprefix("HTTP 200: ")
    if cell.step == "call" and json.loads(text) != ANSWER:
        return [shown]
    if cell.step not in ("call", "revoke") and "access_token" not in text:
        return [shown]
    if cell.step == "revoke" and text.strip():
        return [shown]
    if len(cell.front.asked) != 1:
        return [f"{len(cell.front.asked)} requests"]
    row = next(row for row in PAGES if row.language == cell.sample.language)
    return problems_of_request(row, cell, cell.front.asked[0])
