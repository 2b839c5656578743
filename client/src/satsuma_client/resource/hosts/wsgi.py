"""WSGI applications: Flask, Django, Pyramid, Bottle and their like."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from satsuma_client.resource.verified import Refused

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer


class Protected:
    """Lets a request through to the application with its token verified, or answers it."""

    def __init__(
        self, server: ResourceServer, app: Any, scope: tuple[str, ...], public: tuple[str, ...]
    ) -> None:
        self._server = server
        self._app = app
        self._scope = scope
        self._public = frozenset(public)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a WSGI request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path == self._server.metadata_path:
            body = json.dumps(self._server.metadata()).encode()
            return _answer(start_response, 200, [("Content-Type", "application/json")], body)
        if path not in self._public:
            try:
                environ["satsuma"] = self._server.check(given(environ), self._scope)
            except Refused as refused:
                return _answer(start_response, *self._server.refusal(refused))
        answered: Iterable[bytes] = self._app(environ, start_response)
        return answered


def given(environ: dict[str, Any]) -> list[str]:
    """The Authorization fields; servers of WSGI join two with a comma, which no token has."""
    found = environ.get("HTTP_AUTHORIZATION")
    return [] if found is None else [found]


def _answer(
    start_response: Any, status: int, fields: list[tuple[str, str]], body: bytes
) -> Iterable[bytes]:
    line = f"{status} {HTTPStatus(status).phrase}"
    start_response(line, [*fields, ("Content-Length", str(len(body)))])
    return [body]
