"""The control endpoint of `satsuma serve --test`: for who has the key that it printed, on this machine alone."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from satsuma.testing.control import LONGEST_BODY
from satsuma.testing.operations import OPERATIONS
from tests.testing.caller import Reply, call, call_api, post
from tests.wire.server import SATSUMA, clean_environment, run_satsuma, wait_until

NODE = Path(__file__).with_name("control.mjs")
CALLBACK = "https://client.example/cb"


@dataclass
class Controlled:
    url: str
    control: str
    key: str
    pid: int

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}"} | headers
        return call(self.control + path, method, sent, **headers)

    def post(self, path: str, **body: Any) -> Any:
        reply = self.ask("POST", path, body)
        assert reply.status in (200, 201, 204), reply.body
        return reply.json if reply.body else None


@pytest.fixture(scope="module")
def controlled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controlled]:
    tmp_path = tmp_path_factory.mktemp("controlled")
    printed = tmp_path / "printed"
    with printed.open("wb") as sink:
        command = [str(SATSUMA), "serve", "--test", "--port", "0"]
        server = subprocess.Popen(
            command, stdout=sink, stderr=sink, env=clean_environment({}), cwd=tmp_path
        )
    try:
        wait_until(lambda: "Stop with" in printed.read_text(), 30, printed.read_text)
        said = dict(re.findall(r"^  (\S.*?)  +(\S+)$", printed.read_text(), re.MULTILINE))
        yield Controlled(said["API"], said["control"], said["control key"], server.pid)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
        assert [each.name for each in tmp_path.iterdir()] == ["printed"], "it kept something"
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def test_everything_is_done_by_the_key(controlled: Controlled) -> None:
    about = controlled.ask("GET", "").json
    assert about["url"] == controlled.url
    shops = controlled.post("/shops")
    things = controlled.post("/apis", name="things", scopes=["things:read"])
    application = controlled.post("/applications", apis=["poi"], redirect_uris=[CALLBACK])
    user = controlled.post("/users", email="ada@people.example")
    token = controlled.post("/tokens", client_id=application["client_id"])["access_token"]
    assert call_api(f"{shops['url']}/shops?postalCode=35400", token).json["total"] == 2
    assert call_api(things["url"], token).status == 403
    login = {"email": user["email"], "client_id": application["client_id"]}
    tokens = controlled.post("/logins", **login, scope="openid email offline_access")
    userinfo = about["issuers"]["standard"]["userinfo_url"]
    assert call_api(userinfo, tokens["access_token"]).json["email"] == "ada@people.example"
    controlled.post("/revocations", token=token)
    assert call_api(f"{shops['url']}/shops?postalCode=35400", token).status == 401
    jwks = about["issuers"]["standard"]["jwks_url"]
    before = call(jwks).body
    controlled.post("/key-rotations")
    assert call(jwks).body != before
    now = controlled.post("/clock", minutes=61)["now"]
    assert now > about["now"]
    form = {"grant_type": "client_credentials"}
    token_url, header = (
        about["issuers"]["standard"]["token_url"],
        application["authorization_header"],
    )
    controlled.post("/faults", kind="answer", status=503, retry_after=5, body={"code": 60})
    controlled.post("/faults", kind="html_502")
    said = [post(token_url, form, header) for _ in range(3)]
    assert [each.status for each in said] == [503, 502, 200]
    assert (said[0].headers["retry-after"], said[0].json) == ("5", {"code": 60})
    controlled.post("/faults", kind="answer", at="any", times=None)
    assert controlled.ask("DELETE", "/faults").status == 204
    assert post(token_url, form, header).status == 200


def test_a_browser_is_played_by_the_key(controlled: Controlled) -> None:
    application = controlled.post("/applications", redirect_uris=[CALLBACK])
    user = controlled.post("/users")
    asked = (
        f"{controlled.url}/authorize?response_type=code&client_id={application['client_id']}"
        f"&redirect_uri={CALLBACK}&scope=openid&state=1"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    )
    allowed = controlled.post("/authorizations", url=asked, email=user["email"])
    assert allowed["location"].startswith(f"{CALLBACK}?code=")
    denied = controlled.post("/authorizations", url=asked, email=user["email"], allow=False)
    assert "error=access_denied" in denied["location"]


def test_what_was_seen_is_told_without_secrets(controlled: Controlled) -> None:
    controlled.ask("DELETE", "/requests")
    application = controlled.post("/applications")
    form = {"grant_type": "client_credentials", "client_id": application["client_id"]}
    form["client_secret"] = application["client_secret"]
    token = post(f"{controlled.url}/token", form).json["access_token"]
    call_api(f"{controlled.url}/userinfo", token)
    told = controlled.ask("GET", "/requests")
    seen = told.json["requests"]
    assert [(each["endpoint"], each["status"]) for each in seen] == [
        ("token", 200),
        ("userinfo", 401),
    ]
    assert seen[0]["form"] == form | {"client_secret": "(hidden)"}
    assert token.encode() not in told.body
    assert application["client_secret"].encode() not in told.body
    assert controlled.ask("DELETE", "/requests").status == 204
    assert controlled.ask("GET", "/requests").json == {"requests": []}


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer stk_wrong", "Basic {key}", "bearer {key}x"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/users"), ("GET", "/requests"), ("PUT", "/none")]
)
def test_without_the_key_nothing_is_done(
    controlled: Controlled, key: str, method: str, path: str
) -> None:
    headers = {"Authorization": key.format(key=controlled.key)} if key else {}
    reply = call(controlled.control + path, method, b"{}", **headers)
    assert (reply.status, reply.json["error"]) == (401, "control-key")
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert controlled.key.encode() not in reply.body


@pytest.mark.parametrize(
    "headers", [{"Host": "rebound.example:80"}, {"Host": "api.orange.com"}, {"Origin": "null"}]
)
def test_a_page_of_another_site_does_nothing_even_with_the_key(
    controlled: Controlled, headers: dict[str, str]
) -> None:
    reply = controlled.ask("POST", "/users", {}, **headers)
    assert (reply.status, reply.json["error"]) == (403, "not-from-here")


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/users", b"{", 400, "body-malformed"),
        ("/users", b'{"mail": "a@b.example"}', 400, "body-malformed"),
        ("/users", b"[" * 60_000, 400, "body-malformed"),
        ("/users", b'{"email": "%s"}' % (b"a" * 300), 400, "body-malformed"),
        ("/users", b'{"email": "nobody"}', 409, "email-malformed"),
        ("/users", b" " * (LONGEST_BODY + 1), 413, "body-too-large"),
        ("/faults", b'{"kind": "fire"}', 400, "body-malformed"),
        ("/faults", b'{"kind": "cut", "at": "nowhere"}', 400, "value"),
        ("/faults", b'{"kind": "answer", "headers": {"a": "b\\r\\nc: d"}}', 400, "value"),
        ("/clock", b'{"days": 1e300}', 400, "value"),
        ("/tokens", b'{"client_id": "nobody"}', 404, "unknown"),
        ("/logins", b'{"client_id": "nobody", "email": "a@b.example"}', 404, "unknown"),
        ("/revocations", b'{"token": "made up"}', 409, "token-unknown"),
        ("/apis", b'{"name": "token"}', 409, "api-name"),
        ("/nowhere", b"{}", 404, "operation-unknown"),
        ("/../../token", b"{}", 404, "operation-unknown"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_word_and_a_sentence(
    controlled: Controlled, path: str, body: bytes, status: int, error: str
) -> None:
    reply = call(controlled.control + path, "POST", body, Authorization=f"Bearer {controlled.key}")
    assert (reply.status, reply.json["error"]) == (status, error), reply.body
    assert reply.json["says"]
    assert controlled.ask("GET", "").status == 200


def test_the_document_says_every_operation(controlled: Controlled) -> None:
    told = call(f"{controlled.control}/openapi.json").json
    assert told["openapi"].startswith("3.1") and told["servers"] == [{"url": controlled.control}]
    described = {
        (method.upper(), path if path != "/" else "")
        for path, methods in told["paths"].items()
        for method in methods
    }
    assert described == {(each.method, each.path) for each in OPERATIONS}
    text = json.dumps(told)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert references <= set(told["components"]["schemas"])
    assert controlled.key not in text


def test_curl_does_it(controlled: Controlled) -> None:
    def curl(path: str, body: dict[str, Any]) -> Any:
        key = f"Authorization: Bearer {controlled.key}"
        sent = json.dumps(body)
        command = [
            "curl",
            "-sS",
            "--fail-with-body",
            "-H",
            key,
            "-d",
            sent,
            controlled.control + path,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done
        return json.loads(done.stdout)

    application = curl("/applications", {"redirect_uris": [CALLBACK]})
    user = curl("/users", {})
    login = {"email": user["email"], "client_id": application["client_id"]}
    assert curl("/logins", login)["id_token"].count(".") == 2
    assert curl("/clock", {"minutes": 61})["now"]


def test_node_does_it(controlled: Controlled) -> None:
    controlled.ask("DELETE", "/requests")
    done = subprocess.run(
        ["node", str(NODE), controlled.control, controlled.key],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "first": 429,
        "then": 200,
        "active": [True, False],
        "seen": 4,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--host", "192.0.2.1"], "Cannot assign|loopback only"),
        (["--api-url", "https://api.example"], "on this machine alone"),
        (["--pages-url", "https://pages.example"], "on this machine alone"),
        (["--workers", "4"], "workers"),
    ],
)
def test_strangers_cannot_come_to_a_server_of_a_test(arguments: list[str], says: str) -> None:
    done = run_satsuma("serve", "--test", "--port", "0", *arguments)
    assert done.returncode != 0
    assert re.search(says, done.stderr), done
    assert "control" not in done.stdout


def test_a_server_with_a_database_has_no_control_endpoint(tmp_path: Path) -> None:
    from tests.wire.server import running_server

    with running_server(tmp_path, options=("--test",)) as server:
        for path in ("", "/openapi.json", "/users"):
            assert server.request("POST", f"/satsuma/test/v1{path}", "{}").status == 404
        assert "control" not in server.log.read_text()


def test_a_database_of_production_is_refused_by_serve_test(tmp_path: Path) -> None:
    from tests.wire.server import running_server

    with running_server(tmp_path) as server:
        database = server.database
    done = run_satsuma("serve", "--test", "--port", "0", "--database", database)
    assert done.returncode != 0 and "marked production, not test" in done.stderr, done


def test_the_environment_of_an_installation_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        done = run_satsuma(
            "serve", "--test", "--port", str(port), environment={"SATSUMA_HOST": "0.0.0.0"}
        )
    assert done.returncode == 1 and "in use" in done.stderr, done
