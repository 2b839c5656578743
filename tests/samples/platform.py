"""The platform that samples run against: an API, clients, a person who has logged in, and a door for each program."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from satsuma.samples import Level, Values
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, VERIFIER, Person, authorize_url, new_person
from tests.samples.front import Front, Trust, new_trust, opened
from tests.samples.toolchains import environment
from tests.wire.server import Made, Server, running_server

REDIRECT = "https://client.example/callback?keep=1&two=b+c%20d"
SCOPE = "shop:read shop:write"
PATH = "/shop/v1/things?postalCode=35000&name=a%20b%2B"
ANSWER = {"things": ["one", "two"]}
ISSUERS: dict[Level, tuple[str, str]] = {
    "one-request": ("/oauth/v3", "/openidconnect/fr/v1"),
    "robust": ("", ""),
    "production": ("", ""),
}
"""Where machines and persons get tokens: one request at the guides' issuers, the rest at the standard one."""


@dataclass
class Platform:
    """A running server, and what programs are told of it."""

    server: Server
    trust: Trust
    person: Person
    agent: Agent
    environment: dict[str, str]
    stack: contextlib.ExitStack
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> Front:
        return self.stack.enter_context(opened(self.trust, self.server.port))

    def new_client(self, **options: object) -> Made:
        return self.server.new_application("shop", redirect_uris=(REDIRECT,), **options)

    def values(self, front: Front, step: str, level: Level, made: Made, public: bool) -> Values:
        machines, people = ISSUERS["robust" if public else level]
        issuer = people if step in ("exchange", "refresh", "authorize") else machines
        return Values(
            token_url=f"{front.url}{issuer}/token",
            authorize_url=f"{front.url}{issuer}/authorize",
            revoke_url=f"{front.url}{issuer}/revoke",
            api_url=f"{front.url}{PATH}",
            client_id=made.client_id,
            redirect_uri=REDIRECT,
            scope=SCOPE,
            public=public,
            pkce=issuer == "",
        )

    def secrets(self, step: str, level: Level, made: Made, public: bool) -> dict[str, str]:
        """What the environment of a program holds, good for one run of it."""
        machines, people = ISSUERS["robust" if public else level]
        found = {} if public and step not in ("token-header", "token-body") else _of(made)
        with self.lock:
            if step == "exchange":
                found["SATSUMA_CLIENT_CODE"] = self._code(made, people)
                if people == "":
                    found["SATSUMA_CLIENT_VERIFIER"] = VERIFIER
            elif step == "refresh" or (step == "revoke" and public):
                found["SATSUMA_CLIENT_TOKEN"] = self._refresh_token(made, people, public)
            elif step in ("call", "revoke"):
                token = self.server.token(
                    made, f"grant_type=client_credentials&scope={SCOPE}", machines
                )
                found["SATSUMA_CLIENT_TOKEN"] = token.json["access_token"]
        if step == "call":
            del found["SATSUMA_CLIENT_SECRET"]
        return found

    def _code(self, made: Made, issuer: str) -> str:
        url = authorize_url(
            self.server, made, issuer, redirect_uri=REDIRECT, scope="openid offline_access"
        )
        page = self.agent.open(url)
        if not page.left and "password" in page.text and "decision" not in page.text:
            page = self.agent.log_in(page, self.person.email, PASSWORD)
        if not page.left:
            page = self.agent.send(page, decision="allow")
        assert page.left, page.text[:3000]
        return page.query["code"]

    def _refresh_token(self, made: Made, issuer: str, public: bool) -> str:
        from urllib.parse import urlencode

        form = {"grant_type": "authorization_code", "code": self._code(made, issuer)}
        form |= {"redirect_uri": REDIRECT}
        form |= {"code_verifier": VERIFIER} if issuer == "" else {}
        form |= {"client_id": made.client_id} if public else {}
        reply = self.server.form(f"{issuer}/token", None if public else made, urlencode(form))
        assert reply.status == 200, reply.body
        return str(reply.json["refresh_token"])


def _of(made: Made) -> dict[str, str]:
    return {"SATSUMA_CLIENT_SECRET": made.client_secret}


@contextlib.contextmanager
def _upstream() -> Iterator[str]:
    class Things(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(ANSWER).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nothing is told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Things) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{upstream.server_address[1]}"
        upstream.shutdown()


@contextlib.contextmanager
def running_platform(folder: Path) -> Iterator[Platform]:
    """Run it until the block ends."""
    from satsuma.domain.apis import ScopeRule

    for name in ("trust", "home"):
        (folder / name).mkdir()
    trust = new_trust(folder / "trust")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_server(folder))
        rules = (ScopeRule("shop:read"), ScopeRule("shop:write"))
        server.new_api("shop", stack.enter_context(_upstream()), scopes=rules)
        given = environment(trust, folder / "home")
        yield Platform(server, trust, new_person(server), Agent(server), given, stack)
