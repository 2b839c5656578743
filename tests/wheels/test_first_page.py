"""The first page of the client in a new environment from the built wheel: without an HTTP library, then with each."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.test_demo import Demo, demo_command, running_demo
from tests.docs.blocks import read_blocks
from tests.docs.sitting import printed_as
from tests.house.tree import ROOT
from tests.servers.process import free_port
from tests.wheels.test_wheels import BIN, installed, run

pytestmark = pytest.mark.slow

BLOCKS = read_blocks((ROOT / "docs" / "client.md").read_text())
FILES = {block.words: block.text for block in BLOCKS if block.kind == "file"}
INSTALL = next(block.text for block in BLOCKS if block.kind == "run")
SHOPS = next(block.text for block in BLOCKS if block.kind == "prints")
FIRST = "first.py"
# Which lock has the library: what the platform itself must not meet stands in the foreign one.
LIBRARIES = {
    "httpx2": "dev",
    "httpx": "dev",
    "requests": "dev",
    "aiohttp": "dev",
    "niquests": "foreign",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = (BIN / "python", "-m", "hatchling", "build", "-t", "wheel", "-d", out)
    run(*build, place=ROOT / "client")
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder, demo_command(folder, free_port())) as running:
        yield running


class Newcomer:
    """An empty environment, whose `pip` takes the locked versions, and the page's words with this machine's in them."""

    def __init__(self, folder: Path, wheel: Path, demo: Demo, lock: str) -> None:
        self.folder = folder
        self.programs = folder / "environment" / "bin"
        self.wheel, self.demo = wheel, demo
        run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, self.programs.parent)
        pip = self.programs / "pip"
        locked = ROOT / "requirements" / f"{lock}.txt"
        told = f'VIRTUAL_ENV={self.programs.parent} exec {BIN}/uv pip "$@" --quiet --constraint {locked}'
        pip.write_text(f"#!/bin/sh\n{told}\n")
        pip.chmod(0o755)

    def own(self, text: str) -> str:
        header = re.search(r"Authorization: (Basic \S+)'", self.demo.printed)
        assert header
        text = re.sub(r"Basic \w+…", header[1], text)
        return text.replace("http://127.0.0.1:8400", self.demo.api_url)

    def paste(self, *commands: str) -> str:
        """Run what the page says, then more; in one shell, as the reader has one."""
        install = self.own(INSTALL).replace("satsuma-client", str(self.wheel))
        script = "\n".join(["set -e", install, *commands])
        path = f"{self.programs}:/usr/bin:/bin"
        return run("bash", "-c", script, place=self.folder, PATH=path)


def test_five_lines_from_the_installation_to_the_shops(
    wheel: Path, demo: Demo, tmp_path: Path
) -> None:
    reader = Newcomer(tmp_path, wheel, demo, "runtime")
    text = FILES[FIRST]
    assert len([line for line in text.splitlines() if line]) == 5
    (tmp_path / FIRST).write_text(reader.own(text))
    printed = reader.paste(f"python -W error {FIRST}").strip()
    assert printed_as(SHOPS, printed), printed
    assert installed(reader.programs) == {"satsuma-client", "click", "filelock", "platformdirs"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_same_with_each_library(library: str, wheel: Path, demo: Demo, tmp_path: Path) -> None:
    reader = Newcomer(tmp_path, wheel, demo, LIBRARIES[library])
    auth = FILES[FIRST].partition("shops =")[0]
    (tmp_path / "program.py").write_text(reader.own(auth + FILES[f"with_{library}.py"]))
    printed = reader.paste(f"pip install {library}", "python -W error program.py")
    assert json.loads(printed)["shops"][0]["id"] == "shop-001"
    assert library in installed(reader.programs)
    others = {"httpx2", "httpx", "requests", "aiohttp", "niquests"} - {library}
    assert not others & installed(reader.programs)
