"""A refused request becomes a test: it meets the same refusal, and passes when the marked line is mended."""

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from satsuma.diagnostics.as_test import NotATest, as_test
from satsuma.diagnostics.causes import CAUSES
from satsuma.diagnostics.replays import REPLAYS, SECRETS
from satsuma.domain.errors.table import ROWS
from satsuma.domain.request_log import LoggedRequest
from satsuma.testing import SatsumaServer, running
from tests.cli.program import OWNER, Cli
from tests.wire.server import running_server

MARKED = re.compile(r"    # (?:As it was sent; mended: (.*)\n.*|It was not sent; mended: (.*))\n")


def logged(slug: str, **detail: object) -> LoggedRequest:
    at = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    status, told = ROWS[slug].status, json.dumps(detail)
    return LoggedRequest("0a" * 12, "theirs", at, "token", status, slug, "c" * 32, "::1", told)


def mended(text: str) -> str:
    """The text after its reader took the line that it suggests."""
    assert len(MARKED.findall(text)) == 1, text
    return MARKED.sub(lambda found: f"    {found[1] or found[2]}\n", text)


def played(text: str, server: SatsumaServer) -> Any:
    module = ModuleType("replayed")
    exec(compile(text, "replayed.py", "exec"), module.__dict__)
    test = getattr(module, "test_request_" + "0a" * 12)
    return test(server)


def last_slug(server: SatsumaServer) -> str:
    """What the platform itself says that it refused by."""
    return [each.slug for each in server.refusals()][-1]


@pytest.mark.parametrize("slug", [*REPLAYS, "secret-wrong"])
def test_each_cause_is_met_again_and_mended_by_its_line(slug: str) -> None:
    text = as_test(logged(slug), ROWS[slug])
    with running() as server:
        with pytest.raises(AssertionError, match=str(ROWS[slug].status)):
            played(text, server)
        assert last_slug(server) == slug
    with running() as server:
        played(mended(text), server)
        assert server.refusals() == []


@pytest.mark.parametrize("because", SECRETS)
def test_a_wrong_secret_is_wrong_in_the_same_way(because: str) -> None:
    text = as_test(logged("secret-wrong", because=because), ROWS["secret-wrong"])
    with running() as server:
        with pytest.raises(AssertionError):
            played(text, server)
        (refused,) = server.refusals()
        assert (refused.slug, json.loads(refused.detail)["because"]) == ("secret-wrong", because)


@pytest.mark.parametrize("slug", sorted(set(CAUSES) - set(REPLAYS) - {"secret-wrong"}))
def test_a_cause_that_is_not_the_requests_is_no_test(slug: str) -> None:
    if slug in ("secret-retired", "client-refused"):
        assert "another secret" in as_test(logged(slug), ROWS[slug])
        return
    with pytest.raises(NotATest, match=slug):
        as_test(logged(slug), ROWS[slug])


@pytest.mark.parametrize("name", ["scope", "grant_type", "method", "address", "issuer", "because"])
@pytest.mark.parametrize(
    "value", ['"""\nimport os', "' + exit() + '", "\\", "{0}", "a/v99999999", 'x"\n'], ids=repr
)
def test_what_a_stranger_sent_is_no_code(name: str, value: str) -> None:
    for slug in ("scope-refused", "grant-type-unsupported", "method-not-allowed", "token-forged"):
        text = as_test(logged(slug, **{name: value}), ROWS[slug])
        compile(text, "replayed.py", "exec")
        with running() as server, pytest.raises(AssertionError):
            played(text, server)


def test_a_refusal_of_a_real_installation_is_red_and_then_green(tmp_path: Path) -> None:
    (tmp_path / "installed").mkdir()
    with running_server(tmp_path / "installed") as installed:
        cli = Cli(installed.database, tmp_path)
        cli("accounts", "create", OWNER)
        made = cli.ok("apps", "create", "Shops", "--owner", OWNER)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["Authorization"] = made["authorization_header"]
        reply = installed.request(
            "POST", "/oauth/v3/token", "grant_type=client_credentials", headers
        )
        assert reply.status == 406
        request_id = reply.headers["X-OAPI-Request-Id"]
        until = time.monotonic() + 5
        while (done := cli("explain", request_id, "--as-test")).code == 1:
            assert time.monotonic() < until, done
        refused = cli("explain", request_id, "--as-test", "--json")
        assert refused.code == 2
    assert made["client_secret"] not in done.out and made["client_id"] not in done.out
    file = tmp_path / "test_refused.py"
    file.write_text(done.out)
    red = run(file)
    assert red.returncode == 1 and "1 failed" in red.stdout and "406" in red.stdout, red.stdout
    file.write_text(mended(done.out))
    green = run(file)
    assert green.returncode == 0 and "1 passed" in green.stdout, green.stdout + green.stderr


def run(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["--rootdir", str(file.parent), str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=file.parent)
