"""Starlette and FastAPI: the routes of a login, over SessionMiddleware."""

from __future__ import annotations

import asyncio
from typing import Any

from satsuma_client.client.interactive_login import page_for
from satsuma_client.client.web.login import Login
from satsuma_client.http.errors import OAuthError


def routes(login: Login, prefix: str = "") -> list[Any]:
    """`GET {prefix}/login?next=`, `GET {prefix}/callback` and `POST {prefix}/logout`."""
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, RedirectResponse, Response
    from starlette.routing import Route

    async def begin(request: Request) -> Response:
        callback = str(request.url_for("satsuma_callback"))
        wanted = request.query_params.get("next")
        url = await asyncio.to_thread(login.begin, request.session, callback, wanted)
        return RedirectResponse(url, 303)

    async def callback(request: Request) -> Response:
        try:
            _, to = await asyncio.to_thread(login.finish, request.session, request.url.query)
        except OAuthError as error:
            status, page = page_for(error)
            return HTMLResponse(page, status, {"Cache-Control": "no-store"})
        return RedirectResponse(to, 303, {"Cache-Control": "no-store"})

    async def logout(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return Response("This form was sent from another site.", 403)
        url = await asyncio.to_thread(login.logout, request.session, str(request.base_url))
        return RedirectResponse(url, 303)

    return [
        Route(f"{prefix}/login", begin, name="satsuma_login"),
        Route(f"{prefix}/callback", callback, name="satsuma_callback"),
        Route(f"{prefix}/logout", logout, methods=["POST"], name="satsuma_logout"),
    ]
