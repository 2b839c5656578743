"""The same pages for programs that read: as Markdown, made of the page itself, as a stranger sees it.

A path with `.md` at its end, or `Accept: text/markdown`, gives it. No cookie of the caller is looked at: nothing of
anybody's own stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from html.parser import HTMLParser
from typing import Any, Final

from satsuma.http.media_types import parse_qualities

Message = MutableMapping[str, Any]
App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
_MEANING: Final = re.compile(r"([\\`\[\]<>|])")
_ROOMS: Final = ("/apis", "/guides", "/errors/", "/faq", "/news", "/support")
_HEADINGS: Final = {"h1": "# ", "h2": "## ", "h3": "### "}
_BLOCKS: Final = frozenset({"p", "li", "dt", "dd", "tr", "pre", "summary", *_HEADINGS})
_LEFT_OUT: Final = frozenset({"svg", "script", "button", "form", "nav"})
_VOID: Final = frozenset({"br", "input", "img", "meta", "link", "wbr", "path"})


class MarkdownToo:
    """An application whose pages answer in Markdown too."""

    def __init__(self, app: App) -> None:
        """Wrap the pages."""
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one request."""
        path = _page_of(scope)
        if path is None:
            await self.app(scope, receive, send)
            return
        fields = [field for field in scope["headers"] if field[0] != b"cookie"]
        asked = {**scope, "path": path, "raw_path": path.encode(), "headers": fields}
        start: list[Message] = []
        body = bytearray()

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
            else:
                body.extend(message.get("body", b""))

        await self.app(asked, receive, kept)
        await _answer(start[0], bytes(body), send)


async def _answer(start: Message, body: bytes, send: Any) -> None:
    headers = dict(start["headers"])
    is_page = headers.get(b"content-type", b"").startswith(b"text/html")
    if is_page:
        body = as_markdown(body.decode()).encode()
        headers[b"content-type"] = b"text/markdown; charset=utf-8"
    headers[b"content-length"] = b"%d" % len(body)
    headers[b"vary"] = b"accept, accept-language"
    headers.pop(b"set-cookie", None)
    await send({"type": start["type"], "status": start["status"], "headers": [*headers.items()]})
    await send({"type": "http.response.body", "body": body})


def _page_of(scope: MutableMapping[str, Any]) -> str | None:
    """The path of the page that is wanted in Markdown; None where another form is, or another page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    path: str = scope["path"]
    shown = path.removesuffix(".md") if path.endswith(".md") else path
    shown = shown.removesuffix("index") if shown.endswith("/index") else shown
    is_room = shown.startswith(_ROOMS) and (shown == "/errors/" or not shown.endswith("/"))
    if shown != "/" and not is_room:
        return None
    return shown if path.endswith(".md") or _prefers_markdown(scope) else None


def _prefers_markdown(scope: MutableMapping[str, Any]) -> bool:
    accepted = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    qualities = dict(parse_qualities(accepted.decode("latin-1")))
    markdown = qualities.get("text/markdown", 0)
    html = max(qualities.get(each, 0) for each in ("text/html", "text/*", "*/*"))
    return markdown > 0 and markdown >= html


def as_markdown(page: str) -> str:
    """What stands in a page's main part, as Markdown: headings, text, lists, tables, code, links."""
    reader = _Reader()
    reader.feed(page)
    lines = [line for line in reader.lines if line.strip()]
    return "\n\n".join(lines) + "\n"


def as_text(text: str) -> str:
    """A text that means nothing in Markdown: no link, no picture, no element, no code, no cell."""
    return _MEANING.sub(r"\\\1", text)


class _Reader(HTMLParser):
    """Reads our own templates: well-formed, one main part, no table in a table."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._inside: list[str] = []
        self._text = ""
        self._cells: list[str] = []
        self._table: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if tag in _VOID:
            return
        self._inside.append(tag)
        if not self._is_shown():
            return
        if tag in _BLOCKS or tag in ("table", "section", "div"):
            self._end_line()
        elif tag in ("td", "th"):
            self._text = ""
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._text += "["
        elif tag == "code" and "pre" not in self._inside:
            self._text += "`"

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in _VOID or tag not in self._inside:
            return
        if self._is_shown():
            self._end(tag)
        while self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if self._is_shown():
            plain = data if "pre" in self._inside else " ".join(f"_{data}_".split())[1:-1]
            self._text += plain if self._is_code() else as_text(plain)

    def _end(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cells.append(_plain(self._text))
            self._text = ""
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self.lines.append("\n".join(self._table))
            self._table = []
        elif tag == "pre":
            longest = max(map(len, re.findall("`+", self._text)), default=0)
            fence = "`" * max(3, longest + 1)
            self.lines.append(f"{fence}\n{self._text.strip()}\n{fence}")
            self._text = ""
        elif tag == "a" and self._links:
            self._text += f"]({self._links.pop()})"
        elif tag == "code" and "pre" not in self._inside:
            self._text += "`"
        elif tag in _BLOCKS:
            self._end_line(tag)

    def _end_row(self) -> None:
        self._table.append(f"| {' | '.join(self._cells)} |")
        if len(self._table) == 1:
            self._table.append(f"|{' --- |' * len(self._cells)}")
        self._cells = []

    def _end_line(self, tag: str = "") -> None:
        if "td" in self._inside or "th" in self._inside:
            return
        text, self._text = _plain(self._text), ""
        if text:
            before = "- " if tag in ("li", "dd") else _HEADINGS.get(tag, "")
            self.lines.append(before + text)

    def _is_code(self) -> bool:
        return "pre" in self._inside or "code" in self._inside

    def _is_shown(self) -> bool:
        return "main" in self._inside and not _LEFT_OUT.intersection(self._inside)


def _plain(text: str) -> str:
    return " ".join(text.split())
