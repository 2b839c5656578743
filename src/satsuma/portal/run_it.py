"""*Run it*: a step's request, sent through this server's own front, and what went over and came back, line by line.

The address is never from a form: it is made of what is registered here, and answered by this very process.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from satsuma.domain.request_log import GUIDE_MARK
from satsuma.http.messages import OUR_ID_HEADER, REQUEST_ID_HEADER

Message = MutableMapping[str, Any]
App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]
LONGEST_SHOWN: Final = 16 * 1024
"""How much of an answer a page shows."""
_HALVES: Final = re.compile("[\ud800-\udfff]")
_TURNS: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARK: Final = GUIDE_MARK


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it is sent: `secrets` are what of it a page never shows whole."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""
    secrets: tuple[str, ...] = ()

    def shown(self) -> list[tuple[str, str]]:
        """The header fields as a page shows them: of a credential, the scheme and its beginning."""
        return [(name, self.hidden(value)) for name, value in self.headers]

    def hidden(self, value: str) -> str:
        """A text without the credential that was sent, also where an answer says it again."""
        for secret in self.secrets:
            value = value.replace(secret, shortened(secret)) if secret else value
        return value


@dataclass(frozen=True, slots=True)
class Came:
    """An answer: `took` is milliseconds, `body` text that is at most LONGEST_SHOWN long."""

    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: str
    took: int
    request_id: str

    @property
    def is_refused(self) -> bool:
        """Whether the answer is an error."""
        return self.status >= 400

    def member(self, name: str) -> str:
        """A text member of a JSON answer; empty where there is none."""
        try:
            value = json.loads(self.body).get(name, "")
        except (ValueError, AttributeError, RecursionError):
            return ""
        return value if isinstance(value, str) else ""

    def told(self) -> str:
        """The body as a page shows it: JSON on lines of its own, a token shortened."""
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError):
            return self.body
        if isinstance(parsed, dict):
            for name in ("access_token", "refresh_token", "id_token"):
                if isinstance(parsed.get(name), str):
                    parsed[name] = shortened(parsed[name])
        try:
            shown = json.dumps(parsed, indent=2, ensure_ascii=False)
        except RecursionError:
            return self.body
        return _visible(_HALVES.sub(lambda found: f"\\u{ord(found[0]):04x}", shown))


def shortened(value: str) -> str:
    """A secret as a page shows it: enough to know it again, too little to use it."""
    return f"{value[:6]}…{value[-4:]}" if len(value) > 24 else "…"


def token_request(
    url: str,
    authorization: str,
    form: Sequence[tuple[str, str]],
    accept: str = "application/json",
    secrets: tuple[str, ...] = (),
) -> Sent:
    """The request of a token with the ready header. Spec: RFC 6749 §4.4.2."""
    body = urlencode(form)
    parts = urlsplit(url)
    fields = [("Host", parts.netloc)]
    if authorization:
        fields.append(("Authorization", authorization))
    if accept:
        fields.append(("Accept", accept))
    fields += [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", str(len(body))),
    ]
    hidden = (authorization.partition(" ")[2], *secrets)
    return Sent("POST", parts.path, tuple(fields), body, hidden)


def api_call(url: str, token: str) -> Sent:
    """The call of an API with a token; without one, the call as a stranger makes it. Spec: RFC 6750 §2.1."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    fields = [("Host", parts.netloc)]
    if token:
        fields.append(("Authorization", f"Bearer {token}"))
    return Sent("GET", target, (*fields, ("Accept", "application/json")), "", (token,))


async def run(
    application: App, sent: Sent, source: str, mark: str, monotonic: Callable[[], float]
) -> Came:
    """Send a request through the application and take its answer; `source` is whose browser asked for it."""
    came: list[Message] = []
    body = bytearray()
    waiting = [{"type": "http.request", "body": sent.body.encode(), "more_body": False}]

    answered = asyncio.Event()

    async def receive() -> Message:
        """Give the body, then stay until the answer is whole: who leaves is not answered."""
        if waiting:
            return waiting.pop()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            came.append(message)
            return
        if len(body) < LONGEST_SHOWN:
            body.extend(message.get("body", b""))
        if not message.get("more_body", False):
            answered.set()

    started = monotonic()
    await application(_scope(sent, source, mark), receive, send)
    took = round((monotonic() - started) * 1000)
    return _came(came[0], bytes(body[:LONGEST_SHOWN]), took, sent)


def _scope(sent: Sent, source: str, mark: str) -> MutableMapping[str, Any]:
    """What the front is told of the request."""
    path, _, query = sent.target.partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": sent.method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*headers, (REQUEST_ID_HEADER, f"{MARK}{mark}".encode())],
        "client": (source, 0),
        "server": None,
    }


def _visible(text: str) -> str:
    """A text whose letters stand as they came: what turns the direction of writing is written out."""
    return _TURNS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _came(start: Message, body: bytes, took: int, sent: Sent) -> Came:
    fields = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"]]
    known = {name.lower(): value for name, value in fields}
    try:
        phrase = HTTPStatus(start["status"]).phrase
    except ValueError:
        phrase = ""
    shown = tuple((name.title(), sent.hidden(value)) for name, value in fields)
    return Came(
        start["status"],
        phrase,
        shown,
        _visible(sent.hidden(body.decode(errors="replace"))),
        took,
        known.get(OUR_ID_HEADER.decode()) or known.get(REQUEST_ID_HEADER.decode(), ""),
    )
