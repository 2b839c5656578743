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


@dataclass
class Program:
    """A built program, and the stage that it calls."""

    row: Target
    stage: Stage
    folder: Path
    environment: dict[str, str]

    def run(self, *rounds: str, without: str = "") -> subprocess.CompletedProcess[str]:
        self.stage.tokens.clear()
        self.stage.calls.clear()
        return subprocess.run(
            [*TOOLCHAINS[self.row.slug].command(self.folder), *rounds],
            cwd=self.folder,
            env={name: value for name, value in self.environment.items() if name != without},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def succeeds(self, *rounds: str) -> str:
        done = self.run(*rounds)
        assert done.returncode == 0, done
        return done.stdout


@contextlib.contextmanager
def _built(row: Target, folder: Path) -> Iterator[Program]:
    for name in ("trust", "home"):
        (folder / name).mkdir()
    trust, stage = new_trust(folder / "trust"), Stage()
    given = environment(trust, folder / "home") | {"SATSUMA_CLIENT_SECRET": SECRET}
    trust_of_mono(trust, given)
    with _staged(stage, trust) as front:
        token_url, api_url = f"{front.url}/token", f"{front.url}/v1/things"
        values = Values(token_url, api_url=api_url, client_id="client")
        sample = show("call", row, "production", values)
        assert isinstance(sample, Sample)
        place = write(sample, folder / "built" / "production")
        TOOLCHAINS[row.slug].build([place], given)
        yield Program(row, stage, place, given)


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
def test_a_program_in_production_is_sparing_with_tokens_and_patient(
    row: Target, tmp_path: Path
) -> None:
    with _built(row, tmp_path) as program:
        stage = program.stage
        assert program.succeeds("1", "1", "20").count("things") == 22
        assert len(stage.tokens) == 1, "one token for two calls and 20 at once"

        stage.slow, stage.life = 0.3, 1
        program.succeeds(*["1"] * 5)
        assert 2 <= len(stage.tokens) <= 5, "a token of one second is renewed"
        stage.slow, stage.life = 0, 3600

        _renews_once(program)

        stage.busy = 1
        program.succeeds("1", "1")
        assert [status for _, _, status in stage.calls] == [429, 200, 200]
        assert stage.calls[1][0] - stage.calls[0][0] >= 1.9, "nothing for two seconds"

        done = program.run("1", without="SATSUMA_CLIENT_SECRET")
        assert done.returncode == 2 and "SATSUMA_CLIENT_SECRET" in done.stderr
    proves(row.slug, {("production", "call")})


def _renews_once(program: Program) -> None:
    """One 401, one renewal, one retry; our SDK takes the refusal as final of a token younger than five seconds."""
    stage = program.stage
    stage.refuse, stage.ageing = True, 5.3 if program.row.slug == "python-sdk" else 0
    program.succeeds("1", "1")
    assert [call[1:] for call in stage.calls] == [
        ("Bearer token-1", 200),
        ("Bearer token-1", 401),
        ("Bearer token-2", 200),
    ]
    assert len(stage.tokens) == 2
    stage.refuse = False
