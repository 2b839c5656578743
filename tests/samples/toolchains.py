"""How the programs of each target are built and started; many programs, one compilation."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.samples.front import PASSWORD, Trust

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIB = HERE / "java/lib"
NODE_MODULES = HERE / "node/node_modules"
NODE = ROOT / "bench/peers/oidc/node_modules/.bin/node"
TARGET = HERE / "rust/target"
GO_SUM = ROOT / "tests/foreign/go/go.sum"
BUILD_TIME = 300


@dataclass(frozen=True)
class Toolchain:
    """How all programs of a target are built, and how one is started."""

    build: Callable[[Sequence[Path], dict[str, str]], None]
    command: Callable[[Path], list[str]]


def environment(trust: Trust, home: Path) -> dict[str, str]:
    """Of a program: nothing of ours, and the trust in the authority of this run."""
    ini = home / "php"
    ini.mkdir(exist_ok=True)
    (ini / "trust.ini").write_text(f"curl.cainfo={trust.pem}\n")
    java = [
        f"-Djavax.net.ssl.trustStore={trust.jks}",
        f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
    ]
    kept = ("PATH", "RUSTUP_HOME", "CARGO_HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    return own | {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(home / "config"),
        "SSL_CERT_FILE": str(trust.pem),
        "CURL_CA_BUNDLE": str(trust.pem),
        "REQUESTS_CA_BUNDLE": str(trust.pem),
        "NODE_EXTRA_CA_CERTS": str(trust.pem),
        "PHP_INI_SCAN_DIR": f":{ini}",
        "JAVA_TOOL_OPTIONS": " ".join(java),
    }


def trust_of_mono(trust: Trust, given: dict[str, str]) -> None:
    """Mono keeps its own list, here that of a home of this run."""
    (Path(given["HOME"]) / "config").mkdir(exist_ok=True)
    run(["cert-sync", "--quiet", "--user", str(trust.pem)], Path(given["HOME"]), given)


def run(command: Sequence[str], folder: Path, given: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_TIME,
    )
    assert done.returncode == 0, f"{command[:4]}: {done.stdout}{done.stderr}"


def builder() -> dict[str, str]:
    """The environment of a compiler: this one's, without what is the platform's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SATSUMA_")}


def _nothing(folders: Sequence[Path], given: dict[str, str]) -> None:
    """A script is built by nobody."""


def _php(folders: Sequence[Path], given: dict[str, str]) -> None:
    for folder in folders:
        run(["php", "-l", "sample.php"], folder, given)


def _node(folders: Sequence[Path], given: dict[str, str]) -> None:
    for folder in folders:
        (folder / "node_modules").symlink_to(NODE_MODULES)


def _classes() -> str:
    jars = [
        jar
        for jar in sorted(LIB.glob("*.jar"))
        if "format" not in jar.name and "ktfmt" not in jar.name
    ]
    return os.pathsep.join(str(jar) for jar in jars)


def _jvm(kind: str) -> Callable[[Sequence[Path], dict[str, str]], None]:
    def build(folders: Sequence[Path], given: dict[str, str]) -> None:
        for folder in folders:
            (folder / "out").mkdir()
        program = str(HERE / "java/Compile.java")
        options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", _classes()]
        run(["java", *options, program, kind, *map(str, folders)], HERE, builder())

    return build


def _csharp(folders: Sequence[Path], given: dict[str, str]) -> None:
    command = ["mcs", "-r:System.Net.Http", "-out:sample.exe", "Sample.cs"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda folder: run(command, folder, builder()), folders))


def _go(folders: Sequence[Path], given: dict[str, str]) -> None:
    """As packages of one module, whose file is the one beside each."""
    home = folders[0].parent / "go"
    home.mkdir()
    (home / "go.mod").write_text((folders[0] / "go.mod").read_text())
    (home / "go.sum").write_text(GO_SUM.read_text())
    for folder in folders:
        (home / folder.name).mkdir()
        shutil.copy(folder / "main.go", home / folder.name)
    made = {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOPROXY": "off"}
    run(["go", "vet", "./..."], home, builder() | made)
    run(["go", "build", "-ldflags=-s -w", "-o", "bin/", "./..."], home, builder() | made)


def _rust(folders: Sequence[Path], given: dict[str, str]) -> None:
    """As binaries of one package, with the locked crates that are built already."""
    home = folders[0].parent / "rust"
    (home / "src/bin").mkdir(parents=True)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(HERE / "rust" / name, home)
    for folder in folders:
        shutil.copy(folder / "src/main.rs", home / f"src/bin/{folder.name}.rs")
    made = {"CARGO_TARGET_DIR": str(TARGET), "RUSTFLAGS": ""}
    run(["cargo", "build", "--quiet", "--locked", "--offline", "--bins"], home, builder() | made)
    for folder in folders:
        shutil.copy(TARGET / "debug" / folder.name, folder / "sample")


PYTHON = Toolchain(_nothing, lambda folder: [sys.executable, "sample.py"])
JAVA = Toolchain(_jvm("java"), lambda folder: ["java", "-cp", f"out:{_classes()}", "Sample"])
NODE_SCRIPT = Toolchain(_node, lambda folder: [str(NODE), "sample.mjs"])
GO = Toolchain(_go, lambda folder: [str(folder.parent / "go/bin" / folder.name)])

TOOLCHAINS: dict[str, Toolchain] = {
    "curl": Toolchain(_nothing, lambda folder: ["bash", "sample.sh"]),
    "php-curl": Toolchain(_php, lambda folder: ["php", "sample.php"]),
    "csharp-http-client": Toolchain(_csharp, lambda folder: ["mono", "sample.exe"]),
    "kotlin-okhttp": Toolchain(
        _jvm("kotlin"), lambda folder: ["java", "-cp", f"out:{_classes()}", "SampleKt"]
    ),
    "rust-reqwest": Toolchain(_rust, lambda folder: [str(folder / "sample")]),
    "java-http-client": JAVA,
    "java-http-url-connection": JAVA,
    "java-jsoup": JAVA,
    "java-okhttp": JAVA,
    "node-fetch-built-in": NODE_SCRIPT,
    "node-node-fetch": NODE_SCRIPT,
    "node-https": NODE_SCRIPT,
    "python-sdk": PYTHON,
    "python-requests": PYTHON,
    "python-httpx2": PYTHON,
    "python-http-client": PYTHON,
    "go-net-http": GO,
    "go-oauth2": GO,
    "ruby-net-http": Toolchain(_nothing, lambda folder: ["ruby", "sample.rb"]),
}
