"""A platform with two people who own applications, and calls of the developer's own API by a person's token."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from satsuma.management.applications import create_application
from satsuma.testing import Application, SatsumaServer, User, running
from tests.wire.server import wait_until

BUILT_IN = Application(
    "Satsuma command line", "app_satsuma-cli", "satsuma-cli", "", "", ("http://127.0.0.1/callback",)
)


@dataclass
class Told:
    """What came back."""

    status: int
    json: Any
    headers: Any


@dataclass
class World:
    """The platform, and what a test does there."""

    server: SatsumaServer

    def person(self, scope: str = "openid satsuma:applications") -> tuple[User, str]:
        user = self.server.user()
        return user, self.token(user, scope)

    def token(self, user: User, scope: str = "openid satsuma:applications") -> str:
        return self.server.login_as(user, BUILT_IN, scope=scope).access_token

    def application(self, user: User, name: str = "Shops") -> Application:
        made = self.server._run(create_application(self.server._live.context, name, user.email))
        assert made.client_secret is not None
        secret = made.client_secret.reveal()
        return Application(
            name, made.application.application_id, made.application.client_id, secret, "", ()
        )

    def refused(self, application: Application, secret: str = "sts_wrong", own_id: str = "") -> str:
        """Ask for a token with a wrong secret; give the id of the request, once it is in the log."""
        told = self.asks(application, secret, own_id)
        name = "x-satsuma-request-id" if own_id else "x-oapi-request-id"
        request_id: str = told.headers[name]

        def is_written() -> bool:
            return request_id in [row.request_id for row in self.server.refusals()]

        wait_until(is_written, 10, lambda: f"no row of {request_id}")
        return request_id

    def asks(self, application: Application, secret: str, own_id: str = "") -> Told:
        """Ask for a token as an application."""
        form = f"grant_type=client_credentials&client_id={application.client_id}&client_secret={secret}"
        fields = {"Content-Type": "application/x-www-form-urlencoded"}
        if own_id:
            fields["X-OAPI-Request-Id"] = own_id
        return self._send("POST", f"{self.server.url}/token", fields, form.encode())

    def get(self, path: str, token: str | None, method: str = "GET", **parameters: object) -> Told:
        query = "&".join(f"{name}={quote(str(value))}" for name, value in parameters.items())
        url = f"{self.server.url}/satsuma/v1{path}" + (f"?{query}" if query else "")
        fields = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self._send(method, url, fields, None)

    def _send(self, method: str, url: str, fields: dict[str, str], body: bytes | None) -> Told:
        request = urllib.request.Request(url, body, fields, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        return Told(answer.status, json.loads(text) if text else None, answer.headers)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running() as server:
        yield World(server)
