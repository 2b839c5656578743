"""Programs for production, counted at the server: one token for everybody, renewed in time, and patience."""

import contextlib
import http.server
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from satsuma.samples import Sample, Target, Values, show, targets
from tests.samples.front import Front, Trust, new_trust, opened
from tests.samples.proofs import proves
from tests.samples.test_matrix import write
from tests.samples.toolchains import TOOLCHAINS, environment, trust_of_mono

SECRET = "s3cret-of-nobody"
ANSWERS: dict[int, dict[str, Any]] = {
    200: {"things": []},
    401: {"code": 42, "message": "Expired credentials"},
    429: {"code": 53, "message": "Too many requests"},
}
ROWS = [
    row
    for row in targets()
    if row.slug in TOOLCHAINS and isinstance(show("call", row, "production", Values()), Sample)
]


@dataclass
class Stage:
    """A server that answers by a script, and knows when it was asked."""

    life: int = 3600
    refuse: bool = False
    busy: int = 0
    slow: float = 0
    ageing: float = 0
    tokens: list[float] = field(default_factory=list)
    calls: list[tuple[float, str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.tokens.append(time.monotonic())
            return 200, {
                "token_type": "Bearer",
                "access_token": f"token-{len(self.tokens)}",
                "expires_in": self.life,
            }

    def things(self, authorization: str) -> tuple[int, dict[str, Any]]:
        time.sleep(self.slow)
        if self.refuse and not self.calls:
            time.sleep(self.ageing)
        with self.lock:
            status = 200
            if self.refuse and self.calls and authorization == "Bearer token-1":
                status = 401
            elif self.busy:
                self.busy -= 1
                status = 429
            self.calls.append((time.monotonic(), authorization, status))
            return status, ANSWERS[status]


@contextlib.contextmanager
def _staged(stage: Stage, trust: Trust) -> Iterator[Front]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*stage.token())

        def do_GET(self) -> None:
            self._answer(*stage.things(self.headers["Authorization"]))

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 401:
                self.send_header("WWW-Authenticate", 'Bearer error="invalid_token"')
            if status == 429:
                self.send_header("Retry-After", "2")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nothing is told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with opened(trust, server.server_address[1]) as front:
            yield front
        server.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
def test_a_program_in_production_is_sparing_with_tokens_and_patient(
    row: Target, tmp_path: Path
) -> None:
    for name in ("trust", "home"):
        (tmp_path / name).mkdir()
    trust = new_trust(tmp_path / "trust")
    given = environment(trust, tmp_path / "home") | {"SATSUMA_CLIENT_SECRET": SECRET}
    trust_of_mono(trust, given)
    stage, chain = Stage(), TOOLCHAINS[row.slug]
    with _staged(stage, trust) as front:
        sample = show(
            "call",
            row,
            "production",
            Values(f"{front.url}/token", api_url=f"{front.url}/v1/things", client_id="client"),
        )
        assert isinstance(sample, Sample)
        folder = write(sample, tmp_path / "built" / "production")
        chain.build([folder], given)

        def run(*rounds: str) -> subprocess.CompletedProcess[str]:
            stage.tokens.clear()
            stage.calls.clear()
            command = [*chain.command(folder), *rounds]
            return subprocess.run(
                command, cwd=folder, env=given, capture_output=True, text=True, timeout=60
            )

        done = run("1", "1", "20")
        assert done.returncode == 0, done
        assert done.stdout.count("things") == 22
        assert len(stage.tokens) == 1, "one token for two calls and 20 at once"

        stage.life = 1
        stage.slow, stage.life = 0.3, 1
        done = run(*["1"] * 5)
        assert done.returncode == 0, done
        assert 2 <= len(stage.tokens) <= 5, "a token of one second is renewed"
        stage.slow, stage.life = 0, 3600

        # Our SDK takes the refusal of a token as final that is younger than five seconds.
        stage.refuse, stage.ageing = True, 5.3 if row.slug == "python-sdk" else 0
        done = run("1", "1")
        assert done.returncode == 0, done
        assert [call[1:] for call in stage.calls] == [
            ("Bearer token-1", 200),
            ("Bearer token-1", 401),
            ("Bearer token-2", 200),
        ]
        assert len(stage.tokens) == 2, "one 401, one renewal"
        stage.refuse = False

        stage.busy = 1
        done = run("1", "1")
        assert done.returncode == 0, done
        assert [status for _, _, status in stage.calls] == [429, 200, 200]
        assert stage.calls[1][0] - stage.calls[0][0] >= 1.9, "nothing for two seconds"

        missing = {name: value for name, value in given.items() if name != "SATSUMA_CLIENT_SECRET"}
        done = subprocess.run(
            chain.command(folder), cwd=folder, env=missing, capture_output=True, text=True
        )
        assert done.returncode == 2 and "SATSUMA_CLIENT_SECRET" in done.stderr
    proves(row.slug, {("production", "call")})
