"""The guides take this installation: the reader's application, its API, that API's issuer; and each step runs."""

import asyncio
import html
import re
import secrets
import threading
from collections.abc import Iterator, MutableMapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from satsuma.management.subscriptions import put_subscription
from satsuma.portal.run_it import api_call, run
from tests.oauth.agent import Agent, Page
from tests.portal.developer import Developer, developer, form_to, words
from tests.wire.server import Server, running_server, wait_until

STANDARD_ALONE = "[issuers.orange-m2m]\nenabled = false\n[issuers.orange-u2m]\nenabled = false\n"


class Shops(BaseHTTPRequestHandler):
    """An upstream that knows no shop but one."""

    def do_GET(self) -> None:
        """Answer."""
        body = b'{"shops": [{"name": "Rue Le Bastard"}]}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shops() -> Iterator[str]:
    upstream = HTTPServer(("127.0.0.1", 0), Shops)
    thread = threading.Thread(target=upstream.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{upstream.server_port}"
    upstream.shutdown()
    thread.join()
    upstream.server_close()


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture(scope="module")
def application(owner: Developer, server: Server, shops: str) -> str:
    """An application that is subscribed to an API with an upstream that answers."""
    name = f"shops-{secrets.token_hex(3)}"
    server.new_api(name, upstream=shops, access="open", scopes=())
    made = owner.create("Shop finder")
    server.manage(lambda management: put_subscription(management, made, name))
    return made


def run_step(owner: Developer, step: int, **values: str) -> Page:
    page = owner.open(f"/guides/oauth-m2m/{step}")
    return owner.agent.send(page, form_to(page, f"/oauth-m2m/{step}"), **values)


def answer(page: Page) -> str:
    """What came back, as the page shows it."""
    found = re.search(r'id="came"[^>]*><code>(.*?)</code>', page.text, re.S)
    assert found, words(page)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


def test_the_token_step_runs_as_the_own_application(owner: Developer, application: str) -> None:
    page = run_step(owner, 2)
    assert "HTTP/1.1 200 OK" in answer(page)
    assert '"token_type": "Bearer"' in answer(page)
    assert '"expires_in": 3600' in answer(page)


def test_the_api_step_gets_its_own_token_and_what_the_api_says(
    owner: Developer, application: str
) -> None:
    page = run_step(owner, 3)
    assert "HTTP/1.1 200 OK" in answer(page)
    assert "Rue Le Bastard" in answer(page)


@pytest.mark.parametrize(
    ("step", "how", "first"),
    [
        (2, "wrong-secret", "HTTP/1.1 401 Unauthorized"),
        (2, "no-accept", "HTTP/1.1 406 Not Acceptable"),
        (2, "no-header", "HTTP/1.1 401 Unauthorized"),
        (3, "no-header", "HTTP/1.1 401 Unauthorized"),
    ],
)
def test_a_step_can_be_seen_to_fail(
    owner: Developer, application: str, step: int, how: str, first: str
) -> None:
    assert answer(run_step(owner, step, **{"with": how})).startswith(first)


def test_a_failure_stands_in_the_requests_with_its_reason_marked_as_the_guides(
    owner: Developer, application: str
) -> None:
    page = run_step(owner, 2, **{"with": "wrong-secret"})
    request_id = re.search(r"X-Satsuma-Request-Id: (\w+)", answer(page))
    assert request_id
    path = f"/myapps/{application}/requests/{request_id[1]}"
    wait_until(lambda: owner.open(path).status == 200, 5)
    explained = owner.open(path)
    assert "the client_secret is not the application's" in words(explained)
    assert "from the guide" in words(explained)


def test_the_secret_is_in_no_page_of_a_run(owner: Developer, application: str) -> None:
    secret = owner.secret(application)
    header = words(owner.send(f"/myapps/{application}/credentials", "/secret"))
    value = re.search(r"Basic ([A-Za-z0-9+/=]{40,})", header)
    assert value
    for page in (
        run_step(owner, 2),
        run_step(owner, 3),
        run_step(owner, 2, **{"with": "no-accept"}),
    ):
        assert secret not in page.text
        assert value[1] not in page.text


def test_running_wants_a_person_and_a_form_of_ours(server: Server, owner: Developer) -> None:
    page = owner.open("/guides/oauth-m2m/2")
    form = form_to(page, "/oauth-m2m/2")
    refused = owner.agent.send(page, form, form_token="another")
    assert refused.status == 400
    assert 'id="came"' not in refused.text
    stranger = Agent(server)
    page = stranger.open(f"{server.pages_url}/guides/oauth-m2m/2")
    gone = stranger.send(page, form)
    assert "/login" in gone.url


def test_a_public_application_does_not_run_the_machines_guide(server: Server) -> None:
    somebody = developer(server)
    somebody.create(kind="public")
    page = somebody.open("/guides/oauth-m2m/2")
    assert "this flow is not for it" in words(page)
    assert "/oauth-m2m/2#answer" not in page.text


def test_without_an_application_the_guide_says_what_to_do(server: Server) -> None:
    assert "Create an application" in words(developer(server).open("/guides/oauth-m2m/2"))
    page = Agent(server).open(f"{server.pages_url}/guides/oauth-m2m/2")
    assert "Log in" in words(page)
    assert "curl --silent" in page.text
    assert "YOUR_CLIENT_ID" in Agent(server).open(f"{server.pages_url}/guides/oauth-u2m/2").text


@pytest.mark.parametrize(
    "path",
    [
        "oauth-m2m/0",
        "oauth-m2m/4",
        "oauth-u2m/6",
        "oauth-x/1",
        "oauth-m2m/" + "9" * 5000,
        "oauth-m2m/%C2%B2",
    ],
)
def test_a_step_that_is_not_there_is_not_there(server: Server, path: str) -> None:
    assert Agent(server).open(f"{server.pages_url}/guides/{path}").status == 404


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        ("java-okhttp", "okhttp3"),
        ("csharp-http-client", "HttpClient"),
        ("python-requests", "requests"),
        ("no-such-target", "curl"),
    ],
)
def test_a_sample_is_in_the_wanted_language_and_filled_in(
    owner: Developer, application: str, wanted: str, has: str
) -> None:
    page = owner.open(f"/guides/oauth-m2m/2?in={wanted}")
    sample = re.search(r'<pre id="sample".*?</pre>', page.text, re.S)
    assert sample
    assert has in sample[0]
    assert "/oauth/v3/token" in sample[0]


