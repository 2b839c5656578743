"""The guides do what they say: their commands run against a real demo, and print what the pages show."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.demo.test_demo import ROOT, Demo, demo_command, running_demo
from tests.oauth.agent import Agent
from tests.servers.process import free_port
from tests.wire.server import SATSUMA, clean_environment

STEP = re.compile(
    r"^<!-- (run|prints|browser)[^>]*-->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
END = "--- end of block ---"


class Shell:
    """One shell, as the reader has one: what a block sets is there in the next."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment,
        )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *reason: object) -> None:
        self._process.communicate(timeout=20)

    def run(self, block: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{block}\necho; echo '{END}'\n")
        stdin.flush()
        return "".join(_until_end(stdout)).strip()


def _until_end(stdout: IO[str]) -> Iterator[str]:
    for line in stdout:
        if line.strip() == END:
            return
        yield line
    raise AssertionError("the shell ended")


def printed_as(shown: str, printed: str) -> bool:
    """Say whether what was printed is what the page shows, `…` standing for anything."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def take(guide: str, shell: Shell, demo: Demo) -> int:
    """Take every step of a guide; give how many commands were run."""
    printed, runs, agent = "", 0, Agent(demo)
    for kind, text in STEP.findall((ROOT / "docs/guides" / guide).read_text()):
        if kind == "run":
            printed, runs = shell.run(text), runs + 1
        elif kind == "prints":
            assert printed_as(text, printed), f"{guide} shows\n{text}\nand printed\n{printed}"
        else:
            shell.run(f"CODE={code_from(agent, printed, demo)}")
    return runs


def code_from(agent: Agent, address: str, demo: Demo) -> str:
    page = agent.open(address)
    if "/login" in page.url:
        found = re.search(r"(\S+@\S+) with the password: (.+)", demo.printed)
        assert found, demo.printed
        page = agent.log_in(page, found[1], found[2])
    if not page.left:
        page = agent.send(page, decision="allow")
    assert page.left, page.text[:2000]
    return page.query["code"]


@pytest.mark.parametrize("guide", ["machine-to-machine.md", "user-to-machine.md"])
def test_a_guide_does_what_it_says(guide: str, tmp_path: Path) -> None:
    port = free_port()
    environment = clean_environment({})
    environment["PATH"] = f"{SATSUMA.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["SATSUMA_DATABASE"] = f"sqlite:///{tmp_path / 'demo.db'}"
    environment["API"] = f"http://127.0.0.1:{port}"
    with (
        running_demo(tmp_path, demo_command(tmp_path, port)) as demo,
        Shell(tmp_path, environment) as shell,
    ):
        assert take(guide, shell, demo) > 5


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ('{"a":"sat_…"}', '{"a":"sat_xyz"}', True),
        ('{"a":"sat_…"}', '{"a":"OFR-xyz"}', False),
        ("one\n…\nlast", "one\ntwo\nthree\nlast", True),
        ("one", "one two", False),
    ],
)
def test_what_is_printed_is_compared(shown: str, printed: str, same: bool) -> None:
    assert printed_as(shown, printed) is same
