"""Django: a decorator of a view, synchronous or not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from satsuma_client.resource.verified import Refused

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer


def decorator(server: ResourceServer, scope: tuple[str, ...]) -> Callable[[Any], Any]:
    """Protect a view; the token is `request.token`. A POST with a token needs no form token of Django's."""

    def protect(view: Any) -> Any:
        if inspect.iscoroutinefunction(view):

            @functools.wraps(view)
            async def waiting(request: Any, *arguments: Any, **named: Any) -> Any:
                try:
                    request.token = await server.acheck(_given(request), scope)
                except Refused as refused:
                    return _answer(server, refused)
                return await view(request, *arguments, **named)

            return _without_form_token(waiting)

        @functools.wraps(view)
        def protected(request: Any, *arguments: Any, **named: Any) -> Any:
            try:
                request.token = server.check(_given(request), scope)
            except Refused as refused:
                return _answer(server, refused)
            return view(request, *arguments, **named)

        return _without_form_token(protected)

    return protect


def _given(request: Any) -> list[str]:
    found = request.META.get("HTTP_AUTHORIZATION")
    return [] if found is None else [found]


def _answer(server: ResourceServer, refused: Refused) -> Any:
    from django.http import HttpResponse  # type: ignore[import-untyped]

    status, fields, body = server.refusal(refused)
    return HttpResponse(body, status=status, headers=dict(fields))


def _without_form_token(view: Any) -> Any:
    """A browser does not send the token by itself, so there is nothing to forge."""
    view.csrf_exempt = True
    return view
