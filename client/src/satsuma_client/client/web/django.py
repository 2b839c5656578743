"""Django: the routes of a login, over Django's own sessions."""

from __future__ import annotations

from typing import Any

from satsuma_client.client.interactive_login import page_for
from satsuma_client.client.web.login import Login
from satsuma_client.http.errors import OAuthError


def urlpatterns(login: Login, prefix: str = "") -> list[Any]:
    """`GET {prefix}login?next=`, `GET {prefix}callback` and `POST {prefix}logout`, whose form Django protects."""
    from django.http import (  # type: ignore[import-untyped]
        HttpResponse,
        HttpResponseRedirect,
    )
    from django.urls import path, reverse  # type: ignore[import-untyped]
    from django.views.decorators.http import (  # type: ignore[import-untyped]
        require_GET,
        require_POST,
    )

    def begin(request: Any) -> Any:
        callback_url = request.build_absolute_uri(reverse("satsuma_callback"))
        return HttpResponseRedirect(
            login.begin(request.session, callback_url, request.GET.get("next"))
        )

    def callback(request: Any) -> Any:
        try:
            _, to = login.finish(request.session, request.META.get("QUERY_STRING", ""))
        except OAuthError as error:
            status, page = page_for(error)
            return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})
        request.session.cycle_key()
        return HttpResponseRedirect(to)

    def logout(request: Any) -> Any:
        url = login.logout(request.session, f"{request.scheme}://{request.get_host()}")
        request.session.flush()
        return HttpResponseRedirect(url)

    return [
        path(f"{prefix}login", require_GET(begin), name="satsuma_login"),
        path(f"{prefix}callback", require_GET(callback), name="satsuma_callback"),
        path(f"{prefix}logout", require_POST(logout), name="satsuma_logout"),
    ]
