"""The demo as a newcomer meets it: `make run` prints two commands that work when pasted."""

import contextlib
import json
import os
import re
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import free_port
from tests.wire.server import SATSUMA, clean_environment, wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class Demo:
    printed: str
    process: subprocess.Popen[bytes]

    @property
    def commands(self) -> list[str]:
        return [line for line in self.printed.splitlines() if re.match(r"TOKEN=|curl ", line)]

    @property
    def api_url(self) -> str:
        return self.value("API")

    @property
    def pages_url(self) -> str:
        return self.value("pages")

    @property
    def port(self) -> int:
        return urllib.parse.urlsplit(self.pages_url).port or 80

    def value(self, name: str) -> str:
        found = re.search(rf"^  {name}\s+(\S+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1]


@contextlib.contextmanager
def running_demo(folder: Path, command: list[str]) -> Iterator[Demo]:
    out = folder / f"out-{free_port()}"
    with out.open("wb") as sink:
        process = subprocess.Popen(
            command,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=clean_environment({}),
            start_new_session=True,
        )
    try:
        wait_until(lambda: "Stop with" in out.read_text(), 60, out.read_text)
        yield Demo(out.read_text(), process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM, 2), out.read_text()


def demo_command(folder: Path, port: int) -> list[str]:
    database = f"sqlite:///{folder / 'demo.db'}"
    return [str(SATSUMA), "demo", "--port", str(port), "--database", database]


def paste(*lines: str) -> str:
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_the_two_printed_lines_show_shops(tmp_path: Path) -> None:
    with running_demo(tmp_path, demo_command(tmp_path, free_port())) as demo:
        first, second = demo.commands[:2]
        assert first.startswith("TOKEN=$(curl ")
        found = json.loads(paste(first, second))
        assert found["total"] == len(found["shops"]) > 3
        assert {shop["address"]["postalCode"] for shop in found["shops"]} == {"35000"}


def test_a_second_run_keeps_the_data_and_another_port_moves_it(tmp_path: Path) -> None:
    ports = [free_port(), free_port()]
    values = []
    for port in ports:
        with running_demo(tmp_path, demo_command(tmp_path, port)) as demo:
            values.append((demo.value("client_id"), demo.value("client_secret")))
            assert f"http://127.0.0.1:{port}" in demo.printed
            assert json.loads(paste(*demo.commands[:2]))["total"] > 3
    assert values[0] == values[1]


def test_the_demo_refuses_a_database_that_is_not_a_demos(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'real.db'}"
    made = [str(SATSUMA), "accounts", "create", "me@people.example", "--database", database]
    subprocess.run(made, env=clean_environment({}), check=True, capture_output=True, timeout=60)
    with_server = [str(SATSUMA), "serve", "--port", str(free_port()), "--database", database]
    process = subprocess.Popen(
        with_server, env=clean_environment({}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until((tmp_path / "real.db.checkpoints").exists, 30)
    process.terminate()
    process.wait(30)
    refused = subprocess.run(
        [str(SATSUMA), "demo", "--port", str(free_port()), "--database", database],
        env=clean_environment({}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "marked production" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_demo_binds_loopback_only(tmp_path: Path) -> None:
    command = [*demo_command(tmp_path, free_port()), "--host", "0.0.0.0"]
    refused = subprocess.run(
        command, env=clean_environment({}), capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode != 0
    assert "loopback" in refused.stderr
