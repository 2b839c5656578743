"""Flask: the routes of a login, as a blueprint over Flask's own session."""

from __future__ import annotations

from typing import Any

from satsuma_client.client.interactive_login import page_for
from satsuma_client.client.web.login import Login
from satsuma_client.http.errors import OAuthError


def blueprint(login: Login, prefix: str = "") -> Any:
    """`GET {prefix}/login?next=`, `GET {prefix}/callback` and `POST {prefix}/logout`."""
    import flask

    routes = flask.Blueprint("satsuma", __name__, url_prefix=prefix or None)

    @routes.get("/login")
    def begin() -> Any:
        callback = flask.url_for("satsuma.callback", _external=True)
        wanted = flask.request.args.get("next")
        return flask.redirect(login.begin(flask.session, callback, wanted), 303)

    @routes.get("/callback")
    def callback() -> Any:
        try:
            _, to = login.finish(flask.session, flask.request.query_string.decode("latin-1"))
        except OAuthError as error:
            status, page = page_for(error)
            return flask.Response(page, status, {"Cache-Control": "no-store"})
        return flask.redirect(to, 303)

    @routes.post("/logout")
    def logout() -> Any:
        site = flask.request.headers.get("Sec-Fetch-Site", "same-origin")
        if site not in ("same-origin", "none"):
            return flask.Response("This form was sent from another site.", 403)
        return flask.redirect(login.logout(flask.session, flask.request.host_url), 303)

    return routes
