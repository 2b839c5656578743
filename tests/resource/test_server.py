"""What holds while the issuer is slow or away, how long an answer is used again, what the API says of itself."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from satsuma.testing import running
from satsuma_client.http.clock import Moment, system_clock
from satsuma_client.resource import Refused, ResourceServer
from satsuma_client.resource import introspection as asking
from tests.resource.frameworks import call_asgi
from tests.resource.issuer import AUDIENCE, Issuer, running_issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running_:
        yield running_


def server_of(issuer: Issuer, **more: Any) -> ResourceServer:
    return ResourceServer(issuer.url, AUDIENCE, client_id="api", client_secret="secret", **more)


def good(issuer: Issuer) -> str:
    return issuer.sealed({"active": True, **issuer.claims()})


def test_many_who_ask_about_one_token_are_one_question(issuer: Issuer) -> None:
    server, token = server_of(issuer), good(issuer)
    server.verify(good(issuer))
    issuer.server.introspected.clear()
    issuer.server.delay = 0.2
    barrier = threading.Barrier(30)
    found = []

    def ask() -> None:
        barrier.wait()
        found.append(server.verify(token).sub)

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["ada"] * 30
    assert issuer.server.introspected == [token]


def test_an_answer_is_used_again_for_a_second_and_not_beyond_the_tokens_end(issuer: Issuer) -> None:
    ahead = 0.0

    def clock() -> Moment:
        now = system_clock()
        return Moment(now.wall + ahead, now.monotonic + ahead)

    server, token = server_of(issuer, clock=clock), good(issuer)
    for _ in range(3):
        server.verify(token)
    assert len(issuer.server.introspected) == 1
    issuer.server.introspections[token] = {"active": False}
    ahead = 1.01
    with pytest.raises(Refused, match="401"):
        server.verify(token)
    short = issuer.sealed({"active": True, **issuer.claims(exp=time.time() + ahead + 0.4)})
    server.verify(short)
    ahead += 0.5
    with pytest.raises(Refused, match="401"):
        server.verify(short)


@pytest.mark.parametrize(
    "told",
    [
        {"iss": "https://another.example"},
        {"nbf": time.time() + 86400},
        {"nbf": "soon"},
        {"token_type": "refresh_token"},
    ],
)
@pytest.mark.spec("RFC 7662 §4")
def test_an_active_token_that_is_none_of_ours_to_take_is_refused(
    issuer: Issuer, told: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="401"):
        server_of(issuer).verify(issuer.sealed({"active": True, **issuer.claims(**told)}))


def test_one_call_changes_nothing_of_what_the_next_is_told(issuer: Issuer) -> None:
    server = server_of(issuer)
    token = issuer.sealed({"active": True, **issuer.claims(aud=[AUDIENCE], act={"sub": "bob"})})
    claims: Any = server.verify(token).claims
    for change in (lambda: claims.update(sub="eve"), lambda: claims["act"].update(sub="eve")):
        with pytest.raises(AttributeError):
            change()
    assert claims["aud"] == (AUDIENCE,)
    assert server.verify(token).claims["act"]["sub"] == "bob"


def test_what_is_kept_is_bounded(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_KEPT", 10)
    server = server_of(issuer)
    for at in range(50):
        with pytest.raises(Refused):
            server.verify(f"unknown-{at}")
    verifier = server._introspection
    assert verifier is not None
    assert len(verifier._kept) == 10
    assert verifier._asking == {}


def test_an_issuer_that_is_away_lets_nobody_through(issuer: Issuer) -> None:
    token, signed = good(issuer), issuer.signed(issuer.claims())
    away = ResourceServer("http://127.0.0.1:1", AUDIENCE, client_id="api", client_secret="secret")
    for each in (token, signed):
        with pytest.raises(Refused, match="503"):
            away.verify(each)
    server = server_of(issuer)
    server.verify(token)
    server.verify(signed)
    issuer.server.documents.clear()
    issuer.server.introspections.clear()
    server.verify(signed)  # the keys are kept


def test_unknown_keys_by_the_thousand_are_one_fetch(issuer: Issuer) -> None:
    fetched: list[str] = []
    from satsuma_client.http.transport import ByUrllib

    sending = ByUrllib()

    def counting(request: Any) -> Any:
        fetched.append(request.url)
        return sending(request)

    server = server_of(issuer, transport=counting)
    server.verify(issuer.signed(issuer.claims()))
    for at in range(1000):
        with pytest.raises(Refused, match="401"):
            server.verify(issuer.signed(issuer.claims(), kid=f"unknown-{at}"))
    assert [url for url in fetched if url.endswith("/jwks")] == [f"{issuer.url}/jwks"]


async def test_the_loop_is_not_held_up(issuer: Issuer) -> None:
    server, token = server_of(issuer), good(issuer)
    await server.acheck([f"Bearer {token}"])
    issuer.server.delay = 0.5
    longest, ends = 0.0, False

    async def ticking() -> None:
        nonlocal longest
        last = time.monotonic()
        while not ends:
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    ticks = asyncio.create_task(ticking())
    await server.acheck([f"Bearer {good(issuer)}"])
    ends = True
    await ticks
    assert longest < 0.3


def test_only_signed_tokens_where_the_api_has_no_credentials(issuer: Issuer) -> None:
    server = ResourceServer(issuer.url, AUDIENCE)
    assert server.verify(issuer.signed(issuer.claims())).sub == "ada"
    with pytest.raises(Refused, match="401"):
        server.verify(good(issuer))


def test_what_cannot_work_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="neither https"):
        ResourceServer("http://issuer.example", AUDIENCE)
    with pytest.raises(ValueError, match="HS256"):
        ResourceServer("https://issuer.example", AUDIENCE, algorithms=["HS256"])


@pytest.mark.spec("RFC 9728 §2", "RFC 9728 §3.1", "RFC 9728 §3.2")
@pytest.mark.parametrize(
    ("audience", "url"),
    [
        ("https://api.example", "https://api.example/.well-known/oauth-protected-resource"),
        ("https://api.example/", "https://api.example/.well-known/oauth-protected-resource"),
        (AUDIENCE, "https://api.example/.well-known/oauth-protected-resource/shops"),
        ("urn:shops", None),
    ],
)
def test_where_the_metadata_stands(issuer: Issuer, audience: str, url: str | None) -> None:
    server = ResourceServer(issuer.url, audience, scopes=["a", "b"])
    assert server.metadata_url == url
    assert server.metadata() == {
        "resource": audience,
        "authorization_servers": [issuer.url],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["a", "b"],
    }


def test_the_metadata_is_served_to_everyone(issuer: Issuer) -> None:
    server = ResourceServer(issuer.url, "https://api.example/shops")
    served = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        served.append(scope["path"])

    protected = server.asgi(app)
    got: list[Any] = []

    async def send(message: Any) -> None:
        got.append(message)

    async def get(path: str, kind: str = "http") -> list[Any]:
        got.clear()
        scope = {"type": kind, "path": path, "headers": []}
        await protected(scope, None, send)
        return list(got)

    body = asyncio.run(get(server.metadata_path))[1]["body"]
    assert json.loads(body)["resource"] == "https://api.example/shops"
    assert asyncio.run(get("/shops"))[0]["status"] == 401
    assert asyncio.run(get("/socket", "websocket")) == [{"type": "websocket.close", "code": 1008}]
    assert served == []


def test_public_paths_need_no_token(issuer: Issuer) -> None:
    server = ResourceServer(issuer.url, AUDIENCE)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    assert call_asgi(server.asgi(app, public=["/shops"]), [])[0] == 200
    assert call_asgi(server.asgi(app, public=["/shop"]), [])[0] == 401


def test_the_documentation_page_of_fastapi_can_log_in(issuer: Issuer) -> None:
    from fastapi import Depends, FastAPI

    server = ResourceServer(issuer.url, AUDIENCE, scopes=["shops:read"])
    app = FastAPI()

    def shops(token: Any = Depends(server.fastapi("shops:read"))) -> None:  # noqa: B008
        assert token

    app.get("/shops")(shops)
    document = app.openapi()
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme["type"] == "oauth2"
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == f"{issuer.url}/token"
    assert scheme["flows"]["authorizationCode"]["authorizationUrl"] == f"{issuer.url}/authorize"
    assert document["paths"]["/shops"]["get"]["security"] == [{"oauth2": []}]


ANOTHER_PROCESS = """
import sys
from satsuma_client.resource import Refused, ResourceServer
issuer, audience, client_id, secret, token = sys.argv[1:]
server = ResourceServer(issuer, audience, client_id=client_id, client_secret=secret)
for line in sys.stdin:
    try:
        print(server.verify(token).scope, flush=True)
    except Refused as refused:
        print(refused.status, flush=True)
"""


def test_a_revoked_token_is_refused_within_a_second_in_another_process() -> None:
    with running() as platform:
        api = platform.api("shops", ["shops:read"])
        application = platform.application(apis=[api])
        token = platform.token(application, resource=api.url).access_token
        told = [platform.issuer().url, api.url, api.resource_id, api.resource_secret, token]
        process = subprocess.Popen(
            [sys.executable, "-c", ANOTHER_PROCESS, *told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert process.stdin is not None
        assert process.stdout is not None

        def asked() -> str:
            process.stdin.write("\n")  # type: ignore[union-attr]
            return process.stdout.readline().strip()  # type: ignore[union-attr]

        assert asked() == "('shops:read',)"
        platform.revoke(token)
        revoked = time.monotonic()
        while asked() != "401":
            assert time.monotonic() - revoked < 5
        assert time.monotonic() - revoked < 1.5
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
