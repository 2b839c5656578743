"""Health, readiness and metrics of a running server."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from satsuma.app.status import Status
from satsuma.http.messages import Answer, Request
from satsuma_client.protocol.secret import Secret
from tests.servers.upstream import listening
from tests.wire.server import Server, running_server, wait_until


def test_metrics_count_each_answer(server: Server) -> None:
    made = server.new_application()
    before = counted(server)
    for _ in range(7):
        assert server.token(made).status == 200
    assert counted(server) - before == 7


def test_metrics_count_the_gateways_calls_by_api(server: Server) -> None:
    server.counter += 1
    name = f"metered-{server.counter}"
    with listening(b"HTTP/1.1 203 Fine\r\ncontent-length: 2\r\n\r\nok") as upstream:
        server.new_api(name, upstream)
        token = str(server.token(server.new_application(name)).json["access_token"])
        wait_until(lambda: server.call(f"/{name}/v1/x", token).status == 203, 2)
        label = f"gateway/{name}/v1"
        before = {status: counted(server, label, status) for status in (203, 401)}
        assert server.call(f"/{name}/v1/x", token).status == 203
        assert server.call(f"/{name}/v1/x", "forged").status == 401
        after = {status: counted(server, label, status) for status in (203, 401)}
    assert after == {status: count + 1 for status, count in before.items()}
    strange = counted(server, "gateway", 404)
    assert server.call("/nobody-made-this/v1/x", token).status == 404
    assert counted(server, "gateway", 404) == strange + 1


def test_metrics_count_the_pages(server: Server) -> None:
    before = counted(server, "pages"), counted(server, "pages", 404)
    host = f"localhost:{server.port}"
    assert server.request("GET", "/login", host=host).status == 200
    assert server.request("GET", "/no-such-page", host=host).status == 404
    assert counted(server, "pages") == before[0] + 1
    assert counted(server, "pages", 404) == before[1] + 1


def counted(server: Server, endpoint: str = "orange-m2m/token", status: int = 200) -> float:
    name = f'satsuma_requests_total{{endpoint="{endpoint}",status="{status}"}} '
    text = server.request("GET", "/metrics").body.decode()
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return float(lines[0].removeprefix(name)) if lines else 0.0


def test_metrics_with_a_token_are_for_its_holder(tmp_path: Path) -> None:
    environment = {"SATSUMA_METRICS_TOKEN": "let-me-see"}
    with running_server(tmp_path, environment=environment) as server:
        assert server.request("GET", "/metrics").status == 401
        wrong = {"Authorization": "Bearer other"}
        assert server.request("GET", "/metrics", headers=wrong).status == 401
        right = {"Authorization": "Bearer let-me-see"}
        assert server.request("GET", "/metrics", headers=right).status == 200
        assert "let-me-see" not in server.log.read_text()


def test_metrics_without_a_token_are_for_loopback_callers(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--trusted-proxies", "127.0.0.0/8")) as server:
        assert server.request("GET", "/metrics").status == 200
        stranger = {"X-Forwarded-For": "203.0.113.9"}
        assert server.request("GET", "/metrics", headers=stranger).status == 401


def test_ready_says_what_it_rests_on(server: Server) -> None:
    reply = server.request("GET", "/readyz")
    assert reply.status == 200
    assert reply.json["feed"] is True
    assert reply.json["feed_age_seconds"] < 5


def status_with(token: Secret | None) -> Status:
    metrics = SimpleNamespace(worker=0, put=lambda *a, **k: None, siblings=dict, access=None)
    log = SimpleNamespace(dropped=0)
    replica = SimpleNamespace(revoked=(), clients=(), seq=0)
    settings = SimpleNamespace(metrics_token=token)
    platform: Any = SimpleNamespace(
        settings=settings,
        metrics=metrics,
        replica=replica,
        request_log=log,
        shared_counter=None,
    )
    return Status(platform)


@pytest.mark.parametrize("given", [None, b"", b"Bearer", b"Bearer ", b"Bearer  ", b"bearer "])
def test_an_empty_token_lets_nobody_see_the_metrics(given: bytes | None) -> None:
    """No setting makes one, and if it came about it would be no reason to trust anybody."""
    headers = [(b"host", b"127.0.0.1")] + ([] if given is None else [(b"authorization", given)])
    request = Request(b"GET", b"/metrics", b"", headers, b"", "127.0.0.1", "id")
    answer = status_with(Secret("")).metrics(request)
    assert isinstance(answer, Answer)
    assert answer.block.status == 401


def metrics_for(*fields: tuple[bytes, bytes], source: str = "127.0.0.1") -> int:
    request = Request(b"GET", b"/metrics", b"", list(fields), b"", source, "id")
    platform = status_with(None)
    answer = platform.metrics(request)
    assert isinstance(answer, Answer)
    return answer.block.status


OF_HERE = """
    127.0.0.1 127.0.0.1:8400 127.1.2.3:1 127.255.0.199 [::1] [::1]:8400 localhost LocalHost:8400 localhost.
"""
HERE = (b"host", b"127.0.0.1:8400")


@pytest.mark.parametrize("host", OF_HERE.split())
def test_without_a_token_metrics_are_for_who_names_this_machine(host: str) -> None:
    assert metrics_for((b"host", host.encode())) == 200


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "metrics.evil",
            "127.0.0.1.evil",
            "localhost.evil",
            "evil:8400",
            "127.0.0.1:x@evil",
            "0.0.0.0",
        ),
        *(
            "10.0.0.1:8400",
            "[::]",
            "[::1",
            "::1",
            "[::2]:1",
            "127.0.0.1:",
            "[::ffff:7f00:1]",
            "localhost:0x1",
        ),
        *("127.1", "2130706433", "127.0.0.1\n", "127.0.0.256"),
    ],
)
def test_without_a_token_metrics_are_for_no_other_host(host: str) -> None:
    """A page of another origin, whose name was made to lead here, says its own name."""
    assert metrics_for((b"host", host.encode())) == 401
    assert metrics_for(HERE, (b"host", host.encode())) == 401
    assert metrics_for((b"host", host.encode()), HERE) == 401


def test_without_a_host_and_from_elsewhere_there_are_no_metrics() -> None:
    assert metrics_for() == 401
    assert metrics_for(HERE, source="192.0.2.1") == 401
    assert metrics_for(HERE, source="::1") == 200


OF_A_PROXY = """
    Forwarded Via X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Anything X-Forward-For X-Real-IP
    X-Client-IP X-Cluster-Client-IP CF-Connecting-IP CF-Ray True-Client-IP CDN-Loop Fastly-Client-IP X-Azure-SocketIP
    CloudFront-Viewer-Address X-Envoy-External-Address X-Original-URL X-Original-Forwarded-For X_Forwarded_For
    X-Amzn-Trace-Id X-Varnish X-ProxyUser-Ip Client-Cert
"""


@pytest.mark.parametrize("name", OF_A_PROXY.split())
@pytest.mark.spec("RFC 8586 §2")
def test_without_a_token_metrics_are_not_for_what_a_proxy_passes_on(name: str) -> None:
    assert metrics_for(HERE, (name.lower().encode(), b"203.0.113.9")) == 401


def test_with_a_token_any_host_and_any_proxy_will_do() -> None:
    headers = [
        (b"host", b"metrics.internal"),
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"authorization", b"Bearer t"),
    ]
    request = Request(b"GET", b"/metrics", b"", headers, b"", "203.0.113.9", "id")
    answer = status_with(Secret("t")).metrics(request)
    assert isinstance(answer, Answer)
    assert answer.block.status == 200
