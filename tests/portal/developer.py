"""A developer with a browser that runs no scripts."""

import html
import re
import secrets
import urllib.parse
from dataclasses import dataclass, field

from tests.oauth.agent import Agent, Form, Page
from tests.oauth.flow import PASSWORD, new_person
from tests.wire.server import Server


@dataclass
class Developer:
    """One person, logged in."""

    server: Server
    email: str
    agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        self.agent = Agent(self.server)
        login = self.agent.open(f"{self.server.pages_url}/login?to=/myapps")
        assert self.agent.log_in(login, self.email, PASSWORD).url.endswith("/myapps")

    def open(self, path: str) -> Page:
        return self.agent.open(f"{self.server.pages_url}{path}")

    def send(self, path: str, action: str, **values: str) -> Page:
        """Fill in the form of a page that goes to an address, and send it."""
        page = self.open(path)
        return self.agent.send(page, form_to(page, action), **values)

    def create(self, name: str = "", kind: str = "confidential") -> str:
        """Make an application; give its Application ID."""
        name = name or f"Finder {secrets.token_hex(4)}"
        page = self.send("/myapps", "/myapps", name=name, kind=kind)
        found = re.search(r"/myapps/(app_\w+)/credentials", page.url)
        assert found, page.text[:3000]
        return found[1]

    def secret(self, application: str) -> str:
        """The secret as the credentials show it."""
        page = self.send(f"/myapps/{application}/credentials", "/secret")
        return shown(page, "client-secret")


def developer(server: Server, name: str | None = None) -> Developer:
    return Developer(server, new_person(server, name).email)


def form_to(page: Page, action: str, **having: str) -> Form:
    """The first form of a page whose address ends so, and that has these fields."""
    for index in range(40):
        form = page.form(index)
        path = urllib.parse.urlsplit(form.action).path
        if path.endswith(action) and having.items() <= form.fields.items():
            return form
    raise AssertionError(f"no form to {action}")


def shown(page: Page, name: str) -> str:
    """The text of the element with that id."""
    found = re.search(rf'<(\w+)[^>]*\bid="{name}"[^>]*>(.*?)</\1>', page.text, re.S)
    assert found, f"nothing is {name}: {page.text[:4000]}"
    return html.unescape(re.sub(r"<[^>]+>", "", found[2])).strip()


def words(page: Page) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
