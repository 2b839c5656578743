"""The same protected API in each framework, called in the process of the test; each gives status, fields and body."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import django
import django.conf
import fastapi
import flask
from django.http import JsonResponse
from django.test import AsyncRequestFactory, RequestFactory
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from satsuma_client.resource import ResourceServer, VerifiedToken

Answer = tuple[int, dict[str, str], bytes]
Call = Callable[[Sequence[str]], Answer]
SCOPE = "shops:read"

if not django.conf.settings.configured:
    django.conf.settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="test", USE_TZ=True)
    django.setup()


def told(token: VerifiedToken) -> dict[str, Any]:
    return {"sub": token.sub, "client_id": token.client_id}


def call_asgi(app: Any, fields: Sequence[str]) -> Answer:
    """One GET of an ASGI application, with these Authorization fields."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/shops",
        "raw_path": b"/shops",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"api.example"),
            *((b"authorization", each.encode("latin-1")) for each in fields),
        ],
        "server": ("api.example", 443),
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(app(scope, receive, send))
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:])


def call_wsgi(app: Any, fields: Sequence[str]) -> Answer:
    """One GET of a WSGI application; two fields are joined, as its servers do."""
    begun: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/shops",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        "wsgi.input": __import__("io").BytesIO(),
        "wsgi.errors": __import__("io").StringIO(),
        "wsgi.version": (1, 0),
    }
    if fields:
        environ["HTTP_AUTHORIZATION"] = ",".join(fields)
    parts = app(environ, lambda status, headers, *_: begun.append((status, headers)))
    status, headers = begun[0]
    found = {name.lower(): value for name, value in headers}
    return int(status[:3]), found, b"".join(parts)


def by_starlette(server: ResourceServer) -> Call:
    async def shops(request: Any) -> JSONResponse:
        return JSONResponse(told(request.scope["satsuma"]))

    app = server.asgi(Starlette(routes=[Route("/shops", shops)]), scope=SCOPE)
    return lambda fields: call_asgi(app, fields)


def by_fastapi(server: ResourceServer) -> Call:
    app = FastAPI()

    def shops(token: Any = Depends(server.fastapi(SCOPE))) -> dict[str, Any]:  # noqa: B008
        return told(token)

    app.get("/shops")(shops)
    return lambda fields: call_asgi(app, fields)


def by_wsgi(server: ResourceServer) -> Call:
    def shops(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told(environ["satsuma"])).encode()]

    app = server.wsgi(shops, scope=SCOPE)
    return lambda fields: call_wsgi(app, fields)


def by_flask(server: ResourceServer) -> Call:
    app = flask.Flask(__name__)

    @app.get("/shops")
    @server.flask(SCOPE)
    def shops() -> Any:
        return told(flask.g.token)

    return lambda fields: call_wsgi(app, fields)


def by_django(server: ResourceServer) -> Call:
    @server.django(SCOPE)
    def shops(request: Any) -> Any:
        return JsonResponse(told(request.token))

    def call(fields: Sequence[str]) -> Answer:
        more = {"HTTP_AUTHORIZATION": ",".join(fields)} if fields else {}
        return of_django(shops(RequestFactory().get("/shops", **more)))

    return call


def by_django_async(server: ResourceServer) -> Call:
    @server.django(SCOPE)
    async def shops(request: Any) -> Any:
        return JsonResponse(told(request.token))

    def call(fields: Sequence[str]) -> Answer:
        request = AsyncRequestFactory().get("/shops")
        if fields:
            request.META["HTTP_AUTHORIZATION"] = ",".join(fields)
        return of_django(asyncio.run(shops(request)))

    return call


def of_django(answer: Any) -> Answer:
    return (
        answer.status_code,
        {name.lower(): value for name, value in answer.headers.items()},
        answer.content,
    )


FRAMEWORKS = [by_starlette, by_fastapi, by_wsgi, by_flask, by_django, by_django_async]
assert fastapi.__version__
