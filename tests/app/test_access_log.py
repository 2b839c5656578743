"""A running server tells of each request, of both fronts and every surface, and nothing secret of any."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.servers.upstream import listening
from tests.wire.raw import RawReply, connect, read_reply
from tests.wire.server import Reply, Server, running_server, wait_until


def lines_of(server: Server, event: str = "request") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]
    return [line for line in found if line["event"] == event]


def one(server: Server, request_id: str | None) -> dict[str, Any]:
    """The one line of a request, once it is there."""
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        found[:] = [x for x in lines_of(server) if x["request_id"] == request_id]
        return bool(found)

    wait_until(is_there, 5)
    assert len(found) == 1
    return found[0]


def check(server: Server, reply: Reply, endpoint: str, status: int, more: dict[str, str]) -> None:
    """Compare the line of a request that was answered so."""
    line = one(server, reply.headers["X-OAPI-Request-Id"])
    expected = {"endpoint": endpoint, "status": status, "source": "127.0.0.1", **more}
    assert {name: line.get(name) for name in expected} == expected
    assert line["ms"] >= 0
    assert ("slug" in line) == (status >= 400)


@pytest.mark.parametrize("front", ["hot", "asgi"])
def test_each_request_has_its_line(tmp_path: Path, front: str) -> None:
    answer = b"HTTP/1.1 203 Fine\r\ncontent-length: 2\r\n\r\nok"
    with (
        listening(answer) as upstream,
        running_server(tmp_path, front=front, config="access_log = true\n") as server,
    ):
        api, _ = server.new_api("seen", upstream)
        made = server.new_application("seen")
        got = server.token(made)
        token = str(got.json["access_token"])
        again = server.token(made)
        wait_until(lambda: server.call("/seen/v1/x", token).status == 203, 2)
        passed = server.call("/seen/v1/secret-path?secret=query", token)
        forged = server.call("/seen/v1/x", token + "forged")
        checked = server.request(
            "GET",
            "/auth/check",
            headers={
                "Authorization": f"Bearer {token}",
                "X-Original-URI": "/seen/v1/x",
                "X-Original-Method": "GET",
            },
        )
        wrong = server.token(made, Authorization="Basic " + "d3Jvbmc6c2VjcmV0")
        page = server.request("GET", "/login?secret=query", host=f"localhost:{server.port}")
        mine = {"client_id": made.client_id}
        called = f"gateway/{api.name}/v1"
        check(server, got, "orange-m2m/token", 200, mine)
        check(server, again, "orange-m2m/token", 200, mine)
        check(server, passed, called, 203, mine)
        check(server, forged, called, 401, {"slug": "token-forged"})
        check(server, checked, "auth-check", 204, mine)
        check(server, wrong, "orange-m2m/token", 401, {"slug": "client-unknown"})
        check(server, page, "pages", 200, {})
        assert server.stop() == 0
        text = server.log.read_text()
        for secret in (token, made.authorization.removeprefix("Basic "), "secret-path", "query"):
            assert secret not in text


def test_without_it_refusals_and_a_count_are_told(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        made = server.new_application()
        good = server.token(made)
        bad = server.token(made, Authorization="Basic d3Jvbmc6c2VjcmV0")
        one(server, bad.headers["X-OAPI-Request-Id"])
        assert server.stop() == 0
        ids = {line["request_id"] for line in lines_of(server)}
        assert good.headers["X-OAPI-Request-Id"] not in ids
        assert sum(line["answered"] for line in lines_of(server, "requests")) >= 2


UNREAD = {
    "bad-request": b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    "head-too-large": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "url-too-long": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "host-unknown": b"GET / HTTP/1.1\r\nHost: nobody.example\r\nConnection: close\r\n\r\n",
}
"""What no endpoint answers, by the slug of its refusal."""


@pytest.mark.parametrize("front", ["hot", "asgi"])
def test_what_is_refused_before_it_has_an_endpoint_has_its_line_too(
    tmp_path: Path, front: str
) -> None:
    with running_server(tmp_path, front=front) as server:
        for slug, sent in UNREAD.items():
            reply = send(server, sent)
            line = one(server, (reply.field(b"x-oapi-request-id") or b"").decode())
            told = (line["endpoint"], line["status"], line["slug"], line["source"])
            assert told == ("connection", reply.status, slug, "127.0.0.1")
        text = server.request("GET", "/metrics").body.decode()
        counted = sum(
            float(each.rpartition(" ")[2])
            for each in text.splitlines()
            if each.startswith('satsuma_requests_total{endpoint="connection"')
        )
        assert counted == len(UNREAD)


def send(server: Server, sent: bytes) -> RawReply:
    connection = connect(server)
    try:
        connection.sendall(sent)
        return read_reply(connection)
    finally:
        connection.close()
