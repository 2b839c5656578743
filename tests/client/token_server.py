"""A token endpoint of nobody's that counts, waits, rotates and refuses as a test tells it; an API beside it."""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class TokenServer:
    """What the server is told to do, and what it saw."""

    url: str
    delay: float = 0.0
    life: Any = 3600
    rotates: bool = False
    secret: str = "secret"
    scripted: list[Answer] = field(default_factory=list)
    """Answers of the token endpoint that come before all else."""
    api_scripted: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, Answer] = field(default_factory=dict)
    calls: list[dict[str, str]] = field(default_factory=list)
    introspections: dict[str, Any] = field(default_factory=dict)
    """What introspection answers about a token: members, or a whole answer."""
    introspected: list[str] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    refresh: str = "first-refresh"
    statuses: Counter[int] = field(default_factory=Counter)
    made: int = 0
    arrived: int = 0
    """Requests of a token that are there, answered or not."""
    date: Callable[[], float] = time.time
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    @property
    def asked(self) -> int:
        return len(self.requests)

    def token(self, form: dict[str, str], authorization: str) -> Answer:
        self.arrived += 1
        with self.lock:
            self.requests.append({**form, "authorization": authorization})
            if self.scripted:
                return self.scripted.pop(0)
        time.sleep(self.delay)
        with self.lock:
            if not self._proven(form, authorization):
                return refusal(401, "invalid_client")
            answer: dict[str, Any] = {"token_type": "Bearer"}
            if form.get("grant_type") == "refresh_token":
                if form.get("refresh_token") != self.refresh:
                    return refusal(400, "invalid_grant")
                if self.rotates:
                    self.refresh = f"refresh-{self.made}"
                    answer["refresh_token"] = self.refresh
            self.made += 1
            access = f"token-{self.made}"
            self.good.add(access)
            answer["access_token"] = access
            if self.life is not ...:
                answer["expires_in"] = self.life
            return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def _proven(self, form: dict[str, str], authorization: str) -> bool:
        if authorization.startswith("Basic "):
            _, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            return unquote_plus(secret) == self.secret
        return form.get("client_secret") == self.secret

    def introspect(self, form: dict[str, str]) -> Answer:
        with self.lock:
            self.introspected.append(form["token"])
        time.sleep(self.delay)
        found = self.introspections.get(form["token"], {"active": False})
        if isinstance(found, tuple):
            return found
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def call(self, headers: dict[str, str]) -> Answer:
        with self.lock:
            self.calls.append(headers)
            if self.api_scripted:
                return self.api_scripted.pop(0)
            token = headers.get("authorization", "").removeprefix("Bearer ")
            if token in self.good:
                return 200, {"Content-Type": "application/json"}, b'{"shops":[]}'
        body = b'{"code":42,"message":"Expired credentials","description":"out-of-date"}'
        return 401, {"Content-Type": "application/json"}, body


def refusal(status: int, error: str, **headers: str) -> Answer:
    return (
        status,
        {"Content-Type": "application/json", **headers},
        json.dumps({"error": error}).encode(),
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Listening"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.path == "/introspect":
            return self.answer(self.server.told.introspect(form))
        if self.path != "/token":
            return self.do_GET()
        return self.answer(self.server.told.token(form, self.headers.get("Authorization", "")))

    def do_GET(self) -> None:
        if self.path in self.server.told.documents:
            return self.answer(self.server.told.documents[self.path])
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self.answer(self.server.told.call(headers))

    def answer(self, answer: Answer) -> None:
        status, headers, body = answer
        self.server.told.statuses[status] += 1
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string(self.server.told.date()))
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Listening(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    told: TokenServer


@contextmanager
def running_token_server() -> Iterator[TokenServer]:
    """Serve on a free port."""
    listening = Listening(("127.0.0.1", 0), Handler)
    listening.told = TokenServer(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listening.told
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
