"""A sandbox from a terminal: `POST /satsuma/v1/sandbox`, and `satsuma sandbox URL`."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from satsuma.developer.sandbox import SandboxEndpoint
from satsuma.domain.errors import developer as errors
from satsuma.domain.errors import token as token_errors
from satsuma.domain.issuers import STANDARD
from satsuma.http.messages import Answer, Later, Request
from satsuma.management import sandboxes
from satsuma.management.apis import NewApi, create_api
from satsuma.management.context import ManagementContext
from satsuma.oauth.error_response import Refusals
from satsuma.store.port import Unavailable
from satsuma.telemetry.request_log import RequestLog
from tests.management.between import Overtaken, new_context
from tests.oauth.agent import Agent
from tests.portal.developer import form_to
from tests.wire.server import FORM, Made, Reply, Server, running_server, wait_until

PATH = "/satsuma/v1/sandbox"
SATSUMA = str(Path(sys.executable).with_name("satsuma"))
ON = {"SATSUMA_SANDBOX": "true"}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sandbox")
    with running_server(folder, environment=ON, options=("--test",)) as server:
        server.new_api("shops", sandbox=True)
        server.new_api("bank", access="open")
        for path in ("/shops/v1/", "/bank/v1/"):
            wait_until(lambda path=path: server.request("GET", path).status == 401, 10)
        yield server


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, environment=ON) as server:
        server.new_api("shops", sandbox=True)
        yield server


def opened(server: Server, method: str = "POST", **options: Any) -> Reply:
    return server.request(method, PATH, **options)


def refused(reply: Reply, row: Any) -> bool:
    return (reply.status, reply.json["error_description"]) == (row.status, row.says)


def run(*words: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("SATSUMA")
    }
    done = subprocess.run(
        [SATSUMA, *words], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_it_gets_a_token_and_calls_what_may_be_tried(tried: Server) -> None:
    reply = opened(tried)
    assert reply.status == 201
    assert reply.headers["Cache-Control"] == "no-store"
    made = reply.json
    (api,) = made["apis"]
    assert api["api"] == "shops/v1"
    assert api["base_url"] == f"{tried.api_url}/shops/v1"
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=58) < left <= timedelta(days=1)
    answer = tried.request(
        "POST",
        api["token_url"].removeprefix(tried.api_url),
        "grant_type=client_credentials",
        {
            "Authorization": made["authorization_header"],
            "Content-Type": FORM,
            "Accept": "application/json",
        },
    )
    assert answer.status == 200, answer.body
    token = answer.json["access_token"]
    path = api["example"].removeprefix(tried.api_url)
    answer = tried.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status not in (401, 403), answer.body
    answer = tried.request("GET", "/bank/v1/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 403


def test_the_document_says_so_where_there_is_one(tried: Server) -> None:
    described = tried.request("GET", "/satsuma/v1/openapi.json").json
    operation = described["paths"]["/sandbox"]["post"]
    assert operation["security"] == []
    schema = described["components"]["schemas"]["OpenedSandbox"]
    assert set(schema["required"]) == set(opened(tried).json)


def test_another_method_opens_none(tried: Server) -> None:
    for method in ("GET", "PUT", "DELETE"):
        reply = opened(tried, method)
        assert refused(reply, errors.SANDBOX_METHOD_NOT_ALLOWED)
        assert reply.headers["Allow"] == "POST"


def test_no_page_opens_one_for_who_reads_it(counted: Server) -> None:
    for origin in ("https://evil.example", "null", counted.api_url):
        reply = opened(counted, headers={"Origin": origin, "Content-Type": "text/plain"})
        assert refused(reply, token_errors.ORIGIN_UNREGISTERED)
    assert [opened(counted).status for _ in range(4)] == [201, 201, 201, 429]


def test_where_nobody_may_try_there_is_nothing(server: Server) -> None:
    assert opened(server).status in (404, 405)
    assert "/sandbox" not in server.request("GET", "/satsuma/v1/openapi.json").json["paths"]


def test_a_source_has_three_an_hour_from_the_page_and_from_the_terminal_together(
    counted: Server,
) -> None:
    agent = Agent(counted)
    page = agent.open(f"{counted.pages_url}/")
    page = agent.send(page, form_to(page, "/try"))
    assert page.url.endswith("/guides/oauth-m2m/1")
    assert [opened(counted).status for _ in range(2)] == [201, 201]
    last = opened(counted)
    assert refused(last, errors.SANDBOX_TOO_OFTEN)
    assert 3500 < int(last.headers["Retry-After"]) <= 3601
    done = run("sandbox", counted.api_url, status=1)
    assert errors.SANDBOX_TOO_OFTEN.says in done.stderr
    assert counted.token(Made("", "x", "y", "Basic eDp5")).status == 401


def test_where_no_api_is_marked_there_is_nothing_to_try_and_nothing_is_counted(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path, environment=ON) as server:
        for _ in range(5):
            assert refused(opened(server), errors.SANDBOX_EMPTY)
        server.new_api("shops", sandbox=True)
        assert [opened(server).status for _ in range(4)] == [201, 201, 201, 429]


def test_the_command_prints_what_works_when_it_is_pasted(tried: Server) -> None:
    done = run("sandbox", tried.api_url)
    lines = done.stdout.splitlines()
    (asking,) = [line for line in lines if "grant_type" in line]
    answer = subprocess.run(
        ["bash", "-c", asking.replace("curl ", "curl -s ")],
        capture_output=True,
        text=True,
        timeout=30,
    )
    token = json.loads(answer.stdout)["access_token"]
    (calling,) = [line for line in lines if "ACCESS_TOKEN" in line]
    pasted = calling.replace("ACCESS_TOKEN", token)
    answer = subprocess.run(
        ["bash", "-c", pasted.replace("curl ", "curl -s -o /dev/null -w '%{http_code}' ")],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert answer.stdout not in ("401", "403", "000")
    assert set(json.loads(run("sandbox", tried.api_url, "--json").stdout)) == set(
        opened(tried).json
    )


@pytest.mark.parametrize("url", ["http://shops.example", "shops.example", "ftp://127.0.0.1/", ""])
def test_a_secret_is_asked_for_where_it_may_travel(url: str) -> None:
    assert "https" in run("sandbox", url, status=1).stderr


def test_the_trace_shows_no_secret(tried: Server) -> None:
    done = run("sandbox", tried.api_url, "--json", "--trace")
    made = json.loads(done.stdout)
    assert PATH in done.stderr
    assert made["client_secret"] not in done.stderr


def test_what_is_no_platform_is_told_in_a_few_words() -> None:
    assert run("sandbox", "http://127.0.0.1:9", status=1).stderr.count("\n") <= 3


def asked(context: ManagementContext) -> Answer:
    """What an endpoint in this process answers."""
    log = RequestLog(context.clock)
    refusals = Refusals(STANDARD, log, "http://localhost:1")
    endpoint = SandboxEndpoint(context, no_wait, (STANDARD,), refusals, "http://127.0.0.1:1")
    answer = endpoint(Request(b"POST", PATH.encode(), b"", [], b"", "192.0.2.1", "0" * 24))
    assert isinstance(answer, Later)
    return asyncio.run(answer.work)


async def no_wait(source: str) -> float:
    return 0.0


def test_as_many_as_may_be_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "MOST", 1)
    context = asyncio.run(new_context())
    shops = NewApi("shops", 1, "Shops", "https://up.example", sandbox=True)
    asyncio.run(create_api(context, shops))
    assert asked(context).block.status == 201
    answer = asked(context)
    assert answer.block.status == errors.SANDBOX_FULL.status == 503
    assert errors.SANDBOX_FULL.says.encode() in answer.body
    assert (b"retry-after", b"3600") in answer.extra


def test_a_database_that_is_away_opens_none() -> None:
    async def away() -> None:
        raise Unavailable("away")

    context = asyncio.run(new_context())
    shops = NewApi("shops", 1, "Shops", "https://up.example", sandbox=True)
    asyncio.run(create_api(context, shops))
    answer = asked(replace(context, store=Overtaken(context.store, [away])))  # type: ignore[arg-type]
    assert (answer.block.status, b"temporarily_unavailable" in answer.body) == (503, True)


HOSTILE = (
    "https://a.example/;touch x",
    "$(touch x)",
    "`touch x`",
    "'; touch x; '",
    "a & touch x",
    "-o x",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_server_sends_stays_one_word_of_the_lines_to_paste(
    text: str, tmp_path: Path
) -> None:
    """Whoever runs a server chooses what is printed; whoever pastes it is not theirs."""
    api = dict.fromkeys(("api", "title", "token_url", "base_url", "example"), text)
    body = json.dumps({"authorization_header": text, "apis": [api]}).encode()

    class Hostile(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        printed = run("sandbox", f"http://127.0.0.1:{server.server_port}").stdout
        server.shutdown()
    lines = [line for line in printed.splitlines() if line.startswith("curl ")]
    assert len(lines) == 2
    subprocess.run(["bash", "-c", "curl() { :; }\n" + "\n".join(lines)], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
    assert all(shlex.split(line)[-2:] == ["--", text] for line in lines)
