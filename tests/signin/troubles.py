"""The states that need a cause: a closed door, a crowd, a database that is away; and the demo's application."""

import contextlib
import os
import re
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.demo.test_demo import Demo, demo_command, running_demo
from tests.demo.test_demo_client import login_of
from tests.oauth.agent import Agent
from tests.servers import running_postgresql
from tests.servers.process import free_port
from tests.signin.browser import fill_login, kept_beside
from tests.signin.states import Walk
from tests.wire.server import FORM, Server, running_server, wait_until

CROWD = 90


@dataclass
class WholeWalk(Walk):
    """The walk through every state there is."""

    def all(self) -> None:
        """Go everywhere, on servers in every condition."""
        super().all()
        with tempfile.TemporaryDirectory() as folder:
            self.closed(Path(folder))
            self.demo(Path(folder))
            self.unavailable(Path(folder))
        with self.visit() as page:
            self.busy(page)

    def closed(self, folder: Path) -> None:
        """A server in production: sign-up is by invitation, and letters are few."""
        with kept_beside(lambda: running_server(folder)) as server, self.visit() as page:
            self.see(page, "/sign-up", "sign-up-closed", server.pages_url)
            for number in range(21):
                page.goto(f"{server.pages_url}/reset")
                page.locator("#email").fill(f"somebody-{number}@people.example")
                self.press(page)
            self.shows(page, "reset-too-often")

    def unavailable(self, folder: Path) -> None:
        """A server whose database ended: what needs it says so, and nothing hangs."""
        with (
            kept_beside(running_postgresql) as cluster,
            kept_beside(lambda: running_server(folder, database=cluster.url)) as server,
            self.visit() as page,
        ):
            page.goto(f"{server.pages_url}/login")
            os.kill(cluster.pid, signal.SIGINT)
            wait_until(lambda: self._status(server) == 503, 30)
            self.see(page, "/confirm/anything", "unavailable", server.pages_url)
            page.goto(f"{server.api_url}/authorize?response_type=code&client_id={'0' * 32}")
            self.shows(page, "refused-unavailable")

    def busy(self, page: Page) -> None:
        """A crowd logs in at once: whoever is one too many is told to come back."""
        page.set_default_timeout(60_000)  # whoever is let in waits behind the crowd
        with crowd(self.server):
            for _ in range(50):
                page.goto(f"{self.server.pages_url}/login")
                with page.expect_response(lambda each: each.request.method == "POST") as sent:
                    fill_login(page, f"{secrets.token_hex(4)}@people.example", "a wrong password")
                if sent.value.status == 503:
                    break
        page.wait_for_load_state()
        self.shows(page, "login-busy")

    def demo(self, folder: Path) -> None:
        """The address that the demo prints, clicked, and every end that it can have."""
        command = demo_command(folder, free_port())
        with kept_beside(lambda: running_demo(folder, command)) as demo, self.visit() as page:
            pages = demo.pages_url
            self.see(page, "/", "home-demo", pages)
            self.see(page, "/dev/mail", "dev-mail-none", pages)
            self.demo_flow(page, demo)
            self.see(page, "/demo/callback?error=access_denied&state=x", "demo-denied", pages)

    def demo_flow(self, page: Page, demo: Demo) -> None:
        """From the printed address to a refreshed token, and the same code once more."""
        email, password, url = login_of(demo)
        page.goto(url)
        fill_login(page, email, password)
        page.locator("button[value=allow]").click()
        page.wait_for_url(re.compile("/demo/callback"))
        callback = page.url
        self.shows(page, "demo-code")
        self.press(page)
        self.shows(page, "demo-answer")
        self.press(page)
        self.shows(page, "demo-refreshed")
        page.goto(callback)
        self.press(page)
        self.shows(page, "demo-used-twice")
        page.goto(callback)
        page.context.clear_cookies()
        self.press(page)
        self.shows(page, "demo-expired")

    @staticmethod
    def _status(server: Server) -> int:
        host = f"localhost:{server.port}"
        return server.request("GET", "/confirm/anything", host=host).status


@contextlib.contextmanager
def crowd(server: Server) -> Iterator[None]:
    """Log in as many people at once, each again and again from an address of its own, until the block ends."""
    agent = Agent(server)
    fields = agent.open(f"{server.pages_url}/login").form().fields
    cookie = "; ".join(f"{name}={value}" for name, value in agent.cookies.items())
    headers = {"Content-Type": FORM, "Cookie": cookie}
    over = threading.Event()
    turned_away = threading.Event()

    def knock(source: str) -> None:
        while not over.is_set():
            email = f"{secrets.token_hex(8)}%40people.example"
            body = f"form_token={fields['form_token']}&email={email}&password=wrong+{email}"
            host = f"localhost:{server.port}"
            with contextlib.suppress(
                TimeoutError
            ):  # on a slow machine some wait longer than they like
                if server.request("POST", "/login", body, headers, host, source).status == 503:
                    turned_away.set()
                    over.wait(0.05)

    threads = [threading.Thread(target=knock, args=(f"127.0.1.{n}",)) for n in range(CROWD)]
    for thread in threads:
        thread.start()
    try:
        assert turned_away.wait(30), "the crowd was not large enough"
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
