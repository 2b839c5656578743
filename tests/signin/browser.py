"""A real Chromium, and what a person does in it."""

import contextlib
import html
import queue
import re
import shutil
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from satsuma.management.accounts import change_email
from satsuma.management.applications import create_application
from tests.oauth.flow import FRENCH, PASSWORD, Person, authorize_url, new_client, new_person
from tests.wire.server import Made, Server, wait_until

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "browser/node_modules/axe-core/axe.min.js"
NEW_PASSWORD = "plum orchard under quiet rain"
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
T = TypeVar("T")


@contextlib.contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Debian's Chromium until the block ends."""
    program = shutil.which("chromium")
    assert program, "no chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def visit(browser: Browser, **options: Any) -> Iterator[Page]:
    """Open a browser of one person: its own cookies, one page."""
    options.setdefault("locale", "en-GB")
    context: BrowserContext = browser.new_context(**options)
    context.set_default_timeout(10_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def beside(work: Any, *arguments: Any, **options: Any) -> Any:
    """Run what needs an event loop of its own in a thread: the browser's driver has this thread's."""
    found: list[Any] = []

    def run() -> None:
        found.append(work(*arguments, **options))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found, f"{work} failed"
    return found[0]


@contextlib.contextmanager
def kept_beside(start: Callable[[], contextlib.AbstractContextManager[T]]) -> Iterator[T]:
    """Hold what a block starts and ends, in a thread that lives as long: see `beside`."""
    begun: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()
    over = threading.Event()

    def run() -> None:
        try:
            with start() as value:
                begun.put((value, None))
                over.wait()
        except BaseException as problem:
            begun.put((None, problem))

    thread = threading.Thread(target=run)
    thread.start()
    value, problem = begun.get()
    try:
        if problem is not None:
            raise problem
        yield value  # type: ignore[misc]
    finally:
        over.set()
        thread.join()
    if not begun.empty() and (late := begun.get()[1]) is not None:
        raise late


def a_person(server: Server, name: str | None = None) -> Person:
    person: Person = beside(new_person, server, name)
    return person


def a_client(server: Server, redirect_uri: str, **options: Any) -> Made:
    made: Made = beside(new_client, server, redirect_uris=(redirect_uri,), **options)
    return made


def reach_consent(page: Page, server: Server, redirect_uri: str, **options: Any) -> Person:
    """Send a new person by a new client's request through the login, up to the page that asks for access."""
    person = a_person(server)
    made = a_client(server, redirect_uri, **options)
    page.goto(authorize_url(server, made, FRENCH, redirect_uri=redirect_uri))
    fill_login(page, person.email, PASSWORD)
    return person


def an_application_of(server: Server, email: str) -> None:
    """Register an application in a person's own client space."""

    async def make(management: Any) -> Any:
        return await create_application(management, "Mine", email)

    beside(server.manage, make)


def the_address_is_settled(server: Server, email: str) -> None:
    """An operator leaves nothing of an account's address to take back."""
    beside(server.manage, lambda management: change_email(management, email, email))


def letters_to(server: Server, email: str) -> list[str]:
    """Give the ids of the letters to an address, newest first."""
    text = server.request("GET", "/dev/mail", host=f"localhost:{server.port}").body.decode()
    found = re.findall(r'<a href="/dev/mail/(\w+)">.*?<span class="soft">(.*?)</span>', text, re.S)
    return [mail_id for mail_id, to in found if html.unescape(to).split()[-1] == email]


def letter(server: Server, email: str, number: int = 1) -> str:
    """Wait for the letter with that number to an address; give its text."""
    wait_until(lambda: len(letters_to(server, email)) >= number, 15, server.log.read_text)
    mail_id = letters_to(server, email)[-number]
    host = f"localhost:{server.port}"
    text = server.request("GET", f"/dev/mail/{mail_id}", host=host).body.decode()
    body = re.search(r"<pre[^>]*>(.*?)</pre>", text, re.S)
    assert body
    return html.unescape(body[1])


def link(server: Server, email: str, number: int = 1) -> str:
    """Wait for a letter and give the link in it."""
    found = re.search(r"http\S+", letter(server, email, number).partition("\n--\n")[0])
    assert found, "the letter has no link"
    return found[0]


def log_in(page: Page, server: Server, email: str, password: str) -> None:
    page.goto(f"{server.pages_url}/login")
    fill_login(page, email, password)


def fill_login(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label(re.compile("Password|Mot de passe")).fill(password)
    page.locator("main button[type=submit]").click()


def path_of(page: Page) -> str:
    return urllib.parse.urlsplit(page.url).path


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()
