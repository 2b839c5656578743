"""Each wheel is built and installed into an empty environment, with what it declares and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BIN = Path(sys.executable).parent
COMMANDS = {
    "accounts", "apis", "apps", "audit", "db", "demo", "explain", "keys", "serve", "server",
}  # fmt: skip


def run(*command: str | Path, place: Path = ROOT, **environment: str) -> str:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SATSUMA_", "PYTHON"))}
    done = subprocess.run(
        [str(each) for each in command],
        cwd=place,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, built by the locked back end."""
    out = tmp_path_factory.mktemp("wheels")
    for project in (ROOT / "client", ROOT):
        run(BIN / "python", "-m", "hatchling", "build", "-t", "wheel", "-d", out, place=project)
    found = {path.name.partition("-")[0]: path for path in out.glob("*.whl")}
    assert found.keys() == {"satsuma", "satsuma_client"}
    return found


def new_environment(folder: Path, *wheels: Path) -> Path:
    """Make an environment that holds these wheels and what they declare, at the locked versions; gives its programs."""
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder)
    lock = ROOT / "requirements" / "runtime.txt"
    install = [BIN / "uv", "pip", "install", "--quiet", "--constraint", lock, *wheels]
    run(*install, VIRTUAL_ENV=str(folder))
    return folder / "bin"


def installed(programs: Path) -> set[str]:
    names = "import importlib.metadata as m; print(*{d.name.lower() for d in m.distributions()})"
    return set(run(programs / "python", "-c", names).split())


@pytest.fixture(scope="module")
def client(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_environment(tmp_path_factory.mktemp("client"), wheels["satsuma_client"])


@pytest.fixture(scope="module")
def platform(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_environment(tmp_path_factory.mktemp("platform"), *wheels.values())


def test_the_clients_wheel_brings_three_small_libraries_and_nothing_else(client: Path) -> None:
    assert installed(client) == {"satsuma-client", "click", "filelock", "platformdirs"}


def test_the_client_alone_has_the_program_and_the_standards(client: Path) -> None:
    assert run(client / "satsuma", "--help").startswith("Usage: satsuma")
    assert run(client / "satsuma", "--version").startswith("satsuma, version ")
    challenge = (
        "from satsuma_client.protocol.pkce import challenge_of; print(challenge_of('a' * 43))"
    )
    assert len(run(client / "python", "-c", challenge).strip()) == 43


def test_the_client_runs_a_command_that_another_distribution_brings(client: Path) -> None:
    where = run(client / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    place = Path(where.strip())
    (place / "hello.py").write_text(
        "import click\n@click.command()\ndef hello():\n    click.echo('hello')\n"
    )
    other = place / "hello-1.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: hello\nVersion: 1\n")
    (other / "entry_points.txt").write_text("[satsuma.commands]\nhello = hello:hello\n")
    assert run(client / "satsuma", "hello") == "hello\n"


def test_the_platform_needs_no_extra_to_serve(platform: Path, tmp_path: Path) -> None:
    shown = run(platform / "satsuma", "--help")
    assert set(shown.partition("Commands:\n")[2].split()) >= COMMANDS
    database = f"sqlite:///{tmp_path / 'satsuma.db'}"
    owner = ("accounts", "create", "owner@satsuma.example", "--database", database)
    assert "owner@satsuma.example" in run(platform / "satsuma", *owner)
    served = (
        "import asyncio, structlog\n"
        "from satsuma.app.serving import opened_platform\n"
        "from satsuma.app.settings import load_settings\n"
        "from satsuma.app.surfaces import build_application\n"
        "from satsuma.app.pages import build_pages\n"
        "async def main():\n"
        f"    settings = load_settings(None, {{}}, {{'database': {database!r}}})\n"
        "    async with opened_platform(settings, structlog.get_logger(), None) as platform:\n"
        "        build_application(platform), build_pages(platform)\n"
        "        print(platform.is_ready())\n"
        "asyncio.run(main())\n"
    )
    assert run(platform / "python", "-c", served, place=tmp_path).endswith("True\n")


def test_a_command_imports_no_other(platform: Path) -> None:
    asked = (
        "import sys\n"
        "from satsuma_client.cli.program import satsuma\n"
        "assert not [m for m in sys.modules if m.split('.')[0] == 'satsuma']\n"
        "satsuma(['keys', '--help'], standalone_mode=False)\n"
        "print(*sorted(m for m in sys.modules if m.startswith('satsuma.cli.')))\n"
    )
    loaded = run(platform / "python", "-c", asked).splitlines()[-1].split()
    assert "satsuma.cli.keys" in loaded
    assert not {"satsuma.cli.apps", "satsuma.cli.serve", "satsuma.cli.audit"} & set(loaded)


@pytest.mark.parametrize("name", ["satsuma", "satsuma_client"])
def test_a_wheel_holds_its_package_alone_and_is_typed(wheels: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(wheels[name]) as wheel:
        files = wheel.namelist()
    tops = {file.partition("/")[0] for file in files if ".dist-info/" not in file}
    assert tops == {name}
    assert f"{name}/py.typed" in files
    assert any(file.endswith("LICENSE") for file in files)


LOGS_IN = """
import click
from satsuma_client.cli.working import told
from satsuma_client.client.authorization_code import _check_jwt
try:
    with told():
        _check_jwt()
except click.ClickException as problem:
    print(problem.message)
"""


def test_what_logs_a_person_in_is_there_or_said_in_a_line(client: Path, platform: Path) -> None:
    assert "joserfc" in installed(platform)
    assert run(platform / "python", "-c", LOGS_IN) == ""
    assert "satsuma-client[jwt]" in run(client / "python", "-c", LOGS_IN)
