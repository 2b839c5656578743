"""The programs and configurations of a page: taken from it as they stand, put where a test runs them."""

import contextlib
import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.docs.blocks import read_blocks
from tests.servers.process import ends_with_us, running
from tests.wire.server import Reply

ROOT = Path(__file__).parents[2]
NODE = ROOT / "bench/peers/oidc/node_modules/.bin/node"
NODE_PACKAGES = ROOT / "tests/foreign/node/node_modules"
JARS = ROOT / "tests/foreign/spring/lib"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
PYTHON = ROOT / ".venv-foreign/bin/python"


def take_file(page: str, name: str, folder: Path, put: Mapping[str, str]) -> Path:
    """Write a page's file into a folder, with this machine's addresses in place of the page's."""
    found = [
        block.text
        for block in read_blocks((ROOT / page).read_text())
        if (block.kind, block.words) == ("file", name)
    ]
    assert len(found) == 1, f"{page} has {len(found)} files named {name}"
    text = found[0]
    for shown, own in put.items():
        text = text.replace(shown, own)
    file = folder / name
    file.write_text(text)
    return file


def ask(port: int, path: str = "/", method: str = "GET", **fields: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(
            method, path, headers={k.replace("_", "-"): v for k, v in fields.items()}
        )
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return ask(port).status > 0
    return False


@contextlib.contextmanager
def program(
    command: list[str | Path], port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it answers at `port` when the block begins."""
    own = [f"{name}={value}" for name, value in (environment or {}).items()]
    whole = [*ends_with_us(), "env", "-C", str(folder), *own, *map(str, command)]
    with running(whole, log=folder / "program.log", is_ready=lambda: answers(port)) as process:
        yield process


def python(file: Path, port: int) -> list[str | Path]:
    return [PYTHON, "-W", "error", file, str(port)]


def node(file: Path, port: int) -> list[str | Path]:
    """Node looks for packages from the file's folder upwards."""
    packages = file.parent / "node_modules"
    if not packages.exists():
        packages.symlink_to(NODE_PACKAGES)
    return [NODE, file, str(port)]


def java(file: Path, port: int, *more: str) -> list[str | Path]:
    """Compile a program of one file, and say how it is run."""
    classes = file.parent / "classes"
    subprocess.run(
        ["javac", "-parameters", "-d", classes, "-cp", f"{JARS}/*", file], check=True, timeout=120
    )
    classpath = os.pathsep.join([str(classes), str(file.parent), f"{JARS}/*"])
    flags = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"]
    return [
        "java",
        *flags,
        "-cp",
        classpath,
        f"com.example.shop.{file.stem}",
        f"--server.port={port}",
        *more,
    ]
