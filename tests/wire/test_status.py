"""Health, readiness and metrics of a running server."""

from pathlib import Path

from tests.wire.server import Server, running_server


def test_metrics_count_each_answer(server: Server) -> None:
    made = server.new_application()
    before = counted(server)
    for _ in range(7):
        assert server.token(made).status == 200
    assert counted(server) - before == 7


def counted(server: Server) -> float:
    name = 'satsuma_requests_total{endpoint="orange-m2m/token",status="200"} '
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