def test_the_language_stays_chosen_across_the_guides(owner: Developer) -> None:
    owner.open("/guides/oauth-m2m/2?in=ruby-net-http")
    assert "net/http" in owner.open("/guides/oauth-u2m/3").text
    owner.open("/guides/oauth-m2m/2?in=curl")


def test_an_installation_with_the_standard_issuer_alone_has_its_addresses(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--test",), config=STANDARD_ALONE) as alone:
        page = Agent(alone).open(f"{alone.pages_url}/guides/oauth-m2m/2")
        assert f"{alone.api_url}/token" in page.text
        assert "/oauth/v3" not in page.text
        assert "Required: without it the answer is 406" not in words(page)
        assert "No API takes tokens of this issuer yet" in words(page)
        alone.new_api("formfilling/fr", issuers=("standard",), access="open")
        guide = f"{alone.pages_url}/guides/oauth-m2m/3"
        call = f"{alone.api_url}/formfilling/fr/v1"
        wait_until(lambda: call in Agent(alone).open(guide).text, 5)
        assert Agent(alone).open(f"{alone.pages_url}/apis/formfilling/fr/v1").status == 200


def test_a_private_api_is_in_no_guide_of_who_is_not_subscribed(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--test",)) as server:
        server.new_api("unlisted", access="private")
        wait_until(lambda: server.request("GET", "/unlisted/v1/").status == 401, 5)
        owner = developer(server)
        made = owner.create()
        for path in ("oauth-m2m/1", "oauth-m2m/3", "oauth-u2m/1", "oauth-u2m/5"):
            assert "unlisted" not in owner.open(f"/guides/{path}").text
            twin = server.request("GET", f"/guides/{path}.md", host=f"localhost:{server.port}")
            assert b"unlisted/v1" not in twin.body
        server.manage(lambda management: put_subscription(management, made, "unlisted"))
        assert "/unlisted/v1" in owner.open("/guides/oauth-m2m/3").text


def test_an_answer_that_says_the_token_again_is_shown_without_it() -> None:
    sent = api_call("https://api.example/echo/v1/", "sat_" + "x" * 60)

    async def echo(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        said = dict(scope["headers"])[b"authorization"]
        start = {"type": "http.response.start", "status": 200, "headers": [(b"x-said", said)]}
        await send(start)
        await send({"type": "http.response.body", "body": said + "\u202e".encode()})

    came = asyncio.run(run(echo, sent, "127.0.0.1", "mark", lambda: 0.0))
    assert "x" * 20 not in came.told() + str(came.headers)
    assert "\\u202e" in came.told()


def test_without_an_api_there_is_no_call_to_run(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--test",)) as server:
        owner = developer(server)
        owner.create()
        page = owner.open("/guides/oauth-m2m/3")
        assert "#answer" not in page.text
        assert "No API takes tokens of this issuer yet" in words(page)
        form = form_to(owner.open("/guides/oauth-m2m/2"), "/oauth-m2m/2")
        form.action = "/guides/oauth-m2m/3"
        sent = owner.agent.send(page, form)
        assert sent.status == 200
        assert 'id="came"' not in sent.text


async def test_a_run_does_not_leave_before_it_is_answered() -> None:
    """What watches for a caller who leaves, as the gateway does while its upstream works, hears nothing."""

    async def slow(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await receive()
        left = asyncio.ensure_future(receive())
        done, _ = await asyncio.wait({left}, timeout=0.05)
        if not done:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            assert (await left)["type"] == "http.disconnect"

    sent = api_call("http://localhost/shops", "token")
    came = await run(slow, sent, "127.0.0.1", "mark", asyncio.get_running_loop().time)
    assert (came.status, came.body) == (200, "{}")
