"""A browser without scripts: keeps cookies per origin, follows our own redirects and refreshes, fills in forms."""

import http.client
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol

from tests.wire.server import FORM


class Site(Protocol):
    """What a browser needs to know of a server."""

    @property
    def port(self) -> int: ...

    @property
    def api_url(self) -> str: ...

    @property
    def pages_url(self) -> str: ...


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.refresh: str | None = None
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", "")))
        elif tag == "input" and self.forms and "name" in values:
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.refresh = values["content"].partition("url=")[2]
        elif tag == "a":
            self.links.append(values.get("href", ""))


@dataclass
class Page:
    """What the browser shows; `url` is where it stands. An address that is not ours is not fetched: `left` is True."""

    url: str
    status: int = 0
    text: str = ""
    headers: http.client.HTTPMessage | None = None
    left: bool = False

    @property
    def query(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query))

    def form(self, index: int = 0) -> Form:
        reader = _Reader()
        reader.feed(self.text)
        assert len(reader.forms) > index, f"no form on {self.url}: {self.text[:2000]}"
        return reader.forms[index]


@dataclass
class Agent:
    """One browser of one person."""

    server: Site
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "en"

    def open(self, url: str) -> Page:
        return self._go("GET", url, None)

    def send(self, page: Page, form: Form | None = None, **values: str) -> Page:
        """Send a form of the page with these values, as a click does."""
        form = form or page.form()
        target = urllib.parse.urljoin(page.url, form.action)
        return self._go("POST", target, {**form.fields, **values}, page.url)

    def log_in(self, page: Page, email: str, password: str) -> Page:
        return self.send(page, email=email, password=password)

    def _go(
        self, method: str, url: str, fields: dict[str, str] | None, referrer: str | None = None
    ) -> Page:
        for _ in range(10):
            page = self._fetch(method, url, fields, referrer)
            location = None if page.left else self._next(page)
            if location is None:
                return page
            method, fields, url = "GET", None, urllib.parse.urljoin(url, location)
        raise AssertionError(f"redirected for ever: {url}")

    def _next(self, page: Page) -> str | None:
        if page.status in (301, 302, 303, 307) and page.headers is not None:
            return page.headers["Location"]
        reader = _Reader()
        reader.feed(page.text)
        return reader.refresh

    def _fetch(
        self, method: str, url: str, fields: dict[str, str] | None, referrer: str | None
    ) -> Page:
        parts = urllib.parse.urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in (self.server.api_url, self.server.pages_url):
            return Page(url, left=True)
        headers = {"Host": parts.netloc, "Accept": "text/html", "Accept-Language": self.language}
        if parts.hostname == "localhost" and self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = FORM
            headers["Origin"] = self.server.pages_url
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        self._keep(response.headers)
        return Page(url, response.status, text, response.headers)

    def _keep(self, headers: http.client.HTTPMessage) -> None:
        for value in headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            content = rest.partition(";")[0].strip('"')
            if "max-age=0" in rest.lower() or not content:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = content
