"""A caller as any program is one: HTTP by the standard library, over a socket."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass
from email.message import Message
from typing import Any

from satsuma.testing import Application, SatsumaServer


@dataclass
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path or "/", body, fields)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def post(url: str, form: dict[str, str], authorization: str = "", **headers: str) -> Reply:
    if authorization:
        headers["Authorization"] = authorization
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return call(url, "POST", urllib.parse.urlencode(form).encode(), **headers)


def get_token(server: SatsumaServer, application: Application, issuer: str = "standard") -> Reply:
    form = {"grant_type": "client_credentials"}
    url = server.issuer(issuer).token_url
    return post(url, form, application.authorization_header, Accept="application/json")


def call_api(url: str, token: str) -> Reply:
    return call(url, Authorization=f"Bearer {token}")


def is_active(server: SatsumaServer, application: Application, token: str) -> bool:
    url = server.issuer().introspection_url
    reply = post(url, {"token": token}, application.authorization_header)
    return bool(reply.json["active"])
