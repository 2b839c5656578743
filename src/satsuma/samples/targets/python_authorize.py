"""Python with our SDK: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.targets import python

_PROGRAM: Final = """\
«os»
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from urllib.parse import urlsplit

from satsuma_client import AuthorizationCode, OAuthError
from satsuma_client.client.login import WrongState
from satsuma_client.http.errors import AccessDenied


«setting»
# The SDK asks the issuer for its endpoints and keys, draws state, nonce and PKCE, and checks them.
try:
    server = AuthorizationCode.discover(
        «issuer»,
        «client_id»,
        «secret»
        redirect_uri=«redirect_uri»,
        scope=«scope»,
    )
except OAuthError as error:
    print(f"No whole answer: {error}", file=sys.stderr)
    sys.exit(3)

# What was begun, by the cookie of the browser.
logins = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/login":
            self.begin()
        elif path == «path»:
            self.finish_login()
        else:
            self.say(404, "Begin at /login")

    def begin(self):
        browser = token_urlsafe()
        url, logins[browser] = server.begin()
        cookie = f"login={browser}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"
        self.send_response(302)
        self.send_header("Set-Cookie", cookie)
        self.send_header("Location", url)
        self.end_headers()

    def finish_login(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("login")
        pending = logins.pop(cookie.value if cookie else "", None)
        if pending is None:
            return self.say(400, "This login was not begun here, or is over")
        try:
            # The tokens stay here, on the server: give each person a `subject`.
            server.finish(urlsplit(self.path).query, pending)
        except WrongState:
            return self.say(400, "This login was not begun here, or is over")
        except AccessDenied:
            return self.say(403, "You were not logged in: access_denied")
        except OAuthError as error:
            return self.say(502, str(error))
        return self.say(200, "Logged in")

    def say(self, status, sentence):
        body = f"{sentence}\\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


print("Open /login")
ThreadingHTTPServer(("127.0.0.1", «port»), Handler).serve_forever()
"""


def program(values: Values) -> str:
    """The handler, for a client with or without a secret; the issuer is what its endpoint stands below."""
    home = urllib.parse.urlsplit(values.redirect_uri)
    issuer = canonical_url(values.authorize_url).partition("?")[0].rpartition("/")[0]
    confidential = not values.public
    return fill(
        _PROGRAM,
        os=["import os"] if confidential else [],
        setting=[*python.SETTING, "", ""] if confidential else [],
        issuer=python.WORDS(issuer),
        client_id=python.WORDS(values.client_id),
        secret=[f"{python.WORDS(SECRET)},"] if confidential else [],
        redirect_uri=python.WORDS(values.redirect_uri),
        scope=python.WORDS(values.scope or "openid"),
        path=python.WORDS(home.path or "/"),
        port=str(home.port or 8080),
    )
