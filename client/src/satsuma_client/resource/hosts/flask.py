"""Flask: a decorator of a view."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from satsuma_client.resource.verified import Refused

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer


def decorator(server: ResourceServer, scope: tuple[str, ...]) -> Callable[[Any], Any]:
    """Protect a view; the token is `flask.g.token`."""

    def protect(view: Any) -> Any:
        @functools.wraps(view)
        def protected(*arguments: Any, **named: Any) -> Any:
            import flask

            try:
                flask.g.token = server.check(flask.request.headers.getlist("Authorization"), scope)
            except Refused as refused:
                status, fields, body = server.refusal(refused)
                return flask.Response(body, status, fields)
            return flask.current_app.ensure_sync(view)(*arguments, **named)

        return protected

    return protect
