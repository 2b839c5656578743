"""The same web application in each framework: who is logged in, by their own access token."""

import sys
import types
from collections.abc import Callable
from typing import Any

import django
import django.conf
import flask
from django.http import JsonResponse
from django.test import Client as DjangoClient
from django.test.utils import override_settings
from django.urls import path
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from satsuma_client import Login

if not django.conf.settings.configured:
    django.conf.settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="test", USE_TZ=True)
    django.setup()

Answer = tuple[int, str, str]
"""Status, Location, body."""


class App:
    """A browser at the application."""

    def __init__(self, get: Callable[[str], Answer], post: Callable[..., Answer]) -> None:
        self.get = get
        self.post = post


def told(login: Login, session: Any) -> dict[str, Any]:
    auth = login.auth(session)
    return {"token": None if auth is None else auth.token().access_token.reveal()}


def by_starlette(login: Login) -> App:
    async def me(request: Request) -> JSONResponse:
        auth = login.auth(request.session)
        token = None if auth is None else (await auth.atoken()).access_token.reveal()
        return JSONResponse({"token": token})

    session = Middleware(SessionMiddleware, secret_key="test")
    app = Starlette(routes=[Route("/me", me), *login.starlette()], middleware=[session])
    client = TestClient(app, base_url="http://localhost:1", follow_redirects=False)

    def answer(response: Any) -> Answer:
        return response.status_code, response.headers.get("location", ""), response.text

    return App(
        lambda url: answer(client.get(url)),
        lambda url, **headers: answer(client.post(url, headers=headers)),
    )


def by_flask(login: Login) -> App:
    app = flask.Flask(__name__)
    app.secret_key = "test"
    app.config["SERVER_NAME"] = "localhost:1"
    app.register_blueprint(login.flask())
    app.get("/me")(lambda: told(login, flask.session))
    client = app.test_client()

    def answer(response: Any) -> Answer:
        return response.status_code, response.headers.get("Location", ""), response.text

    return App(
        lambda url: answer(client.get(url)),
        lambda url, **headers: answer(client.post(url, headers=headers)),
    )


def by_django(login: Login) -> App:
    def me(request: Any) -> JsonResponse:
        return JsonResponse(told(login, request.session))

    name = f"urls_{id(login)}"
    module = types.ModuleType(name)
    module.urlpatterns = [path("me", me), *login.django()]  # type: ignore[attr-defined]
    sys.modules[name] = module
    settings = {
        "ROOT_URLCONF": name,
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"],
    }
    client = DjangoClient(headers={"host": "localhost:1"})

    def ask(method: str, url: str, headers: dict[str, str]) -> Answer:
        with override_settings(**settings):
            response = client.generic(method, url, headers=headers)
            return response.status_code, response.headers.get("Location", ""), response.text

    return App(lambda url: ask("GET", url, {}), lambda url, **headers: ask("POST", url, headers))


FRAMEWORKS = [by_starlette, by_flask, by_django]
